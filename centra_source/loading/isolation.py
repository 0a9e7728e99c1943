"""Lets a resource that cannot be read fail alone, so that all others are loaded."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from pathlib import Path

import dlt
from dlt.common import logger
from dlt.common.exceptions import DltException
from pyarrow import ArrowException

from ..api.client import Client
from ..exceptions import CentraError, InvalidSetting, ShopUnreachable, TokenRefused
from ..reading.audit import make_note_line
from ..resources import RESOURCES
from ..state import copy_resource_state, forget_failure, record_failure, restore_resource_state
from ..tables.loader_tables import FAILED
from ..tables.merging import Items

OF_THE_SHOP = (ShopUnreachable, TokenRefused)
"""Errors that every other resource meets too, unless the shop still answers other queries."""

OF_ONE = (
    CentraError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    ArrowException,
)
"""Errors that what was read can cause. Others come from this machine or from the destination."""

TOKEN_ACCEPTED_ELSEWHERE = (
    "Centra does not accept the token for this query, although it answers others: check the token's "
    "permissions under System > API Tokens."
)

PACKAGE = Path(__file__).parents[1]


@dataclass
class Failures:
    """The resources of a run that could not be read.

    Attributes:
        client: Finds out whether the shop still answers.
    """

    client: Client
    _errors: dict[str, Exception] = field(default_factory=dict)

    def isolate(self, name: str, items: Items) -> Items:
        """Yields the items of a resource; if it fails, a line of `load_audit` that says so, and ends.

        The state of the resource is then as before, so that the next load reads the same again. What has been
        handed on may stay: it is merged by key, and as new as the shop.

        Args:
            name: Of the resource.
            items: Reads it.

        Raises:
            Exception: It fails every resource, or every selected resource has failed: nothing is loaded.
        """
        self._errors.pop(name, None)
        before, has_items = copy_resource_state(name), False
        try:
            for item in items:
                has_items = has_items or item is not None
                yield item
        except OF_ONE as error:
            sentence = self._describe(name, error)
        else:
            forget_failure(name)
            return
        yield make_note_line(name, sentence, FAILED, status="failed")
        restore_resource_state(name, before, keeps_tables=has_items)
        record_failure(name, sentence)

    def _describe(self, name: str, error: Exception) -> str:
        """Returns what a person should know about an error that one resource meets; raises any other."""
        if isinstance(error, (InvalidSetting, DltException)):
            raise error
        if isinstance(error, OF_THE_SHOP) and not self.client.is_answering():
            raise error
        self._errors[name] = error
        if self._errors.keys() >= {
            one for one in dlt.current.source().selected_resources if one in RESOURCES
        }:
            raise next(iter(self._errors.values()))
        sentence = str(error) if isinstance(error, CentraError) else _describe_unexpected(error)
        if isinstance(error, TokenRefused):
            sentence = TOKEN_ACCEPTED_ELSEWHERE
        return f"{sentence} The table keeps what it holds, and the next load reads it again."


def _describe_unexpected(error: Exception) -> str:
    """Names the place of an error that nobody has foreseen. Its text may contain personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    logger.info("".join(traceback.format_list(frames)))
    own = [frame for frame in frames if PACKAGE in Path(frame.filename).parents]
    place = f" at {Path(own[-1].filename).relative_to(PACKAGE)}, line {own[-1].lineno}" if own else ""
    return f"It cannot be read: unexpected {type(error).__name__}{place}. Please report this sentence."
