"""Alerts a chat about a run that failed, through an incoming webhook."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_fixed

from centra_source.api.certificates import Certificates
from centra_source.exceptions import InvalidSetting
from centra_source.setting_parsers import is_loopback

from ..plain_text import clean_text

ATTEMPTS = 3

TIMEOUT = 10.0
"""Seconds that one attempt may take to connect, and to be answered."""

PAUSE = 2.0
"""Seconds between two attempts."""


class AlertFailed(Exception):
    """The webhook did not accept an alert. The text does not contain its address, which is a secret."""


def check_alert_address(address: str) -> str:
    """Returns the address of a webhook, without surrounding white space.

    Raises:
        InvalidSetting: It is not a web address, or would send the report unencrypted to another machine.
    """
    address = address.strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSetting(
            "The alert address is not a web address: write it like https://hooks.slack.com/…."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidSetting("The alert address must start with https://: http:// is not encrypted.")
    return address


def send_alert(
    address: str, text: str, report: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Posts `{"text": …, "report": …}`: chats show the text, other receivers read the whole report.

    Args:
        address: The webhook.
        text: What people read.
        report: See `run_report`.
        sleep: Waits between two attempts.

    Raises:
        AlertFailed: No attempt succeeded. An attempt that is rejected (4xx except 429) is not repeated.
    """
    attempts = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_fixed(PAUSE),
        retry=retry_if_result(_is_temporary),
        sleep=sleep,
    )
    try:
        outcome = attempts(_post, address, {"text": quote_text(text), "report": report})
    except RetryError as error:
        outcome = error.last_attempt.result()
    if outcome != "ok":
        host = urlsplit(address).hostname
        remedy = "Check the address of the webhook."
        if outcome == requests.exceptions.SSLError.__name__:
            remedy = Certificates.find().advise()
        raise AlertFailed(f"The alert did not reach {host} ({outcome}). {remedy}")


def quote_text(text: str) -> str:
    """Returns a text that a chat shows as it is: a name in a shop calls nobody and makes no link.

    Slack, Google Chat and Mattermost read `<!channel>`, `<users/all>`, `<https://…|name>` and `@all`. Escapes
    differ from chat to chat, so angle brackets become similar characters, and a word joiner follows an @.
    """
    return clean_text(text).replace("<", "\u2039").replace(">", "\u203a").replace("@", "@\u2060")


def _post(address: str, message: Mapping[str, Any]) -> str:
    """Returns "ok", or what went wrong without the address."""
    try:
        answer = requests.post(
            address,
            json=message,
            timeout=TIMEOUT,
            allow_redirects=False,
            verify=Certificates.find().path or True,
        )
    except OSError as error:  # as every exception of requests, and of a certificate that is not there
        return type(error).__name__  # its text contains the address
    return "ok" if answer.ok and not answer.is_redirect else f"HTTP {answer.status_code}"


def _is_temporary(outcome: str) -> bool:
    """Whether another attempt may succeed: after a network error, 429 or a server error."""
    return outcome != "ok" and not (outcome.startswith(("HTTP 3", "HTTP 4")) and outcome != "HTTP 429")
