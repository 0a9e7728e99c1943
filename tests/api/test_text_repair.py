"""Text that is not Unicode is replaced, and everything around it stays as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from centra_sandbox import Fault, Sandbox
from centra_sandbox.faults import JSON, Exchange
from centra_source.api.text_repair import repair_text

from ..support.selection import representative
from ..support.target import Target

BROKEN = [
    (rb'{"a": "Tee \ud83d"}', "Tee \ufffd", 1),
    (rb'{"a": "\uDE00 Tee"}', "\ufffd Tee", 1),
    (rb'{"a": "\ud83d\ud83d\ude00"}', "\ufffd\U0001f600", 1),
    (rb'{"a": "\ude00\ud83d"}', "\ufffd\ufffd", 2),
    (rb'{"a": "\\\ud83d"}', "\\\ufffd", 1),
    (rb'{"a": "\ud83d\n"}', "\ufffd\n", 1),
    (b'{"a": "sm\xf6rg\xe5s"}', "sm\ufffdrg\ufffds", 2),
    (b'{"a": "\xe5\\ud83d"}', "\ufffd\ufffd", 2),
    (b'{"a": "\xed\xa0\xbd"}', "\ufffd\ufffd\ufffd", 3),
    ('{"a": "\ufffd \ud83d"}'.encode("utf-8", "surrogatepass"), "\ufffd \ufffd\ufffd\ufffd", 3),
]


@dataclass(frozen=True)
class OddText(Fault):
    """The right answer, in which some bytes are replaced by others."""

    old: bytes
    new: bytes

    async def strike(self, exchange: Exchange) -> None:
        """Answer."""
        body = exchange.respond_normally().encode()
        assert self.old in body
        await exchange.send(200, {"content-type": JSON}, body.replace(self.old, self.new))


@pytest.mark.parametrize(("body", "text", "replaced"), BROKEN)
def test_what_is_not_unicode_is_replaced(body: bytes, text: str, replaced: int) -> None:
    """Half a surrogate pair, and bytes in another encoding."""
    repaired, count = repair_text(body)
    assert (orjson.loads(repaired), count) == ({"a": text}, replaced)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_valid_text_is_not_touched(text: str, as_ascii: bool) -> None:
    """Not even text that looks like half a pair, such as an escaped backslash and `ud83d`."""
    for each in (text, f"\\ud83d{text}", f"\\\\ude00{text}\U0001f600", f"{text}\\\U0001f600"):
        body = json.dumps({"a": each}, ensure_ascii=as_ascii).encode()
        assert repair_text(body) == (body, 0)


BROKEN_NAMES = [rb"Tee \ud83d", b"Sm\xf6rg\xe5s"]


@pytest.mark.parametrize("new", representative(BROKEN_NAMES, BROKEN_NAMES[0]), ids=["half a pair", "Latin-1"])
def test_broken_text_costs_one_value_and_not_the_load(
    small_shop: Sandbox, target: Target, new: bytes
) -> None:
    """The row is loaded with U+FFFD at once, and load_audit names the column and the object."""
    brand = small_shop.shop.brands[1]
    small_shop.shop.update(brand, name="Plain brand name")
    small_shop.fail(OddText(b"Plain brand name", new), "brands", times=1_000_000)
    target.load(small_shop, "brands")
    loaded = {row["id"]: row["name"] for row in target.rows("brands")}
    expected = {one["id"]: one["name"] for one in small_shop.shop.brands}
    expected[brand["id"]] = "Tee \ufffd" if new.startswith(b"Tee") else "Sm\ufffdrg\ufffds"
    assert loaded == expected
    assert [one.operation for one in small_shop.requests].count("brands") == 1
    (line,) = target.audit("brands", "other values")
    assert line["status"] == "incomplete"
    assert "(characters that are not Unicode): replaced by \ufffd" in line["note"]
    assert line["note"].endswith(f"brands.name of {brand['id']}.")
    assert not target.pipeline.has_pending_data
