"""`centra check`: checks what the token can read. It opens no destination and changes nothing in the shop."""

from __future__ import annotations

from contextlib import ExitStack

from rich.console import Console

from centra_source.check.token_check import check_token

from ..console import show_wait
from ..output import token_report
from ..runs.selection import choose_resources, make_settings


def run(
    console: Console,
    *,
    resources: str | None,
    exclude: str | None,
    permissions: bool,
    as_json: bool,
    sandbox: bool,
) -> int:
    """Prints what the token can read; the options are those of `centra check`.

    Returns:
        See `token_report.exit_code`.
    """
    chosen = choose_resources(resources, exclude)
    with ExitStack() as stack:
        settings = make_settings(stack, console, exclude, sandbox=sandbox)
        if permissions:
            token_report.print_permissions(chosen, settings)
            return 0
        with show_wait(console, "Asking the shop what the token can read"):
            found = check_token(chosen, **settings)
    if as_json:
        print(token_report.format_json(found))
    else:
        token_report.show_check(console, found)
    return token_report.exit_code(found)
