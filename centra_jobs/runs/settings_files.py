"""Checks that the files of the settings can be read: some editors change encodings and quotes."""

from __future__ import annotations

import codecs
from pathlib import Path

import tomlkit
from dlt.common.runtime.run_context import RunContext
from tomlkit.exceptions import ParseError, TOMLKitError

from centra_source.exceptions import InvalidSetting

NAMES = ("config.toml", "secrets.toml")

_MARKS = {codecs.BOM_UTF8: "UTF-8 with a byte order mark"}
_MARKS |= dict.fromkeys((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"[\0", b"#\0", b"\0"), "UTF-16")
"""How files of other encodings than UTF-8 begin."""


def check_settings_files() -> None:
    """Checks the settings of the project and of the user.

    Raises:
        InvalidSetting: A file cannot be read. The text names it and the line, and nothing that is in it.
    """
    context = RunContext(".")  # as dlt makes it, but without reading these files
    for folder in dict.fromkeys((context.settings_dir, context.global_dir)):
        for name in NAMES:
            _check_file(Path(folder) / name)


def _check_file(path: Path) -> None:
    if not path.is_file():
        return
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidSetting(f"{path} cannot be read ({error.strerror}).") from error
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if encoding:
        raise InvalidSetting(f"{path} is saved as {encoding}: save it as UTF-8 without a byte order mark.")
    try:
        tomlkit.parse(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidSetting(f"{path} is not UTF-8, from line {line} on: save it as UTF-8.") from error
    except ParseError as error:
        raise InvalidSetting(
            f"{path} is not TOML at line {error.line}: write each name once, an equals sign, and texts in "
            'straight quotes, such as name = "text".'
        ) from None  # the error may quote a secret
    except TOMLKitError:
        raise InvalidSetting(f"{path} is not TOML: a name or a section is in it twice.") from None
