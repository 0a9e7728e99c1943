"""The settings of the models: `[models]` in .dlt/config.toml, or environment variables MODELS__…."""

from __future__ import annotations

from zoneinfo import available_timezones

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.specs import BaseConfiguration

from ..exceptions import InvalidSetting

SECTIONS = ("models",)


@configspec
class ModelsConfiguration(BaseConfiguration):
    """How the models are made.

    Attributes:
        time_zone: Time zone of days and months, such as "Europe/Stockholm"; default: "UTC". Centra's
            timestamps are in UTC.
    """

    time_zone: str = "UTC"


def models_configuration(configuration: ModelsConfiguration | None = None) -> ModelsConfiguration:
    """Returns the given settings, or those of the section `[models]` if None.

    Raises:
        InvalidSetting: The time zone does not exist.
    """
    chosen = configuration or resolve_configuration(ModelsConfiguration(), sections=SECTIONS)
    # Without a list of time zones on this machine, the destination refuses an unknown one.
    if chosen.time_zone != "UTC" and (known := available_timezones()) and chosen.time_zone not in known:
        raise InvalidSetting(
            f"There is no time zone '{chosen.time_zone}': set time_zone in [models] to a name such as "
            "Europe/Stockholm or UTC."
        )
    return chosen
