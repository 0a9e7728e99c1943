"""Checks that the packages of the extra `globale` are installed."""

from __future__ import annotations

from ..exceptions import InvalidSetting


def check_openpyxl(needed_for: str) -> None:
    """Checks that openpyxl can be imported.

    Args:
        needed_for: What needs it, the subject of the message.

    Raises:
        InvalidSetting: It is not installed.
    """
    try:
        import openpyxl  # noqa: F401
    except ImportError as error:
        raise InvalidSetting(f"{needed_for} needs openpyxl: pip install 'centra-source[globale]'.") from error
