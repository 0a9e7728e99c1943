"""Tells a chat of a run that failed, through an incoming webhook."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from centra_source.exceptions import InvalidSetting
from centra_source.setting_parsers import is_loopback

ATTEMPTS = 3

TIMEOUT = 10.0
"""Seconds that one attempt may take to connect, and to be answered."""

PAUSE = 2.0
"""Seconds between two attempts."""


class AlertFailed(Exception):
    """The webhook did not take an alert; the text does not name its address, which is a secret."""


def checked_alert_address(address: str) -> str:
    """Returns the address of a webhook.

    Raises:
        InvalidSetting: It is none, or would send the report readable to another machine.
    """
    address = address.strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSetting("The alert address is no web address: write it like https://hooks.slack.com/….")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidSetting("The alert address must begin with https://, or it would travel readable.")
    return address


def send_alert(
    address: str, text: str, report: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Posts `{"text": …, "report": …}`: chats show the text, other receivers have the whole report.

    Args:
        address: Of the webhook.
        text: What people read.
        report: See `run_report`.
        sleep: Waits between two attempts.

    Raises:
        AlertFailed: No attempt was answered with success; none is repeated after a refusal (4xx but 429).
    """
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(PAUSE)
        try:
            answer = requests.post(
                address, json={"text": text, "report": report}, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            reason = type(error).__name__  # its text names the address
            continue
        if answer.ok and not answer.is_redirect:
            return
        reason = f"HTTP {answer.status_code}"
        if answer.status_code < 500 and answer.status_code != 429:
            break
    host = urlsplit(address).hostname
    raise AlertFailed(f"The alert did not reach {host} ({reason}): see whether its address still holds.")
