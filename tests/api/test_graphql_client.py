"""Queries of one's own: sent with the throttle, the retries and the errors of the loader."""

from __future__ import annotations

from typing import Any

import gql
import pytest

from centra_sandbox import HttpError, Sandbox
from centra_source import InvalidSetting, QueryRefused, TokenRefused, graphql_client, query


def shop_of(sandbox: Sandbox) -> dict[str, Any]:
    """The settings that name a sandbox."""
    return {"base_url": sandbox.url, "access_token": sandbox.token, "backoff_factor": 0.001}


def test_query_returns_data(small_shop: Sandbox) -> None:
    """With variables, with fragments, and without a name."""
    stores = query("{ stores { id } }", **shop_of(small_shop))["stores"]
    assert [one["id"] for one in stores] == [store["id"] for store in small_shop.shop.stores]
    fragment = "fragment F on Query { orderConnection(first: $n) { edges { cursor } } }"
    named = f"query Orders($n: Int) {{ ...F }} {fragment}"
    assert len(query(named, {"n": 2}, **shop_of(small_shop))["orderConnection"]["edges"]) == 2


def test_gql_client_retries_and_reports_costs(small_shop: Sandbox) -> None:
    """gql's own ways of asking work: in a session, and for the whole result."""
    small_shop.fail(HttpError(503), operation="Stores", times=2)
    client = graphql_client(**shop_of(small_shop))
    result = client.execute(gql.gql("query Stores { stores { id } }"), get_execution_result=True)
    assert result.extensions == {"complexity": 20, "permissionsUsed": ["Store:read"]}
    with client as session:
        assert session.execute(gql.gql("{ stores { id } }")) == result.data


@pytest.mark.parametrize(
    ("document", "kind", "text"),
    [
        ("{ stores {", InvalidSetting, "not valid GraphQL .line 1"),
        (
            "mutation { confirmEvents(ids: [1]) { __typename } }",
            InvalidSetting,
            "only sends queries",
        ),
        ("query A { stores { id } } query B { stores { id } }", InvalidSetting, "2 operations"),
        ("{ stars { id } }", QueryRefused, "stars"),
    ],
)
def test_query_that_cannot_be_sent_says_why(
    small_shop: Sandbox, document: str, kind: type[Exception], text: str
) -> None:
    """With the errors that a load raises."""
    with pytest.raises(kind, match=text):
        query(document, **shop_of(small_shop))


def test_query_with_a_wrong_token_is_refused(small_shop: Sandbox) -> None:
    """Like a load."""
    with pytest.raises(TokenRefused, match="System > API Tokens"):
        query("{ stores { id } }", **{**shop_of(small_shop), "access_token": "wrong"})
