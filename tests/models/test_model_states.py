"""What is known of a table: each state of what was loaded has a kind and a sentence of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centra_sandbox import Sandbox
from centra_source.models import derive_models
from centra_source.models.model_states import find_states

from ..support.target import Target

RETURNS_WERE = "delete from load_audit where resource = 'returns'"
EMPTY = "delete from returns; delete from return_lines"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A small shop: its orders and returns, and what is derived of them."""
    target = Target(tmp_path_factory.mktemp("states"))
    with Sandbox(products=6, orders=12, seed=5) as sandbox:
        target.load(sandbox, "orders", "returns")
    derive_models(target.pipeline)
    yield target
    target.close()


def add_line(kind: str, status: str, note: str) -> str:
    """A statement that adds a line about returns to the newest load."""
    return (
        "insert into load_audit (id, resource, kind, status, note, _dlt_load_id) "
        f"select gen_random_uuid()::text, 'returns', '{kind}', '{status}', '{note}', max(_dlt_load_id) "
        "from load_audit"
    )


FAILED = add_line("failed", "failed", "Internal server error.")
DENIED = add_line("left out", "incomplete", "The token lacks Return:read.")
PARTLY = add_line("other values", "incomplete", "A date of return 7 is null.")


@pytest.mark.full
@pytest.mark.parametrize(
    ("statements", "kind", "model_kind", "words"),
    [
        ([], "filled", "filled", None),
        ([EMPTY, "delete from sales_daily"], "empty", "empty", None),
        ([FAILED], "filled", "filled", "failed in the last load: Internal server error."),
        (
            [RETURNS_WERE, FAILED, EMPTY, "delete from sales_daily"],
            "failed",
            "failed",
            "nternal server error",
        ),
        (
            [RETURNS_WERE, DENIED, EMPTY, "delete from sales_daily"],
            "not permitted",
            "not permitted",
            "Return:read",
        ),
        ([RETURNS_WERE, EMPTY, "delete from sales_daily"], "not loaded", "not loaded", "--exclude"),
        ([PARTLY], "filled", "filled", "`returns` is incomplete: A date of return 7 is null."),
        ([PARTLY, EMPTY, "delete from sales_daily"], "empty", "empty", "is incomplete: A date of return 7"),
    ],
    ids=["whole", "nothing", "stale", "failed", "denied", "left out", "changed", "changed to nothing"],
)
def test_state_says_what_a_number_means(
    place: Target, statements: list[str], kind: str, model_kind: str, words: str | None
) -> None:
    """Only what was read in full and is there proves that there is nothing; else a sentence says why not."""
    tables = ("load_audit", "returns", "return_lines", "sales_daily")
    with place.pipeline.sql_client() as client:
        for table in tables:
            client.execute_sql(f"create table saved_{table} as from {table}")
        for statement in statements:
            client.execute_sql(statement)
    try:
        states = find_states(place.pipeline.dataset(), ["returns", "sales_daily", "stock_cover"])
    finally:
        with place.pipeline.sql_client() as client:
            for table in tables:
                client.execute_sql(f"create or replace table {table} as from saved_{table}")
                client.execute_sql(f"drop table saved_{table}")
    assert (states["returns"].kind, states["sales_daily"].kind) == (kind, model_kind)
    for name in ("returns", "sales_daily"):
        doubt = states[name].doubt
        assert (words in doubt) if words and doubt else words is doubt is None
        assert states[name].is_proven == (words is None)
    assert states["stock_cover"].kind == "not loaded"
    assert "stock is not loaded" in str(states["stock_cover"].doubt)
