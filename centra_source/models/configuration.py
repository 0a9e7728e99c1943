"""The settings of the models: `[models]` in .dlt/config.toml, or MODELS__… ."""

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
        time_zone: Whose days and months they count in, such as "Europe/Stockholm". Centra's times are UTC,
            and the days of a shop elsewhere begin at another hour.
    """

    time_zone: str = "UTC"


def models_configuration(configuration: ModelsConfiguration | None = None) -> ModelsConfiguration:
    """The given settings, else those of the section; checked.

    Raises:
        InvalidSetting: There is no such time zone.
    """
    chosen = configuration or resolve_configuration(ModelsConfiguration(), sections=SECTIONS)
    # Where the machine has no list of zones, the destination judges.
    if chosen.time_zone != "UTC" and (known := available_timezones()) and chosen.time_zone not in known:
        raise InvalidSetting(
            f"There is no time zone '{chosen.time_zone}': time_zone under [models] is a name such as "
            "Europe/Stockholm, or UTC."
        )
    return chosen
