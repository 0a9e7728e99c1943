"""Personal data: every field of it is known, and no value is visible if it is hashed or dropped."""

from __future__ import annotations

import gzip
import json
import logging
import re
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, cast

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from graphql import (
    FieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_interface_type,
    is_leaf_type,
    is_object_type,
    parse,
    visit,
)
from graphql.type import get_named_type

from centra_sandbox import Errors, Fault, OtherBody, Sandbox, Shop, TruncatedJson
from centra_source import RESOURCES, centra_source, plan_windows
from centra_source.api.errors import scrub
from centra_source.exceptions import CentraError, InvalidSetting
from centra_source.forecast.load_forecast import forecast_load
from centra_source.operations.documents import Operation, load_operation, load_schema
from centra_source.operations.selections import FieldsType, qualify_field
from centra_source.privacy import ATTRIBUTE_VALUES, PERSONAL, Privacy, find_personal_field
from centra_source.setting_parsers import parse_pii
from centra_source.spelling import did_you_mean
from centra_source.tables.flatten import flatten
from centra_source.tables.planning import plan_tables
from centra_source.tables.table import Table

from .support.selection import representative
from .support.target import Target, catch_error
from .support.workplace import Row, Workplace

SECRET = "correct horse battery staple, 32 characters"

SCHEMA = load_schema()

PLANS = {
    name: plan_tables(load_operation(name), resource.lists, resource.key)
    for name, resource in RESOURCES.items()
}

CHOSEN = [
    name
    for name, tables in PLANS.items()
    if any(find_personal_field(one) for each in tables for one in each.columns)
]
"""The resources that hold personal data."""

SWEPT = ("orders", "order_history", "returns")
"""Some of them for second loads, which read back the rows of the first."""

TABLES = {table.name: table for name in CHOSEN for table in PLANS[name]}

PERSONAL_COLUMNS = {
    (table.name, column.name): column
    for table in TABLES.values()
    for column in table.columns
    if find_personal_field(column)
}

RETYPED = [
    name
    for name, tables in PLANS.items()
    if any(find_personal_field(one) and one.data_type != "text" for each in tables for one in each.columns)
]
"""The resources with a column whose type changes when it is hashed."""

SMELLS = {
    *(
        "email",
        "mail",
        "phone",
        "fax",
        "address",
        "street",
        "city",
        "zip",
        "postal",
        "ip",
        "birth",
        "birthdate",
    ),
    *("birthday", "vat", "comment", "message", "attention", "company", "params", "json", "html", "recipient"),
    *("sender", "subject", "person", "contact", "iban", "gender", "website", "tracking", "reference", "note"),
    *("identifier", "password", "signature"),
}
"""Words in the name of a field that may hold personal data."""

PEOPLE = re.compile("User|Customer|Buyer|Account|Representative|Subscri(ber|ption$)|Recipient|Person|Contact")
"""Types whose name is that of a person."""

TELLING = {"String", "Date", "ID"}
"""Scalars that can identify a person. A number, a flag or a moment cannot."""

NOT_PERSONAL = {
    "Product.internalComment": "about goods",
    "ProductSize.comment": "about goods",
    "Display.comment": "about goods",
    "Market.comment": "about a market",
    "Pricelist.comment": "about prices",
    "MeasurementChart.contentJSON": "measures of goods",
    "Voucher.conversionHTML": "a page of the shop",
    "VoucherActionResult.paramsJSON": "the settings of a discount",
    "AppliedVoucher.paramsJSON": "the settings of a discount",
    "Affiliate.htmlSnippet": "a page of the shop",
    "Campaign.attributes": "about a campaign",
    "SubscriptionPlan.internalComment": "about goods",
    "TaxRule.city": "where a tax is charged",
    "TaxRule.zipCode": "where a tax is charged",
    "Warehouse.zipCode": "a place of business",
    "Warehouse.city": "a place of business",
    "Warehouse.address1": "a place of business",
    "Warehouse.address2": "a place of business",
    "Shipment.trackingNumber": "names a parcel; only the carrier knows whose it is",
    "Shipment.returnTrackingNumber": "names a parcel; only the carrier knows whose it is",
    "PaymentHistoryEntry.externalReference": "names a payment; only the provider knows whose it is",
    "AppliedTaxRule.taxId": "names a rule of a tax, and not who pays it",
    "Product.attributes": "about goods",
    "ProductVariant.attributes": "about goods",
    "Display.attributes": "about goods",
    "Voucher.attributes": "about a voucher",
    "Category.attributes": "about goods",
    "ProductMedia.attributes": "about an image of goods",
    "ProductMedia.metaDataJSON": "about an image of goods",
    "ObjectWithAttributes.attributes": "each of the types that have it is judged by itself",
    "UserError.message": "Centra's own words about a mutation, and never loaded",
    "UserWarning.message": "Centra's own words about a mutation, and never loaded",
}
"""Fields that look like personal data, and why they are not."""


def smelling(holder: FieldsType) -> Iterator[str]:
    """The names of the fields of a type that may hold personal data."""
    for name, definition in holder.fields.items():
        kind = get_named_type(definition.type)
        words = {word.lower() for word in re.findall(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+", name)}
        words |= {word.removesuffix("s") for word in words}
        is_named = "name" in words and (PEOPLE.search(holder.name) or words & {"first", "last", "full"})
        is_tax_id = {"tax", "id"} <= words
        is_text = is_leaf_type(kind) and kind.name in TELLING
        if kind.name == "Attribute" or (is_text and (words & SMELLS or is_named or is_tax_id)):
            yield qualify_field(holder, name)


def test_every_field_that_smells_personal_is_judged() -> None:
    """Every field of a newer schema has to be declared personal, or an exception with a reason."""
    held = [kind for kind in SCHEMA.type_map.values() if is_object_type(kind) or is_interface_type(kind)]
    names = {name for holder in held for name in smelling(holder)}
    unjudged = sorted(names - PERSONAL.keys() - NOT_PERSONAL.keys())
    assert not unjudged, (
        f"Add to PERSONAL in personal_fields.py, or to NOT_PERSONAL with a reason: {unjudged}"
    )
    assert not PERSONAL.keys() & NOT_PERSONAL.keys()


def test_judged_fields_are_fields_of_the_schema() -> None:
    """A misspelt name in the list would leave a field readable."""
    for known in (*PERSONAL, *NOT_PERSONAL, *ATTRIBUTE_VALUES):
        type_name, _, field = known.partition(".")
        holder = cast(FieldsType, SCHEMA.type_map[type_name])
        assert field in holder.fields
        assert qualify_field(holder, field) == known


def test_nothing_that_the_load_needs_is_personal() -> None:
    """Keys, bookmarks and references are loaded however personal data is treated."""
    for name, resource in RESOURCES.items():
        for table in PLANS[name]:
            columns = {column.name: column for column in table.columns}
            needed = {*table.key, table.root_key}
            needed |= {"updated_at", "created_at", resource.reference} if table is PLANS[name][0] else set()
            assert not [one for one in needed & columns.keys() if find_personal_field(columns[one])]


@pytest.mark.parametrize(
    ("pii", "action"),
    [
        (None, ("keep", "keep")),
        ("keep", ("keep", "keep")),
        ("hash", ("hash", "hash")),
        ({"default": "hash", "Address.city": "keep"}, ("keep", "hash")),
        ({"Address.city": "drop"}, ("drop", "keep")),
        ({"default": "drop", "Address": {"city": "hash"}}, ("hash", "drop")),
        (' {"default": "drop", "Address.city": "hash"}', ("hash", "drop")),
    ],
    ids=str,
)
def test_pii_is_set_for_all_or_by_field(pii: Any, action: tuple[str, str]) -> None:
    """A word, a table, JSON from the environment; without quotes TOML makes a table inside the table."""
    actions = parse_pii(pii, PERSONAL)
    assert (actions["Address.city"], actions["Order.userIP"]) == action
    assert actions.keys() == PERSONAL.keys()


@pytest.mark.parametrize(
    ("pii", "sentence"),
    [
        ("hsh", "pii is 'hsh', but it must be keep, hash or drop: did you mean hash?"),
        ({"default": True}, "pii is 'True', but it must be keep, hash or drop"),
        ({"Address.city": "dorp"}, "pii of Address.city is 'dorp', .* did you mean drop?"),
        ({"Address.town": "drop"}, r"pii names 'Address.town', .* did you mean .*Address\."),
        ({"Order": {"userip": "kept"}}, "pii names 'Order.userip', .* did you mean Order.userIP"),
        ({"Zzz": "drop"}, "pii names 'Zzz', which is not a field with personal data: did you mean "),
        ('{"default": "hash"', "pii is not a valid JSON object .* fix its quotes"),
    ],
    ids=str,
)
def test_unknown_words_are_refused_with_the_nearest(pii: Any, sentence: str) -> None:
    """A field that is misspelt would be loaded as it is."""
    with pytest.raises(InvalidSetting, match=sentence):
        parse_pii(pii, PERSONAL)


def test_nearest_names_come_closest_first() -> None:
    """Case does not matter. If nothing is close, the nearest name is suggested."""
    assert (
        did_you_mean("ORDER", ["returns", "orders", "order_lines"]) == "did you mean orders or order_lines?"
    )
    assert did_you_mean("xyz", ["brands"]) == "did you mean brands?"


@pytest.mark.parametrize("secret", [None, "", " " * 40, "too short"])
def test_hashing_without_a_good_secret_is_refused(small_shop: Sandbox, secret: str | None) -> None:
    """A hash with a secret that can be guessed hides nothing. The message does not repeat the secret."""
    for pii in ("hash", {"Address.city": "hash"}):
        with pytest.raises(InvalidSetting, match=r"pii_secret .*secrets\.token_hex\(32\)") as caught:
            centra_source(small_shop.url, small_shop.token, pii=pii, pii_secret=secret)
        assert "too short" not in str(caught.value)
    centra_source(small_shop.url, small_shop.token, pii="drop")
    assert small_shop.requests == []


@pytest.mark.full
def test_settings_come_from_dlts_files(small_shop: Sandbox, tmp_path: Path) -> None:
    """A table in config.toml, the secret in secrets.toml."""
    workplace = Workplace(tmp_path)
    with (tmp_path / ".dlt" / "config.toml").open("a") as settings:
        settings.write('[sources.centra_source.pii]\ndefault = "drop"\n"Order.otherComment" = "hash"\n')
    (tmp_path / ".dlt" / "secrets.toml").write_text(f'[sources.centra_source]\npii_secret = "{SECRET}"\n')
    done = workplace.load(small_shop, "--resources", "orders")
    assert done.returncode == 0, done.stderr
    assert {len(row["other_comment"]) for row in workplace.rows("orders")} == {0, 64}
    assert {row["comment"] for row in workplace.rows("order_lines")} == {None}


def planned(selection: str, **settings: Any) -> Table:
    """The main table of a query for customers, protected."""
    text = f"query customers {{ customers(limit: 1) {{ {selection} }} }}"
    privacy = Privacy.of(settings.get("pii", "hash")).with_secret(settings.get("secret", SECRET))
    tables = plan_tables(Operation.of(parse(text), SCHEMA), {}, ("id",))
    return privacy.protect(tables)[0]


def hashed(selection: str, node: Row, **settings: Any) -> list[Any]:
    """The loaded values of a customer, without the id."""
    (row,) = flatten(
        planned(f"id {selection}", **settings), pa.array([{"id": 1, **node}]), mark_childless=False
    ).to_pylist()
    return list(row.values())[1:]


@pytest.mark.parametrize(
    ("selection", "one", "other"),
    [
        ("email", " Anna@Example.COM\n", "anna@example.com"),
        ("phoneNumber", "+46 (70) 123-45 67", "+46701234567"),
        ("phoneNumber", " n/a ", "n/a"),
        ("firstName", "Chloe\u0301 ", "Chloé"),
    ],
)
def test_two_spellings_have_one_hash(selection: str, one: str, other: str) -> None:
    """Case and blanks of an address, punctuation of a number, and the encoding of accents do not matter."""
    (first,), (second,) = hashed(selection, {selection: one}), hashed(selection, {selection: other})
    assert first == second
    assert re.fullmatch("[0-9a-f]{64}", first)


def test_hash_is_hmac_of_the_normalized_text() -> None:
    """Others can make the same hash: echo -n anna@example.com | openssl dgst -sha256 -hmac "<secret>"."""
    (value,) = hashed("email", {"email": "Anna@example.com"}, secret="0123456789abcdef0123456789abcdef")
    assert value == "b4f91fcf9c0343c2df41d24673fe622da415a20647f9bdc0ac943f67d4afa59f"


def test_null_and_empty_stay() -> None:
    """A missing value is not personal, and reports count it."""
    assert hashed("email firstName lastName", {"email": "", "firstName": None, "lastName": " "}) == [
        "",
        None,
        "",
    ]


def test_equal_values_of_other_fields_and_rows_join() -> None:
    """The same e-mail address has the same hash in every table; another secret gives another."""
    node = {"email": "a@b.se", "billingAddress": {"email": "A@b.se"}}
    own, address = hashed("email billingAddress { email }", node)
    assert own == address
    assert hashed("email", node, secret=SECRET[::-1]) != [own]


def test_hashed_column_is_text() -> None:
    """Also that of a date."""
    column = planned("id birthdate").columns[1]
    assert (column.data_type, planned("id birthdate", pii="keep").columns[1].data_type) == ("text", "date")
    assert "Hashed" in (column.description or "")
    (value,) = hashed("birthdate", {"birthdate": "1990-01-31"})
    assert len(value) == 64


def test_field_keeps_its_own_treatment_inside_others() -> None:
    """The setting of a field applies wherever the field is."""
    pii = {"default": "hash", "Address.city": "keep", "Address.firstName": "drop"}
    address = {"city": "Porto", "firstName": "Anna", "lastName": "Öberg", "country": {"code": "PT"}}
    city, first, last, country = hashed(
        "billingAddress { city firstName lastName country { code } }", {"billingAddress": address}, pii=pii
    )
    assert (city, first, len(last), country) == ("Porto", None, 64, "PT")


def test_objects_and_lists_of_which_nothing_is_left_are_not_asked_for() -> None:
    """An address without fields cannot be requested. Its parent can."""
    text = """query orders { orderConnection { edges { node {
        id userIP attributes { type { name } }
        billingAddress { email } shippingAddress { email country { code } }
        ... on DirectToConsumerOrder { customer { email } } ... on WholesaleOrder { buyer { id email } }
    } } } }"""
    thinned = Privacy.of("drop").remove_dropped_fields(Operation.of(parse(text), SCHEMA))
    assert selected_fields(thinned) == {
        *("Query.orderConnection", "OrderConnection.edges", "OrderEdge.node", "Order.id"),
        *("Order.shippingAddress", "Address.country", "Country.code", "WholesaleOrder.buyer", "Buyer.id"),
    }


def test_nothing_changes_where_all_is_kept() -> None:
    """The same query, the same plan; only notes must know what is personal."""
    operation, tables = load_operation("orders"), list(TABLES.values())
    privacy = Privacy.of(None)
    assert privacy.remove_dropped_fields(operation) is operation
    protected = privacy.protect(tables)
    assert any(column.is_personal for table in protected for column in table.columns)
    unmarked = [
        replace(table, columns=tuple(replace(column, is_personal=False) for column in table.columns))
        for table in protected
    ]
    assert unmarked == tables


def selected_fields(operation: Operation) -> set[str]:
    """Every field that an operation requests, with its type: `WholesaleOrder.buyer`."""
    types, fields = TypeInfo(operation.schema), set[str]()

    class Finder(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            fields.add(f"{types.get_parent_type()}.{node.name.value}")

    visit(operation.document, TypeInfoVisitor(types, Finder()))
    return fields


def asked_fields(sandbox: Sandbox) -> set[str]:
    """Every field in every request so far."""
    found = set()
    for query in {request.query for request in sandbox.requests}:
        for name in selected_fields(Operation.of(parse(query), SCHEMA)):
            holder, _, field = name.partition(".")
            found.add(qualify_field(cast(FieldsType, SCHEMA.type_map[holder]), field))
    return found


@pytest.mark.full
def test_dropped_fields_are_never_asked_for(small_shop: Sandbox, target: Target) -> None:
    """Neither by a load with its counts and sweeps, nor by a backfill or a forecast."""
    target.load(small_shop, *CHOSEN)
    kept = asked_fields(small_shop)
    small_shop.requests.clear()
    for names in (CHOSEN, SWEPT):
        target.load(small_shop, *names, pii="drop", sweep=True)
    shop: dict[str, Any] = {"base_url": small_shop.url, "access_token": small_shop.token, "pii": "drop"}
    forecast_load(CHOSEN, **shop)
    start, end = (datetime(year, 1, 1, tzinfo=timezone.utc) for year in (2020, 2030))
    plan_windows("orders", start, end, **shop)
    dropped = asked_fields(small_shop)
    assert not dropped & PERSONAL.keys()
    assert kept - dropped >= {"Order.otherComment", "OrderLine.comment", "Order.attributes"}


@pytest.mark.full
def test_dropped_columns_stay_without_values(small_shop: Sandbox, target: Target) -> None:
    """The tables look the same in every dataset, and all other data is loaded."""
    rows = target.load(small_shop, *CHOSEN, pii="drop").rows_by_table(*TABLES)
    types = target.types_by_table()
    for table, column in PERSONAL_COLUMNS:
        assert column in types[table]
        assert {row[column] for row in rows[table]} <= {None}
    assert {row["id"] for row in rows["orders"]} == {order["id"] for order in small_shop.shop.orders}


@pytest.mark.full
def test_hashes_replace_personal_values(small_shop: Sandbox, tmp_path: Path) -> None:
    """Every personal value of every resource is hashed and nothing else; nulls and empty texts stay."""
    plain = Target(tmp_path / "plain").load(small_shop, *CHOSEN)
    secret = Target(tmp_path / "secret").load(small_shop, *CHOSEN, pii="hash", pii_secret=SECRET)
    loaded = [one.rows_by_table(*TABLES) for one in (plain, secret)]
    seen: dict[str, str] = {}
    for name, table in TABLES.items():
        rows, hidden = ({_key(table, row): row for row in one[name]} for one in loaded)
        assert rows.keys() == hidden.keys()
        for key, row in rows.items():
            for column, value in row.items():
                found = hidden[key][column]
                if (name, column) not in PERSONAL_COLUMNS or value in (None, ""):
                    assert found == value, f"{name}.{column}"
                else:
                    assert re.fullmatch("[0-9a-f]{64}", found)
                    assert seen.setdefault(found, str(value).strip().lower()) == str(value).strip().lower()
    assert len(seen) > 10


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in table.key)


def plain_values(shop: Shop) -> set[str]:
    """The personal texts of a shop that are long and unique in it."""
    personal: set[str] = set()
    others: set[str] = set()
    seen: set[int] = set()
    waiting: list[Any] = [node for _, rows in shop.lists() for node in rows]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        if not isinstance(node, dict) or id(node) in seen or "__typename" not in node:
            continue
        seen.add(id(node))
        holder = cast(FieldsType, SCHEMA.type_map[node["__typename"]])
        for name, value in node.items():
            field = qualify_field(holder, name)
            if PERSONAL.get(field) == "attributes":
                seen.update(id(element) for attribute in value for element in attribute["elements"])
                elements = [element for attribute in value for element in attribute["elements"]]
                personal |= {str(element.get("value") or element.get("url") or "") for element in elements}
            elif isinstance(value, (dict, list)):
                waiting.append(value)
            elif value is not None:
                (personal if field in PERSONAL else others).add(str(value))
    everything_else = "\n".join(others)
    pieces = {max(text.splitlines(), key=len) for text in personal if text.strip()}
    return {piece for piece in pieces if len(piece) >= 8 and piece not in everything_else}


def test_every_kind_of_personal_data_is_in_the_shop(small_shop: Sandbox) -> None:
    """The texts that the next tests look for: an address, a person, an e-mail, a comment, an attribute."""
    found = plain_values(small_shop.shop)
    assert {"Storgatan 1", "Svensson", "someone@example.com", "Please gift wrap 🎁"} <= found
    assert any(text.startswith("192.0.2.") for text in found)


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Everything that the files below a folder hold: raw, and read as what they are."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        yield file, content.decode("utf-8", "replace")
        if file.suffix == ".gz" or content.startswith(b"\x1f\x8b"):
            yield file, gzip.decompress(content).decode("utf-8", "replace")
        elif file.suffix == ".parquet":
            yield file, _joined(pq.read_table(file, partitioning=None))
        elif file.suffix == ".duckdb":
            with duckdb.connect(str(file)) as connection:
                for (table,) in connection.execute(
                    'select format(\'"{}"."{}"\', table_schema, table_name) from information_schema.tables'
                ).fetchall():
                    yield file, _joined(connection.sql(f"select * from {table}").to_arrow_table())


def _joined(table: pa.Table) -> str:
    return "\n".join(str(value) for column in table.columns for value in column.to_pylist())


def found_in(folder: Path, values: set[str]) -> set[tuple[str, str]]:
    """Which values are in which files."""
    spelled = {
        value: {value, json.dumps(value)[1:-1], orjson.dumps(value).decode()[1:-1]} for value in values
    }
    return {
        (file.name, value)
        for file, text in texts(folder)
        for value, spellings in spelled.items()
        if any(spelling in text for spelling in spellings)
    }


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A file in the working directory that takes everything anyone logs."""
    file = tmp_path / "everything.log"
    handler = logging.FileHandler(file, encoding="utf-8")
    loggers = [logging.getLogger(name) for name in ("", "dlt")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
    yield file
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
        logger.removeHandler(handler)
    handler.close()


def steps(target: Target, sandbox: Sandbox, **settings: Any) -> Iterator[str]:
    """A load step by step, so that the test can inspect the working directory in between."""
    target.pipeline.extract(centra_source(sandbox.url, sandbox.token, **settings).with_resources(*CHOSEN))
    yield "extracted"
    target.pipeline.normalize()
    yield "pending"
    with target.pipeline.sql_client():
        target.pipeline.load()
    yield "loaded"


@pytest.mark.full
def test_kept_values_are_found_wherever_a_load_puts_them(
    small_shop: Sandbox, target: Target, log: Path
) -> None:
    """A control for the next test: values that are kept are found."""
    values = plain_values(small_shop.shop)
    for step in steps(target, small_shop):
        found = found_in(target.folder, values)
        # dlt deletes the rows that it has loaded: .dlt/config.toml
        assert any(name.endswith(".parquet") for name, _ in found) == (step != "loaded"), step
    assert any(name.endswith(".duckdb") for name, _ in found)
    assert log.stat().st_size > 1000


@pytest.mark.parametrize("pii", representative(["hash", "drop"], "hash"))
def test_plain_values_reach_no_file(small_shop: Sandbox, target: Target, log: Path, pii: str) -> None:
    """Neither dlt's working files nor traces, logs, pending packages or the database; nor does the secret."""
    values = {*plain_values(small_shop.shop), SECRET, small_shop.token}
    settings = {"pii": pii, "pii_secret": SECRET}
    for step in steps(target, small_shop, **settings):
        assert found_in(target.folder, values) == set(), step
    small_shop.shop.remove(*small_shop.shop.orders[:2])
    for order in small_shop.shop.orders[5:8]:
        small_shop.shop.update(order)
    target.load(small_shop, *SWEPT, sweep=True, **settings)
    assert found_in(target.folder, values) == set()
    assert "orders" in log.read_text(encoding="utf-8")


NO_NUMBER = {"data": {"orderConnection": {"totalCount": "someone@example.com"}}}

FAILURES: dict[str, tuple[Fault, type[Exception]]] = {
    "refusal": (Errors("No order of someone@example.com, +46 70 123 45 67, from 192.0.2.77"), CentraError),
    "cut off": (TruncatedJson(), CentraError),
    "other type": (OtherBody(orjson.dumps(NO_NUMBER)), CentraError),
}


@pytest.mark.parametrize("failure", representative(FAILURES, "refusal"))
def test_plain_values_reach_no_error(small_shop: Sandbox, target: Target, log: Path, failure: str) -> None:
    """What a failing run prints, logs and leaves behind identifies nobody, whatever Centra sent."""
    values = {*plain_values(small_shop.shop), "someone@example.com", "+46 70 123 45 67", "192.0.2.77", SECRET}
    fault, kind = FAILURES[failure]
    small_shop.fail(fault, "orders", times=100_000)
    settings = {"pii": "hash", "pii_secret": SECRET, "retry_limit": 0.05}
    error = catch_error(kind, lambda: target.load(small_shop, *CHOSEN, **settings))
    (target.folder / "error.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    logging.getLogger("dlt").error("The load has failed.", exc_info=error)
    assert found_in(target.folder, values) == set()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("No customer 'Anna.O+x@mail.example.com'.", "No customer '…'."),
        ("Blocked 192.0.2.7 and 2001:db8:0:0:0:0:2:1", "Blocked … and …"),
        ("Call +46 (70) 123-45-67 now", "Call … now"),
        ("Order 1066 of 2026-11-22T08:15:00+01:00 in v1.83.0: 4 + 5", None),
    ],
)
def test_error_texts_of_centra_are_scrub(text: str, left: str | None) -> None:
    """What looks like a person's address or number is removed. Order numbers and times stay."""
    assert scrub(text) == (left or text)


@pytest.mark.full
def test_anonymized_order_arrives(small_shop: Sandbox, target: Target) -> None:
    """Values that the shop has emptied are empty at the destination after the next load, hashes included."""
    settings = {"pii": "hash", "pii_secret": SECRET}
    target.load(small_shop, "orders", **settings)
    shop = small_shop.shop
    order = next(one for one in shop.orders if one["otherComment"] and one["lines"] and one["attributes"])
    before = [row for row in target.rows("orders") if row["id"] == order["id"]]
    for line in order["lines"]:
        shop.touch_silently(line, comment=None)
    shop.update(order, otherComment="", attributes=[])
    target.load(small_shop, "orders", **settings)
    (row,) = (row for row in target.rows("orders") if row["id"] == order["id"])
    assert (len(before[0]["other_comment"]), row["other_comment"]) == (64, "")
    lines = [row for row in target.rows("order_lines") if row["order_id"] == order["id"]]
    assert {line["comment"] for line in lines} == {None}
    assert not [row for row in target.rows("order_attributes") if row["order_id"] == order["id"]]


@pytest.mark.full
def test_hashes_of_deleted_objects_stay(small_shop: Sandbox, target: Target) -> None:
    """They are read back to be marked, and are not hashed again."""
    settings = {"pii": "hash", "pii_secret": SECRET}
    target.load(small_shop, "orders", **settings)
    order = next(one for one in small_shop.shop.orders if one["otherComment"])
    (before,) = (row for row in target.rows("orders") if row["id"] == order["id"])
    small_shop.shop.remove(order)
    target.load(small_shop, "orders", **settings)
    (after,) = (row for row in target.rows("orders") if row["id"] == order["id"])
    assert after["deleted_at"] is not None
    assert {**after, "deleted_at": None} == before


@pytest.mark.full
def test_another_policy_or_secret_is_warned_of_until_a_refresh(
    small_shop: Sandbox, target: Target, log: Path
) -> None:
    """Hashes of two secrets do not join, and rows that were loaded readable stay readable."""

    def warned(**settings: Any) -> bool:
        said = log.stat().st_size
        target.load(small_shop, "orders", **settings)
        return "loaded with another pii or pii_secret" in log.read_bytes()[said:].decode()

    assert not warned()
    assert warned(pii="hash", pii_secret=SECRET)
    assert warned(pii="hash", pii_secret=SECRET)
    assert not warned(pii="hash", pii_secret=SECRET, full_refresh=True)
    assert not warned(pii="hash", pii_secret=SECRET)
    assert warned(pii="hash", pii_secret=SECRET[::-1])
    assert SECRET not in json.dumps(target.pipeline.state, default=str)


@pytest.mark.parametrize("name", representative(RETYPED, RETYPED[0]))
def test_column_that_would_change_its_type_is_refused(small_shop: Sandbox, target: Target, name: str) -> None:
    """No destination turns a date into a text, so the load fails before it reads anything."""
    target.load(small_shop, name)
    hashing: dict[str, Any] = {"pii": "hash", "pii_secret": SECRET}
    error = catch_error(InvalidSetting, lambda: target.load(small_shop, name, full_refresh=True, **hashing))
    assert "is a date in this dataset and would become a text" in str(error)
    source = centra_source(small_shop.url, small_shop.token, **hashing).with_resources(name)
    target.pipeline.run(source, refresh="drop_sources")
    assert set(target.types(name).values()) & {"DATE"} == set()
