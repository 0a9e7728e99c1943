"""Keeps tables of different formats apart."""

from __future__ import annotations

from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.destinations.impl.filesystem.filesystem import FilesystemClient

from ...exceptions import InvalidSetting


class OtherFiles(InvalidSetting, DestinationTerminalException):
    """The folder of a table holds files that are not of its format."""


def refuse_other_files(client: FilesystemClient, table: str, *, ending: str | None = None) -> None:
    """Refuses to write into a folder that a load with another format, or another destination, has filled.

    Args:
        client: Has the folder.
        table: Name of the table.
        ending: Files that end so are its own; None: none is.

    Raises:
        OtherFiles: There are others.
    """
    others = [file for file in client.list_table_files(table) if ending is None or not file.endswith(ending)]
    if others:
        raise OtherFiles(
            f"The folder of {table} holds files of another format, such as {others[0]}: use another dataset, "
            "or the table_format with which they were loaded."
        )
