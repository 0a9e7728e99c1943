"""What went wrong, as one sentence and an exit code that a scheduler understands."""

from __future__ import annotations

import signal
from typing import NamedTuple

from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.exceptions import SignalReceivedException
from dlt.pipeline.exceptions import PipelineStepFailed

from centra_source import CentraError
from centra_source.exceptions import InvalidSetting, causes

from .interruptions import Terminated
from .locks import AnotherRun
from .redaction import hidden

FAILED, MISUSED = 1, 2
"""Exit codes: something went wrong and another try may help, or was asked in a way that cannot work."""

UNDER_WAY = 75
"""Exit code: another run is under way; what sysexits.h calls a temporary failure."""

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes: stopped by Ctrl-C, or by a scheduler's SIGTERM."""

STOPPED = "Stopped. What was loaded before stays; the next run goes on from there."

NO_CREDENTIALS = """\
No shop to load yet. Put its address and a token into .dlt/secrets.toml (copy .dlt/example.secrets.toml):

    [sources.centra_source]
    base_url = "https://your-shop.centra.com/graphql"
    access_token = "made in Centra under System > API Tokens"

Or try a made-up shop, which needs none: python centra_pipeline.py --sandbox"""


class Failure(NamedTuple):
    """How a job ends that does not succeed."""

    code: int
    sentence: str


def failure_of(error: BaseException) -> Failure | None:
    """The failure that an error is; None for one that nobody has foreseen."""
    for cause in causes(error):
        if isinstance(cause, KeyboardInterrupt):
            return Failure(TERMINATED if _is_termination(cause) else INTERRUPTED, STOPPED)
        if isinstance(cause, ConfigFieldMissingException) and {"base_url", "access_token"} & set(
            cause.fields
        ):
            return Failure(MISUSED, NO_CREDENTIALS)
        if isinstance(cause, CentraError):
            return Failure(_code_of(cause), str(cause))
    if isinstance(error, PipelineStepFailed) and error.step in ("load", "sync"):
        *_, cause = causes(error)
        reason = hidden(str(cause).strip().splitlines()[0].rstrip(".!"))
        return Failure(
            FAILED,
            f"The destination refuses what was read: {reason}. Nothing is lost: mend that and run again.",
        )
    return None


def _code_of(error: CentraError) -> int:
    if isinstance(error, InvalidSetting):
        return MISUSED
    return UNDER_WAY if isinstance(error, AnotherRun) else FAILED


def _is_termination(error: KeyboardInterrupt) -> bool:
    """Whether SIGTERM was the reason, which dlt has a name of its own for while it normalizes and loads."""
    if isinstance(error, SignalReceivedException):
        return error.signal_code == signal.SIGTERM
    return isinstance(error, Terminated)
