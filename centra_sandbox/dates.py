"""Centra's dates: output in PHP formats and the local zone of the shop, input with or without a zone."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

Letter = Callable[[datetime], str]

ISO = "Y-m-d\\TH:i:sP"
"""The default format of most date fields."""

_INPUT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?)?"
    r"\s?(?P<zone>Z|[+-]\d{2}:?\d{2})?$"
)


def _offset(moment: datetime, colon: str) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def _ordinal(day: int) -> str:
    return "th" if 10 < day % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}{_offset(moment, ':')}"


LETTERS: dict[str, Letter] = {
    "d": lambda m: f"{m.day:02}",
    "D": lambda m: f"{m:%a}",
    "j": lambda m: str(m.day),
    "l": lambda m: f"{m:%A}",
    "N": lambda m: str(m.isoweekday()),
    "S": lambda m: _ordinal(m.day),
    "w": lambda m: str(m.isoweekday() % 7),
    "z": lambda m: str(m.timetuple().tm_yday - 1),
    "W": lambda m: f"{m.isocalendar()[1]:02}",
    "F": lambda m: f"{m:%B}",
    "m": lambda m: f"{m.month:02}",
    "M": lambda m: f"{m:%b}",
    "n": lambda m: str(m.month),
    "o": lambda m: str(m.isocalendar()[0]),
    "Y": lambda m: f"{m.year:04}",
    "y": lambda m: f"{m.year % 100:02}",
    "a": lambda m: "am" if m.hour < 12 else "pm",
    "A": lambda m: "AM" if m.hour < 12 else "PM",
    "g": lambda m: str(m.hour % 12 or 12),
    "G": lambda m: str(m.hour),
    "h": lambda m: f"{m.hour % 12 or 12:02}",
    "H": lambda m: f"{m.hour:02}",
    "i": lambda m: f"{m.minute:02}",
    "s": lambda m: f"{m.second:02}",
    "u": lambda m: "000000",
    "v": lambda m: "000",
    "e": lambda m: str(m.tzinfo),
    "I": lambda m: "1" if m.dst() else "0",
    "O": lambda m: _offset(m, ""),
    "P": lambda m: _offset(m, ":"),
    "p": lambda m: "Z" if not m.utcoffset() else _offset(m, ":"),
    "T": lambda m: m.tzname() or "",
    "Z": lambda m: str(int((m.utcoffset() or timedelta()).total_seconds())),
    "c": _iso,
    "r": lambda m: f"{m:%a, %d %b %Y %H:%M:%S} {_offset(m, '')}",
    "U": lambda m: str(int(m.timestamp())),
}


@lru_cache(maxsize=128)
def _compile(php_format: str) -> list[str | Letter]:
    parts: list[str | Letter] = []
    letters = iter(php_format)
    for letter in letters:
        parts.append(next(letters, "") if letter == "\\" else LETTERS.get(letter, letter))
    return parts


def format_date(value: date, php_format: str, zone: ZoneInfo) -> str:
    """Formats a time or a day as PHP's `date()` does, in the zone of the shop."""
    if isinstance(value, datetime):
        moment = value.astimezone(zone)
    else:
        moment = datetime(value.year, value.month, value.day, tzinfo=zone)
    return "".join(part if isinstance(part, str) else part(moment) for part in _compile(php_format))


def parse_date(text: str, zone: ZoneInfo | None = None) -> datetime | None:
    """Parses a date.

    Without an offset it is in the local time of the shop. Returns None if it is not a date.
    """
    found = _INPUT.match(text.strip())
    if not found:
        return None
    time, second = found["time"] or "00:00", found["second"] or "00"
    try:
        moment = datetime.strptime(f"{found['day']} {time}:{second}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None
    moment = moment.replace(microsecond=int((found["fraction"] or "0").ljust(6, "0")[:6]))
    if not found["zone"]:
        return moment.replace(tzinfo=zone or timezone.utc).astimezone(timezone.utc)
    sign = -1 if found["zone"][0] == "-" else 1
    digits = found["zone"].replace(":", "")
    offset = (
        timedelta() if digits == "Z" else sign * timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    )
    return moment.replace(tzinfo=timezone(offset)).astimezone(timezone.utc)
