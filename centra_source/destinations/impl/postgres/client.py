"""The client that copies into PostgreSQL.

It needs psycopg2, so it is imported only when something is loaded.
"""

from __future__ import annotations

import csv

from dlt.common.destination.client import LoadJob
from dlt.common.destination.configuration import CsvFormatConfiguration
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.storages.file_storage import FileStorage
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations.impl.postgres.postgres import PostgresClient, PostgresCsvCopyJob


class ExactCopyJob(PostgresCsvCopyJob):
    """Copies a CSV file in which an empty text is quoted and a null is not."""

    def run(self) -> None:
        """Copies the file, in dlt's own way if it has no header that names the columns."""
        client, settings = self._job_client.sql_client, self._job_client.config.csv_format
        settings = settings or CsvFormatConfiguration()
        if not settings.include_header:
            super().run()
            return
        known = self._job_client.schema.get_table_columns(self.load_table_name)
        with FileStorage.open_zipsafe_ro(self._file_path, "rb") as file:
            header = file.readline().decode(settings.encoding)
            names = next(csv.reader([header], delimiter=settings.delimiter))
            # Only texts have an empty value: in a column of another type it means null.
            others = [name for name in names if known.get(name, {}).get("data_type") != "text"]
            nulls = f", FORCE_NULL ({', '.join(map(client.escape_column_name, others))})" if others else ""
            table = client.make_qualified_table_name(self.load_table_name)
            columns = ", ".join(map(client.escape_column_name, names))
            copy = (
                f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT CSV, "
                f"DELIMITER '{settings.delimiter}', NULL ''{nulls}, ENCODING '{settings.encoding}')"
            )
            with client.begin_transaction(), client.native_connection.cursor() as cursor:
                cursor.copy_expert(copy, file)


class ExactClient(PostgresClient):
    """dlt's client with `ExactCopyJob` for CSV files."""

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """Returns the job for a file."""
        if ParsedLoadJobFileName.parse(file_path).file_format == "csv":
            return ExactCopyJob(file_path)
        return super().create_load_job(table, file_path, load_id, restore)
