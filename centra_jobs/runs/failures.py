"""Errors as one sentence and an exit code for schedulers."""

from __future__ import annotations

import logging
import re
import signal
from typing import NamedTuple

from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.exceptions import SignalReceivedException
from dlt.pipeline.exceptions import PipelineStepFailed

from centra_source import CentraError
from centra_source.exceptions import InvalidSetting, causes
from centra_source.recovery.refusals import describe_refusal, is_refused

from ..exit_codes import FAILED, INTERRUPTED, MISUSED, TERMINATED, UNDER_WAY
from ..plain_text import join_lines
from .circumstances import describe_circumstance
from .interruptions import Terminated
from .locks import AnotherRun
from .redaction import redact

STOPPED = "Stopped."
LOAD_STOPPED = "Stopped. What was loaded stays; the next run continues from there."

NO_CREDENTIALS = """\
No shop to load yet. Put its address and a token into .dlt/secrets.toml:

    [sources.centra_source]
    base_url = "https://your-shop.centra.com/graphql"
    access_token = "made in Centra under System > API Tokens"

Or try a demo shop, which needs neither: centra load --sandbox"""


FAILED_LOAD = re.compile(
    r"^(Job for \S+ (failed terminally|retried) in load|(Terminal|Transient) exception in job) "
)
"""How dlt logs that it could not load the rows of a table."""


class Failure(NamedTuple):
    """How a job that fails ends."""

    code: int
    sentence: str


def describe_failure(error: BaseException, *, is_load: bool = True) -> Failure | None:
    """Describes an error; None for an unexpected one, which needs its traceback.

    Args:
        error: What ended the job.
        is_load: Whether the job loads the shop, so that a run that was stopped can be continued.
    """
    for cause in causes(error):
        if isinstance(cause, KeyboardInterrupt):
            code = TERMINATED if _is_termination(cause) else INTERRUPTED
            return Failure(code, LOAD_STOPPED if is_load else STOPPED)
        if isinstance(cause, ConfigFieldMissingException) and {"base_url", "access_token"} & set(
            cause.fields
        ):
            return Failure(MISUSED, NO_CREDENTIALS)
        if isinstance(cause, CentraError):
            return Failure(_code_of(cause), join_lines(str(cause)))
    if circumstance := describe_circumstance(error):
        return Failure(FAILED, join_lines(circumstance))
    if is_refused(error):
        reason = join_lines(describe_refusal(error))
    elif isinstance(error, PipelineStepFailed) and error.step in ("load", "sync"):
        *_, cause = causes(error)
        reason = str(cause).strip().splitlines()[0].rstrip(".!")
    else:
        return None
    return Failure(
        FAILED,
        f"The destination rejected the rows: {redact(reason)}. Nothing is lost: fix the cause and run again.",
    )


def is_no_failed_load(record: logging.LogRecord) -> bool:
    """Filters dlt's tracebacks of rows that were refused or are tried again: they show values of the shop.

    The job says it in a sentence, and dlt keeps the traceback next to the rows.
    """
    return not FAILED_LOAD.search(str(record.msg))


def _code_of(error: CentraError) -> int:
    if isinstance(error, InvalidSetting):
        return MISUSED
    return UNDER_WAY if isinstance(error, AnotherRun) else FAILED


def _is_termination(error: KeyboardInterrupt) -> bool:
    """Whether SIGTERM was the reason; while dlt normalizes and loads, it raises its own exception for it."""
    if isinstance(error, SignalReceivedException):
        return error.signal_code == signal.SIGTERM
    return isinstance(error, Terminated)
