"""Separates what a destination refuses for its contents from what may succeed if it is tried again."""

from __future__ import annotations

import re
from typing import Any

from dlt.common.destination.exceptions import WithJobError
from dlt.common.exceptions import TerminalException
from dlt.destinations.exceptions import DestinationSchemaWillNotUpdate
from dlt.pipeline.exceptions import PipelineStepFailed

from ..exceptions import causes
from ..resources import find_owner

REFUSALS = {"DataError", "IntegrityError", "ProgrammingError", "NotSupportedError"}
"""The classes of errors in PEP 249 that depend on the rows and on the schema. `OperationalError` and
`InterfaceError` are about connections, locks, memory and disks. `InternalError` can be either."""

OWN_REFUSALS = {"InternalException"}
"""Classes of other errors that depend on the rows: DuckDB raises this one for a text that it cannot store."""

REFUSED_STATES = ("22", "23", "42", "54")
"""SQLSTATE classes that depend on the rows and on the schema: data exceptions, broken constraints, syntax and
names, and limits such as the number of columns.
See www.postgresql.org/docs/current/errcodes-appendix.html."""

QUOTED_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"")
"""A text in quotes in a message of a database: mostly a value."""

MISSING_PRIVILEGE = "42501"
"""The SQLSTATE of a missing privilege, which a GRANT ends."""


def is_refused(error: BaseException) -> bool:
    """Whether a load package failed for its rows or its schema, so that each further attempt fails as well.

    A lost connection, a lock, a full disk or a missing privilege is not a refusal: the package is loaded
    later.

    Args:
        error: What the pipeline raised while it normalized or loaded the package.
    """
    if not isinstance(error, PipelineStepFailed) or error.step not in ("normalize", "load"):
        return False
    found = [cause for cause in causes(error) if not isinstance(cause, PipelineStepFailed)]
    for cause in found:
        if not isinstance(cause, Exception) or isinstance(cause, (OSError, MemoryError)):
            return False
        kinds = {kind.__name__ for kind in type(cause).__mro__}
        if "DatabaseError" in kinds:
            return _is_refused_by_database(cause, kinds)
    if isinstance(found[-1], (ValueError, TypeError, ArithmeticError, AssertionError)):
        return True  # a row that cannot be converted: dlt tries that again several times
    return error.step == "normalize" or isinstance(found[-1], TerminalException)


def describe_refusal(error: BaseException) -> str:
    """Returns what the destination or dlt says about the refusal, in a line, after the name of the table.

    Values are left out, because they can be personal data.
    """
    *_, cause = causes(error)
    first = (str(cause).strip() or type(cause).__name__).splitlines()[0].rstrip(".!")
    said = QUOTED_VALUE.sub("…", first)
    table = find_refused_table(error)
    return f"{table}: {said}" if table else said


def find_refused_table(error: BaseException) -> str | None:
    """Returns the table whose rows or columns were refused; None if the error does not say."""
    for cause in causes(error):
        if isinstance(cause, WithJobError) and getattr(cause, "job_id", None):
            return cause.job_id.partition(".")[0]
        if isinstance(cause, DestinationSchemaWillNotUpdate):
            return cause.table_name
    return None


def find_refused_resource(error: BaseException) -> str | None:
    """Returns the resource whose rows or columns were refused; None if the error does not say."""
    return find_owner(find_refused_table(error))


def _is_refused_by_database(error: BaseException, kinds: set[str]) -> bool:
    state: Any = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return state != MISSING_PRIVILEGE and state.startswith(REFUSED_STATES)
    return bool(kinds & (REFUSALS | OWN_REFUSALS))
