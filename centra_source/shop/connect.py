"""Connects to one shop: the only place where client, throttle, schema and capabilities are put together."""

from __future__ import annotations

from dataclasses import dataclass

from ..api.client import Client
from ..api.retries import Retries
from ..api.throttle import Throttle
from .capabilities import Capabilities
from .introspection import Introspection
from .source_settings import SourceSettings


@dataclass(frozen=True)
class Shop:
    """One shop, as the settings allow to use it.

    Attributes:
        client: Sends requests, within the rate limits.
        introspection: The shop's schema.
        capabilities: What the shop and the token can answer.
    """

    client: Client
    introspection: Introspection
    capabilities: Capabilities


def connect(settings: SourceSettings) -> Shop:
    """Prepares everything that talks to a shop; sends nothing yet.

    Raises:
        InvalidSetting: The address or the token cannot work.
    """
    client = make_client(settings)
    introspection = Introspection(client, is_on=settings.introspection)
    return Shop(client, introspection, make_capabilities(client, introspection, settings))


def make_client(settings: SourceSettings) -> Client:
    """Returns a client with the throttle and the retries of the settings.

    Raises:
        InvalidSetting: The address or the token cannot work.
    """
    return Client(
        settings.base_url,
        settings.access_token,
        Retries(settings.retry_limit, settings.backoff_factor),
        Throttle(settings.quota_share),
    )


def make_capabilities(client: Client, introspection: Introspection, settings: SourceSettings) -> Capabilities:
    """Returns capabilities that know of no refusal yet."""
    return Capabilities(client, introspection, settings.excluded.parts, settings.wide, settings.privacy)
