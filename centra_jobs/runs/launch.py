"""Runs a job, and turns an error into one sentence and an exit code."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from ..console import plain_console
from ..exit_codes import FAILED
from ..plain_text import clean_library_logs
from .failures import describe_failure
from .private_files import make_private_files
from .redaction import redact_settings
from .surroundings import check_surroundings

LOADING_JOBS = ("load", "backfill", "nightly")
"""The jobs that continue where a run was stopped."""

REPORTING_JOBS = ("nightly",)
"""The jobs that check their surroundings by themselves, to report what is wrong with them."""


def import_job(name: str) -> ModuleType:
    """Imports a job, which takes a second or two.

    Args:
        name: A module of `centra_jobs.jobs`.
    """
    return import_module(f"centra_jobs.jobs.{name}")


def run_job(name: str, options: Mapping[str, Any]) -> int:
    """Runs a job and returns its exit code.

    Args:
        name: A module of `centra_jobs.jobs`.
        options: The keyword arguments of its `run`.
    """
    try:
        with clean_library_logs(), make_private_files():
            if name not in REPORTING_JOBS:
                check_surroundings()
            code: int = import_job(name).run(plain_console(), **options)
    except (Exception, KeyboardInterrupt) as error:
        failure = describe_failure(error, is_load=name in LOADING_JOBS)
        text = failure.sentence if failure else traceback.format_exc().rstrip()
        plain_console(stderr=True).print(redact_settings(text), soft_wrap=True)
        return failure.code if failure else FAILED
    return code
