"""Tables of Global-e that cannot be derived: one that fails stops no other, and each screen can say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from centra_sandbox import Sandbox
from centra_source.destinations.derived_tables import read_failures
from centra_source.exceptions import InvalidSetting
from centra_source.globale import CatalogConfiguration, derive_catalog
from centra_source.globale.delivery import export
from centra_source.globale.orders import (
    ORDER_TABLES,
    OrdersConfiguration,
    derive_orders,
    describe_limitations,
    resources,
)

from ..support.target import Target, catch_error

LOADED = ("orders", "returns", "product_sizes", "product_variants", "products", "displays", "stores")


@pytest.mark.full
def test_derived_table_that_fails_stops_no_other(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the orders, one table; of the catalog, its checks. What was there stays; the next run is right."""
    with Sandbox(products=6, orders=12, seed=5) as sandbox:
        target.load(sandbox, *LOADED)
    pipeline, catalog = target.pipeline, CatalogConfiguration(store=1)
    with pipeline.sql_client() as client:
        client.execute_sql("update products set weight_value = 9e13, weight_unit = 'KILOGRAMS'")
        client.execute_sql("update product_sizes set weight_value = 'NaN', weight_unit = 'GRAMS'")
    whole = resources.arrow_table

    def arrow_table(table: Any, rows: Iterable[Any]) -> Any:
        if table.name == "globale_returns":
            raise ValueError("Decimal value does not fit into precision 18")
        return whole(table, rows)

    def no_issues(*asked: Any) -> None:
        raise ValueError("a rule breaks")

    with monkeypatch.context() as patch:
        patch.setattr(resources, "arrow_table", arrow_table)
        failed = derive_orders(pipeline, OrdersConfiguration())
        patch.setattr(export, "catalog_issues", no_issues)
        with pytest.raises(ValueError, match="a rule breaks"):
            derive_catalog(pipeline, catalog)
    assert list(failed) == ["globale_returns"]
    assert "does not fit into precision 18" in failed["globale_returns"]
    assert set(target.tables()) >= {table.name for table in ORDER_TABLES} - {"globale_returns"}
    known = read_failures(pipeline.dataset())
    assert {*known} == {"globale_returns", *export.CATALOG_TABLES}
    assert not pipeline.has_pending_data
    assert derive_orders(pipeline, OrdersConfiguration()) == {}
    derive_catalog(pipeline, catalog)
    assert read_failures(pipeline.dataset()) == {}
    check_failed_resources(target)


def check_failed_resources(target: Target) -> None:
    """Orders that failed before anything of them was read are not taken for a shop without orders."""
    with target.pipeline.sql_client() as client:
        client.execute_sql(
            "update load_audit set kind = 'failed', status = 'failed', note = 'Internal server error.' "
            "where resource in ('orders', 'returns')"
        )
        client.execute_sql("delete from returns")
        limits = describe_limitations(target.pipeline.dataset(), OrdersConfiguration(), has_reports=False)
        assert "`returns` failed in the last load: Internal server error." in limits
        assert "E6 is not applied: returns are not loaded." in limits
        client.execute_sql("delete from orders")
    refusal = catch_error(InvalidSetting, lambda: derive_orders(target.pipeline, OrdersConfiguration()))
    assert "`orders` failed in the last load: Internal server error" in str(refusal)
