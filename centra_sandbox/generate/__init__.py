"""Generates a shop from a seed: the same arguments give the same shop, on any day and Python version."""

from ..clock import Clock
from ..settings import Settings
from ..shop import Shop
from . import (
    assortment,
    catalog,
    contacts,
    foundation,
    fulfilment,
    invoicing,
    logistics,
    loyalty,
    offers,
    orders,
    people,
    selling,
    supply,
    terms,
    trade,
)
from .dice import Dice


def build_shop(settings: Settings, clock: Clock) -> Shop:
    """Returns a shop of the size in the settings, or one without objects."""
    shop = Shop(clock, settings)
    if settings.empty:
        return shop
    made = (foundation, catalog, selling, logistics, people, orders, fulfilment)
    completed = (assortment, offers, contacts, trade, supply, loyalty, terms, invoicing)
    for part in (*made, *completed):
        name = part.__name__.rpartition(".")[2]
        part.fill(shop, Dice(settings.seed, name))
    shop.version = 0
    return shop
