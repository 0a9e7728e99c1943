"""The clock of the shop, which a test can freeze or move."""

from datetime import datetime, timedelta, timezone


class Clock:
    """Real time plus an offset, or a frozen time. All timestamps of the sandbox come from it."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """Returns the current time, in UTC."""
        return self._frozen or datetime.now(timezone.utc) + self._offset

    def set(self, moment: datetime) -> None:
        """Stops the clock at a time with a time zone."""
        self._frozen = moment.astimezone(timezone.utc)

    def start_at(self, moment: datetime) -> None:
        """Lets the clock run from a time with a time zone."""
        self._frozen = None
        self._offset = moment.astimezone(timezone.utc) - datetime.now(timezone.utc)

    def advance(self, step: timedelta) -> None:
        """Moves the clock, frozen or running."""
        if self._frozen is None:
            self._offset += step
        else:
            self._frozen += step
