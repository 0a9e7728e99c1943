"""The shop's clock, which a test can freeze or move."""

from datetime import datetime, timedelta, timezone


class Clock:
    """Real time plus an offset, or one frozen moment. Everything the sandbox dates comes from here."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self._frozen or datetime.now(timezone.utc) + self._offset

    def set(self, moment: datetime) -> None:
        """Freeze the clock at an aware moment."""
        self._frozen = moment.astimezone(timezone.utc)

    def start_at(self, moment: datetime) -> None:
        """Let the clock run from an aware moment."""
        self._frozen = None
        self._offset = moment.astimezone(timezone.utc) - datetime.now(timezone.utc)

    def advance(self, step: timedelta) -> None:
        """Move the clock, frozen or running."""
        if self._frozen is None:
            self._offset += step
        else:
            self._frozen += step
