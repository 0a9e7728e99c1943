"""Keeps files of different table formats out of one folder."""

from __future__ import annotations

from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.destinations.impl.filesystem.filesystem import FilesystemClient

from ....exceptions import InvalidSetting


class OtherFiles(InvalidSetting, DestinationTerminalException):
    """The folder of a table has files of another format."""


def refuse_other_files(client: FilesystemClient, table: str, *, ending: str | None = None) -> None:
    """Refuses to write into a folder with files of another table format or destination.

    Args:
        client: The client of the folder.
        table: Name of the table.
        ending: Ending of the files that belong to the table; None: no file does.

    Raises:
        OtherFiles: The folder has other files.
    """
    others = [file for file in client.list_table_files(table) if ending is None or not file.endswith(ending)]
    if others:
        raise OtherFiles(
            f"The folder of {table} has files of another format, such as {others[0]}: use another dataset, "
            "or the table_format with which they were loaded."
        )
