"""Serves fakesnow on a port, in its own virtual environment: `python snowflake_server.py PORT`.

fakesnow does not parse all of how dlt writes PUT, COPY and REMOVE, though Snowflake does: names between
single quotes, commas between the options of a file format, and options that it does not know. And it sends a
timestamp that is null as the year 1970.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import uvicorn

QUOTED = re.compile(r"(?<= )'(@[^']*)'|(?<=MATCH_BY_COLUMN_NAME=)'(\w+)'")
FILE_FORMAT = re.compile(r"FILE_FORMAT = \(([^)]*)\)")
UNKNOWN_OPTION = re.compile(r"(BINARY|USE)_\w+ = \w+")


def rewrite_statement(statement: str) -> str:
    """Returns the statement in the syntax that fakesnow parses."""
    if not statement.lstrip().startswith(("PUT", "COPY", "REMOVE")):
        return statement
    statement = QUOTED.sub(lambda found: found[1] or found[2], statement)
    statement = FILE_FORMAT.sub(lambda found: f"FILE_FORMAT = ({_rewrite_options(found[1])})", statement)
    return " ".join(statement.split())


def _rewrite_options(options: str) -> str:
    return UNKNOWN_OPTION.sub("", options).replace(",", " ")


def restore_nulls(moments: pa.ChunkedArray, sent: pa.StructArray) -> pa.StructArray:
    """Returns moments in the sent form, with null where they are null."""
    fields = [sent.type.field(place) for place in range(sent.type.num_fields)]
    parts = [pc.fill_null(part, 0) for part in sent.flatten()]
    return pa.StructArray.from_arrays(parts, fields=fields, mask=moments.combine_chunks().is_null())


def main(port: int) -> None:
    """Serves until the process is stopped."""
    server: Any = import_module("fakesnow.server")
    cursor: Any = import_module("fakesnow.cursor")
    arrow: Any = import_module("fakesnow.arrow")
    parse_one, as_sent = server.parse_one, arrow.timestamp_to_sf_struct

    def parse(statement: str) -> Any:
        return parse_one(rewrite_statement(statement))

    server.parse_one = cursor.parse_one = parse
    arrow.timestamp_to_sf_struct = lambda moments: restore_nulls(moments, as_sent(moments))
    uvicorn.run(server.app, port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
