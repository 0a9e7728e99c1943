"""What a job depends on before it reads anything: the folder of dlt, and the files of the settings."""

from __future__ import annotations

from .private_files import check_working_folder
from .settings_files import check_settings_files


def check_surroundings() -> None:
    """Checks the working folder, which may hold settings too, and then the files of the settings.

    Raises:
        InvalidSetting: See `check_working_folder` and `check_settings_files`.
    """
    check_working_folder()
    check_settings_files()
