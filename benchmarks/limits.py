"""Runs ways against a shop with the rate limits of Centra's Growth plan."""

from __future__ import annotations

from centra_sandbox import Sandbox

from .job import TOKEN
from .measure import Run, empty_folder, run

PLAN = "growth"

CATALOG_RESOURCES = ("products", "product_sizes", "displays")


def catalog(way: str, products: int) -> Run:
    """Loads the resources of the catalog from a shop with some products."""
    return _run(way, CATALOG_RESOURCES, products=products, orders=1)


def orders(way: str, orders: int) -> Run:
    """Loads the orders of a shop."""
    return _run(way, ("orders",), products=50, orders=orders)


def _run(way: str, resources: tuple[str, ...], *, products: int, orders: int) -> Run:
    """Runs a way against a new shop with unused limits."""
    with (
        Sandbox(plan=PLAN, token=TOKEN, products=products, orders=orders) as sandbox,
        empty_folder() as folder,
    ):

        def counts() -> dict[str, int]:
            answered = [request for request in sandbox.requests if request.status == 200]
            refusals = sum(request.status == 429 for request in sandbox.requests)
            points = sum(request.complexity for request in answered)
            return {"calls": len(answered), "points": points, "refusals": refusals}

        return run(way, sandbox.url, list(resources), counts, folder)
