"""Queries of your own, sent to the shop that the settings of the source name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gql
from graphql import GraphQLSyntaxError

from .api.graphql_client import make_gql_client
from .exceptions import InvalidSetting
from .shop.connect import make_client
from .source import configured_settings


def graphql_client(**settings: Any) -> gql.Client:
    """Returns a gql client for queries of your own, configured like the source.

    It keeps within the shop's rate limits, retries, and raises the exceptions of this package. It sends no
    mutations, since a retried mutation could take effect twice. Use it as gql documents it:

        client = graphql_client()
        client.execute(gql.gql("query { stores { id name } }"))

    Args:
        settings: Any of the arguments of `centra_source`. dlt fills in the others.

    Raises:
        InvalidSetting: A setting cannot work. Nothing has been requested.
    """
    return make_gql_client(make_client(configured_settings(**settings)))


def query(document: str, variables: Mapping[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    """Sends one GraphQL query of your own and returns the `data` of the answer.

    Args:
        document: The text of the query. It contains exactly one operation.
        variables: Values of its variables.
        settings: Any of the arguments of `centra_source`. dlt fills in the others.

    Raises:
        InvalidSetting: The document is not one GraphQL query, or a setting cannot work.
        QueryRefused: The shop rejects the query.
        CentraError: The token is not accepted, or the shop does not answer.
    """
    try:
        request = gql.GraphQLRequest(document, variable_values=dict(variables or {}))
    except GraphQLSyntaxError as error:
        line, column = error.locations[0] if error.locations else (1, 1)
        raise InvalidSetting(
            f"The query is not valid GraphQL (line {line}, column {column}): {error.message} "
            "Fix it and run again."
        ) from error
    return graphql_client(**settings).execute(request)
