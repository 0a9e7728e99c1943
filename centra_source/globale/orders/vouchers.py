"""The vouchers that Global-e lists and those that Centra applied, and how often each was used."""

from __future__ import annotations

import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..rows import Row
from .amounts import parse_count
from .order_details import Order, json_text
from .queries import Loaded

SOURCES = {"code": "code_vouchers", "automatic": "automatic_vouchers"}


def voucher_rows(orders: Iterable[Order], loaded: Loaded) -> Iterator[Row]:
    """Yields the rows of globale_vouchers."""
    applied: dict[str, list[Row]] = defaultdict(list)
    for row in loaded.applied_vouchers:
        applied[row["order_id"]].append(row)
    known = {key: voucher for voucher in reversed(loaded.vouchers) for key in _keys(voucher)}
    for order in orders:
        found = _of_order(order.row, applied.get(order.row["order_id"], ()), known)
        for position, row in enumerate(found, start=1):
            names = ("order_id", "order_number", "ge_order_id", "currency")
            yield {**{name: order.row[name] for name in names}, "position": position, **row}


def usage_rows(orders: Sequence[Order], vouchers: Sequence[Row], loaded: Loaded) -> Iterator[Row]:
    """Yields the rows of globale_voucher_usages."""
    cancelled = {order.row["order_id"] for order in orders if order.row["status"] == "CANCELLED"}
    centra = _usages(row for row in vouchers if row["in_centra"] and row["order_id"] not in cancelled)
    globale = _usages(row for row in vouchers if row["in_ge"])
    used = {row["voucher_id"] for row in vouchers}
    for voucher in loaded.vouchers:
        raw = voucher["ge_successful_usages"]
        if voucher["voucher_id"] in used or raw is not None:
            yield {
                **voucher,
                "centra_usages": centra[voucher["voucher_id"]],
                "ge_usages": globale[voucher["voucher_id"]],
                "ge_successful_usages": parse_count(raw),
                "ge_successful_usages_raw": raw,
            }


def coupon_rows(loaded: Loaded) -> Iterator[Row]:
    """Yields the rows of globale_customer_coupons."""
    for row in loaded.customer_coupons:
        raw = row["ge_coupon_usage"]
        yield {
            "customer_id": row["customer_id"],
            "ge_coupon_usage_raw": raw,
            "ge_coupon_usage": _format_json(raw),
        }


def parse_codes(text: str | None) -> list[str]:
    """Parses voucher codes: a JSON list, or words separated by commas, semicolons, bars or line breaks.

    JSON of another structure is kept as one code.
    """
    cleaned = html.unescape(text or "").strip()
    if cleaned.startswith(("[", "{")):
        try:
            values = json.loads(cleaned)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, list) and all(isinstance(value, str | int) for value in values):
            return list(dict.fromkeys(str(value).strip() for value in values))
        return [cleaned] if values != {} else []
    return list(dict.fromkeys(part.strip() for part in re.split(r"[,;|\n]", cleaned) if part.strip()))


def _usages(rows: Iterable[Row]) -> Counter[int]:
    """Counts Global-e orders by voucher. An order that is split or lists a voucher twice counts once."""
    used = {(row["voucher_id"], row["ge_order_id"] or f"order {row['order_id']}") for row in rows}
    return Counter(voucher_id for voucher_id, _ in used)


def _of_order(order: Row, applied: Sequence[Row], known: Mapping[str, Row]) -> Iterator[Row]:
    remaining = list(applied)
    for source, element in SOURCES.items():
        for code in parse_codes(order[element]):
            key = code.casefold()
            match = next((row for row in remaining if key in _keys(row)), None)
            if match:
                remaining.remove(match)
            voucher = match or known.get(key)
            yield {
                "code": code,
                "source": source,
                "in_ge": True,
                "in_centra": match is not None,
                "voucher_id": voucher["voucher_id"] if voucher else None,
                "voucher_name": _name(voucher),
                "centra_amount": match["amount"] if match else None,
            }
    for row in remaining:
        yield {
            "code": row["code"] or row["voucher_name"],
            "source": None,
            "in_ge": False,
            "in_centra": True,
            "voucher_id": row["voucher_id"],
            "voucher_name": row["voucher_name"],
            "centra_amount": row["amount"],
        }


def _name(voucher: Row | None) -> str | None:
    return (voucher.get("voucher_name") or voucher.get("name")) if voucher else None


def _keys(voucher: Row) -> list[str]:
    """Returns what can identify a voucher, in lower case: its code, then its name."""
    names = (voucher.get("code"), voucher.get("voucher_name"), voucher.get("name"))
    return [name.strip().casefold() for name in names if name and name.strip()]


def _format_json(text: str | None) -> str | None:
    try:
        return json_text(json.loads(text or ""))
    except (ValueError, RecursionError):
        return None
