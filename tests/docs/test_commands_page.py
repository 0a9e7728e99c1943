"""The page of commands is what the command line declares."""

from __future__ import annotations

from docs.commands import PAGE, page


def test_page_is_what_the_generator_makes() -> None:
    """`make docs` has been run since the command line changed."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_command_and_option_is_described() -> None:
    """An option without a help text is an empty cell."""
    assert "|  |" not in page()
