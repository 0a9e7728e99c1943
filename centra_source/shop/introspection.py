"""The schema of one shop: asked for once, and kept for a week or until its Centra is of another version."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from time import time
from typing import Any

import dlt
import orjson
from dlt.common import logger
from graphql import GraphQLSchema, build_client_schema

from ..api.client import Client
from ..exceptions import QueryRefused
from ..operations.documents import load_operation

FOLDER = "centra_schemas"
"""In dlt's data folder (`~/.dlt`), one file for each shop and version."""

KEPT_FOR = timedelta(days=7)
"""A shop may get fields without a new version, by a plugin or an extra that is switched on."""

UNKNOWN_VERSION = "unknown"
"""What Centra sometimes says of its version."""


class Introspection:
    """What a shop's schema holds.

    Args:
        client: Asks the shop.
        is_on: Without it nothing is asked, and every shop is taken to be as documented.
    """

    def __init__(self, client: Client, *, is_on: bool) -> None:
        self._client = client
        self._is_on = is_on
        self._turn = Lock()
        self._schema: GraphQLSchema | None = None
        self._is_fresh = False

    @property
    def version(self) -> str:
        """Centra's version, as the shop tells it."""
        return self._client.app_version or UNKNOWN_VERSION

    def schema(self) -> GraphQLSchema | None:
        """The shop's schema; None if it is not to be asked for, or the shop shows none.

        Raises:
            CentraError: The shop does not answer.
        """
        with self._turn:
            if self._is_on and self._schema is None:
                self._client.server_now()  # the greeting: it brings the shop's version
                self._schema = self._kept() or self._asked()
            return self._schema

    def renew(self) -> bool:
        """Asks again if what is known was kept from an earlier run; tells whether it was."""
        with self._turn:
            if self._schema is None or self._is_fresh:
                return False
            self._schema = self._asked()
            return True

    def _kept(self) -> GraphQLSchema | None:
        path = self._path()
        if path is None or not path.exists():
            return None
        modified = path.stat().st_mtime
        is_outdated = time() - modified > KEPT_FOR.total_seconds()
        return None if is_outdated else _read_schema(path, modified)

    def _asked(self) -> GraphQLSchema | None:
        self._is_fresh = True
        try:
            answer = self._client.execute(load_operation("_schema"), {}).data
            schema = build_client_schema(answer, assume_valid=True)  # type: ignore[arg-type]  # partial on purpose
        except (QueryRefused, TypeError) as refusal:
            logger.info(
                f"{self._client.host} shows no schema, so every query is sent as documented: {refusal}"
            )
            self._is_on = False
            return None
        path = self._path()
        if path:
            _write(path, answer)
        return schema

    def _path(self) -> Path | None:
        """Where the schema is kept; nowhere, if nobody could tell when it is outdated."""
        if self.version == UNKNOWN_VERSION:
            return None
        name = re.sub(r"[^\w.-]", "_", f"{self._client.host}-{self.version}")
        return Path(dlt.current.run_context().data_dir) / FOLDER / f"{name}.json"


@lru_cache(maxsize=8)
def _read_schema(path: Path, _modified: float) -> GraphQLSchema | None:
    try:
        return build_client_schema(orjson.loads(path.read_bytes()), assume_valid=True)
    except (orjson.JSONDecodeError, TypeError):  # cut short, or of another program
        return None


def _write(path: Path, answer: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(orjson.dumps(answer))
    unfinished.replace(path)
