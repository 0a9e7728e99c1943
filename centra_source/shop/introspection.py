"""The schema of one shop: requested once, and kept for a week or until Centra's version changes."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from threading import Lock

import dlt
import orjson
from dlt.common import logger
from graphql import GraphQLError, GraphQLSchema, build_client_schema

from ..api.client import Client
from ..exceptions import QueryRefused, ShopUnreachable
from ..operations.documents import load_operation, load_schema
from .kept_files import is_current, write_kept_file
from .lessons import Lessons

FOLDER = "centra_schemas"
"""In dlt's data folder (`~/.dlt`), one file for each shop and version."""

LESSONS_ENDING = ".refusals.json"
"""Of the file with what a shop without introspection has refused, next to the schemas of others."""

UNKNOWN_VERSION = "unknown"
"""What Centra sometimes reports as its version."""


_MALFORMED = (GraphQLError, LookupError, AttributeError, TypeError, ValueError)
"""What graphql-core raises for a schema in a form of its own."""


class Introspection:
    """The schema of one shop.

    Args:
        client: Sends requests to the shop.
        is_on: If not, nothing is requested, and the shop counts as documented.

    Attributes:
        revision: Grows whenever the schema turns out to be another one.
    """

    def __init__(self, client: Client, *, is_on: bool) -> None:
        self._client = client
        self._is_on = is_on
        self._turn = Lock()
        self._schema: GraphQLSchema | None = None
        self._is_fresh = False
        self._lessons: Lessons | None = None
        self.revision = 0

    @property
    def version(self) -> str:
        """Centra's version, as the shop reports it."""
        return self._client.app_version or UNKNOWN_VERSION

    def schema(self) -> GraphQLSchema | None:
        """Returns the shop's schema. None if introspection is off or the shop does not show its schema.

        Raises:
            CentraError: The shop does not answer.
        """
        with self._turn:
            if self._is_on and self._schema is None:
                self._client.server_now()  # the first request brings the shop's version
                self._schema = self._load() or self._request()
            return self._schema

    def refresh(self) -> bool:
        """Requests the schema again if it comes from an earlier run. Returns whether it did."""
        with self._turn:
            if self._schema is None or self._is_fresh:
                return False
            self._schema = self._request()
            self.revision += 1
            return True

    def fitting_schema(self) -> GraphQLSchema | None:
        """Returns the schema that queries have to fit: the shop's own, without what its refusals deny.

        A shop that does not show its schema has ours, until it refuses a query. None: it has refused none.

        Raises:
            CentraError: The shop does not answer.
        """
        shop = self.schema()
        with self._turn:
            lessons = self._find_lessons()
            return lessons.apply(shop or load_schema()) if lessons.changes else shop

    def learn(self, refusal: QueryRefused, schema: GraphQLSchema) -> bool:
        """Records what a refusal says about the shop's schema. Returns whether any of it is new.

        Args:
            refusal: The errors of the shop, and the query that they are about.
            schema: The schema that the query was made for.
        """
        with self._turn:
            lessons = self._find_lessons()
            is_new = lessons.learn(refusal, schema)
            self.revision += is_new
            path = self._path(LESSONS_ENDING)
            if is_new and path and self._schema is None:
                lessons.save(path)
            return is_new

    def _find_lessons(self) -> Lessons:
        """Returns what the shop has refused; of earlier runs too, if it does not show its schema."""
        if self._lessons is None:
            self._lessons = Lessons()
            if self._schema is None:
                self._client.server_now()  # the first request brings the shop's version
                if path := self._path(LESSONS_ENDING):
                    self._lessons.load(path)
        return self._lessons

    def _load(self) -> GraphQLSchema | None:
        path = self._path()
        return _read_schema(path, path.stat().st_mtime) if path and is_current(path) else None

    def _request(self) -> GraphQLSchema | None:
        self._is_fresh = True
        try:
            answer = self._client.execute(load_operation("_schema"), {}).data
        except QueryRefused as refusal:
            self._do_without(refusal)
            return None
        except ShopUnreachable as error:
            if not self._client.is_answering():
                raise
            self._do_without(error)
            return None
        try:
            schema = build_client_schema(answer, assume_valid=True)  # type: ignore[arg-type]  # partial on purpose
        except _MALFORMED as error:
            self._do_without(error)
            return None
        path = self._path()
        if path:
            write_kept_file(path, answer)
        return schema

    def _do_without(self, reason: Exception) -> None:
        logger.info(
            f"{self._client.host} does not show its schema, so queries are sent as documented: {reason}"
        )
        self._is_on = False

    def _path(self, ending: str = ".json") -> Path | None:
        """Returns where the schema is kept. None without a version, which would show when it is outdated."""
        if self.version == UNKNOWN_VERSION:
            return None
        name = re.sub(r"[^\w.-]", "_", f"{self._client.host}-{self.version}")
        return Path(dlt.current.run_context().data_dir) / FOLDER / f"{name}{ending}"


@lru_cache(maxsize=8)
def _read_schema(path: Path, _modified: float) -> GraphQLSchema | None:
    try:
        return build_client_schema(orjson.loads(path.read_bytes()), assume_valid=True)
    except _MALFORMED:  # truncated, or written by another program
        return None
