"""A broken object fails every query that asks for what is broken of it, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from centra_sandbox import Sandbox

Post = Callable[..., requests.Response]
BRANDS = "query brands { brands { id name } }"
SHIPMENTS = """
query shipments {
  shipmentConnection(first: 200) {
    totalCount
    edges { node { id trackingNumber order { id number } lines { id } } }
  }
}
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """One shop for all tests, which lift what they break."""
    with Sandbox(products=6, orders=12) as sandbox:
        yield sandbox


def _execute(post: Post, sandbox: Sandbox, query: str) -> dict[str, Any]:
    answer: dict[str, Any] = post(sandbox, query).json()
    return answer


def test_null_bubbles_up_to_the_first_field_that_may_be_null(shop: Sandbox, post: Post) -> None:
    """The error names the place in the answer; what may not be null takes what is around it with it."""
    place, shipment = 3, shop.shop.shipments[3]
    shop.break_over(shipment, "lines")
    answer = _execute(post, shop, SHIPMENTS)
    (error,) = answer["errors"]
    assert error["message"] == "Internal server error"
    assert error["extensions"]["category"] == "internal"
    way = ["shipmentConnection", "edges", place, "node"]
    assert error["path"] == [*way, "lines"]
    assert "data" not in answer  # nothing on the way up may be null
    shop.lift()
    shop.break_over(shipment, "trackingNumber")
    answer = _execute(post, shop, SHIPMENTS)
    (error,) = answer["errors"]
    assert error["path"] == [*way, "trackingNumber"]
    edges = answer["data"]["shipmentConnection"]["edges"]
    assert edges[place]["node"] == {**edges[place]["node"], "id": shipment["id"], "trackingNumber": None}
    shop.break_over(shipment, "trackingNumber", "bare error")
    assert "data" not in _execute(post, shop, SHIPMENTS)
    shop.lift(shipment)
    assert "errors" not in _execute(post, shop, SHIPMENTS)


def test_a_broken_object_breaks_where_it_is_inside_another(shop: Sandbox, post: Post) -> None:
    """A shipment asks for the number of its order; the id of the order can be asked for."""
    order = shop.shop.shipments[0]["order"]
    shop.break_over(order)
    paths = [error["path"] for error in _execute(post, shop, SHIPMENTS)["errors"]]
    assert {path[-1] for path in paths} == {"number"}
    assert "errors" not in _execute(post, shop, SHIPMENTS.replace("id number", "id"))
    shop.lift()


@pytest.mark.parametrize("status", [500, 499, 504])
def test_a_status_fails_the_whole_request(shop: Sandbox, post: Post, status: Any) -> None:
    """There is no answer then, but the page of a web server. A query for something else is answered."""
    shop.break_over(shop.shop.brands[0], "name", status)
    response = post(shop, BRANDS)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html"
    assert post(shop, BRANDS.replace("name", "")).status_code == 200
    shop.lift()
    assert post(shop, BRANDS).status_code == 200
