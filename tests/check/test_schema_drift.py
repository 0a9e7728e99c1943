"""What differs between a shop's schema and the documented one is counted, named, and can be sent in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from graphql import build_schema, introspection_from_schema, parse, visit
from graphql.language import StringValueNode, Visitor
from rich.console import Console

from centra_jobs.exit_codes import INCOMPLETE
from centra_jobs.output import token_report
from centra_jobs.output.schema_drift_report import NOT_VISIBLE, make_drift_table, write_report
from centra_sandbox import Sandbox
from centra_source import RESOURCES
from centra_source.check.schema_drift import SchemaDrift, compare_schemas, list_compared_types
from centra_source.check.schema_report import SchemaReport, format_schema_report, make_schema_report
from centra_source.check.token_check import check_token
from centra_source.operations.documents import load_schema, read_schema_text

from ..support.selection import representative
from ..support.target import Target
from ..support.workplace import Workplace

OTHER_SHOP = """
extend type Product {
  "A secret of the shop at https://shop.example."
  season(format: String! = "secret text"): String!
  drops(limit: Int = 20, page: Int = 1): [Drop!]!
}
type Drop { id: Int! reason: String @deprecated(reason: "a secret reason") }
extend type Query { drops(limit: Int = 20, page: Int = 1): [Drop!]! }
extend enum OrderStatus { LOST }
extend input ProductFilter { season: String }
extend type Mutation { createDrop(name: String!): Drop! }
"""
WITHOUT = ("Product.weight", "Query.vouchers", "Query.orders.sort", "ProductFilter.status")

DIFFERENCE = SchemaDrift(
    roots={"Query": ("drops: [Drop!]!",)},
    lists={"Product": ("drops: [Drop!]!",)},
    fields={"Product": ("season: String!",)},
    values={"OrderStatus": ("LOST",)},
    lacking={"Product": ("weight",), "Query": ("orders(sort:)", "vouchers")},
)


@pytest.fixture(scope="module")
def other_shop() -> Iterator[Sandbox]:
    """A shop that has more than the documented one, and less."""
    with Sandbox(products=6, orders=12, seed=3, extra_sdl=OTHER_SHOP, without=WITHOUT) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def report(other_shop: Sandbox) -> SchemaReport:
    """The report of the other shop."""
    found = request_report(other_shop)
    assert found
    return found


@pytest.fixture(scope="module")
def served_report(report: SchemaReport, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A shop that serves the report of the other shop."""
    path = tmp_path_factory.mktemp("report") / "schema.graphql"
    path.write_text(report.text, encoding="utf-8")
    with Sandbox(products=6, orders=12, seed=3, schema=path) as sandbox:
        yield sandbox


def request_report(sandbox: Sandbox, **settings: object) -> SchemaReport | None:
    """The report of a shop's schema."""
    return make_schema_report(base_url=sandbox.url, access_token=sandbox.token, **settings)


def change_schema(change: Callable[[str], str]) -> SchemaDrift:
    """How a changed copy of the documented schema differs from it."""
    before = read_schema_text()
    after = change(before)
    assert after != before
    return compare_schemas(build_schema(after, assume_valid=True))


def test_documented_schema_differs_in_nothing() -> None:
    """Nor does its report, which has lost its descriptions."""
    assert not compare_schemas(load_schema())
    text = format_schema_report(load_schema(), "v1.83.0")
    assert not compare_schemas(build_schema(text))


@pytest.mark.parametrize(
    ("old", "new", "group", "expected"),
    [
        (r"(type Brand [^{]*\{)", r"\1 planted: Int!", "fields", {"Brand": ("planted: Int!",)}),
        (r"(type Brand [^{]*\{)", r"\1 planted: [Store!]!", "lists", {"Brand": ("planted: [Store!]!",)}),
        (
            r"(type Brand [^{]*\{)",
            r"\1 planted: OrderConnection!",
            "lists",
            {"Brand": ("planted: OrderConnection!",)},
        ),
        (r"(type Query \{)", r"\1 planted: Store", "roots", {"Query": ("planted: Store",)}),
        (r"(enum StoreType \{)", r"\1 PLANTED", "values", {"StoreType": ("PLANTED",)}),
        (r"(enum StoreType \{)\s*\w+", r"\1", "lacking", {"StoreType": ("DIRECT_TO_CONSUMER",)}),
        (
            r"\Z",
            "type PlantedLine implements OrderLine { id: Int! }",
            "kinds",
            {"OrderLine": ("PlantedLine",)},
        ),
        (
            r"(type Store [^{]*\{[^}]*?)\n  name: String!",
            r"\1 name(planted: Int = 5): String!",
            "arguments",
            {"Store": ("name(planted: Int = 5)",)},
        ),
        (
            r"(type Store [^{]*\{[^}]*?)\n  name: String!",
            r"\1 name: Int!",
            "changed",
            {"Store": ("name: String! -> Int!",)},
        ),
        (
            r"(type Store [^{]*\{[^}]*?)\n  name: String!",
            r"\1 name: String",
            "nullability",
            {"Store": ("name: String! -> String",)},
        ),
        (r"(type Store [^{]*\{[^}]*?)\n  name: String!", r"\1", "lacking", {"Store": ("name",)}),
        (r"enum StoreType \{[^}]*\}", "scalar StoreType", "changed", {"StoreType": ("enum -> scalar",)}),
    ],
    ids=[
        "field", "list", "connection", "root", "value", "lost value", "kind", "argument", "type",
        "nullability", "lost field", "other kind",
    ],
)  # fmt: skip
def test_every_kind_of_difference_is_found(
    old: str, new: str, group: str, expected: dict[str, tuple[str, ...]]
) -> None:
    """It is found in its group, and nothing else is."""
    found = change_schema(lambda text: re.sub(old, new, text, count=1))
    assert asdict(found) == asdict(SchemaDrift(**{group: expected}))
    assert found.counts[group] == 1


def test_inputs_mutations_and_unreachable_types_are_not_compared() -> None:
    """What no query of this package reaches says nothing about a load."""
    for name in ("Mutation", "ProductFilter", "ProductSort", "EventsConfirmPayload", "DateTimeTz"):
        assert name not in list_compared_types()
    assert {"Query", "Order", "WholesaleOrder", "OrderStatus", "EventObjectType"} <= {*list_compared_types()}
    assert not change_schema(
        lambda text: text.replace("input ProductFilter {", "input ProductFilter { x: Int")
    )
    assert not change_schema(lambda text: text.replace("type Mutation {", "type Mutation { x: Int"))


def test_difference_is_part_of_a_check(other_shop: Sandbox) -> None:
    """The check is complete, and nothing that is new makes it fail."""
    found = check_token(["products", "vouchers"], base_url=other_shop.url, access_token=other_shop.token)
    assert (found.is_sufficient, found.drift) == (True, DIFFERENCE)


def test_report_holds_names_and_types_only(other_shop: Sandbox, report: SchemaReport) -> None:
    """No text of the shop is in it, although the shop's schema holds some."""
    assert "secret" in str(introspection_from_schema(build_schema(f"{read_schema_text()}\n{OTHER_SHOP}")))
    for private in ("secret", "example", "http", other_shop.url, other_shop.token, "127.0.0.1", '"""'):
        assert private not in report.text
    texts: list[str] = []

    class Texts(Visitor):
        def enter_string_value(self, node: StringValueNode, *_: object) -> None:
            texts.append(node.value)

    visit(parse(report.text), Texts())
    assert set(texts) == {""}
    assert [line for line in report.text.splitlines() if "#" in line] == report.text.splitlines()[:2]
    assert (report.version, report.drift) == ("v1.83.0", DIFFERENCE)


@pytest.mark.full
@pytest.mark.parametrize("version", representative(["https://shop.example", "a v1.83.0", ""], "a v1.83.0"))
def test_only_the_number_of_a_version_is_kept(version: str) -> None:
    """Whatever the shop writes there."""
    with Sandbox(empty=True, app_version=version) as sandbox:
        found = request_report(sandbox)
    assert found
    assert found.version == "unknown"
    assert f"Centra's version: {found.version}\n" in found.text


@pytest.mark.full
def test_served_report_differs_as_its_shop_did(served_report: Sandbox) -> None:
    """Types of mutations and inputs included, which a check does not compare."""
    again = request_report(served_report)
    assert again
    assert again.drift == DIFFERENCE
    for part in ("createDrop(name: String!): Drop!", 'season(format: String! = ""): String!', "LOST"):
        assert part in again.text
    assert served_report.settings.version != Sandbox(empty=True).settings.version


def test_served_report_can_be_loaded(served_report: Sandbox, target: Target) -> None:
    """With what the shop lacks left out."""
    target.load(served_report, "products", "orders", "vouchers")
    assert len(target.rows("products")) == len(served_report.shop.products)
    assert len(target.rows("orders")) == len(served_report.shop.orders)
    assert {row["weight_value"] for row in target.rows("products")} == {None}


@pytest.mark.full
def test_every_resource_of_a_served_report_can_be_loaded(served_report: Sandbox, target: Target) -> None:
    """The sandbox enforces the permissions that it knows, too."""
    target.load(served_report, *RESOURCES)
    assert not [row for row in target.rows("load_audit") if row["kind"] == "failed"]
    served_report.configure(denied={"Order:read"})
    try:
        found = check_token(["orders"], base_url=served_report.url, access_token=served_report.token)
    finally:
        served_report.configure(denied=frozenset())
    assert found.lacking == ("Order:read",)


MISFITS = [
    ("totalQuantity: Int!", "totalQuantity: String!"),
    ("  name: String!", "  name: Int!"),
    ("  ACTIVE\n", "  ENABLED\n"),
    ('createdAt(format: String = ""): DateTimeTz!', "createdAt: Float!"),
    ("  currency: Currency!", "  currency: String!"),
    ("  store: Store!", "  store: [Store!]!"),
    ("  variants: [ProductVariant!]!", "  variants: ProductVariant!"),
    ("type GiftCertificateOrderLine implements OrderLine", "type GiftCertificateOrderLine"),
]
"""Changes of a schema that the data of the sandbox does not fit."""


@pytest.mark.full
@pytest.mark.parametrize(("old", "new"), representative(MISFITS, MISFITS[1]))
def test_data_that_does_not_fit_a_served_schema_becomes_blank(
    report: SchemaReport, tmp_path: Path, old: str, new: str
) -> None:
    """The sandbox answers by the schema in the file, whatever its data is."""
    path = tmp_path / "schema.graphql"
    changed = report.text.replace(old, new)
    assert changed != report.text
    path.write_text(changed, encoding="utf-8")
    with Sandbox(products=3, orders=6, seed=3, schema=path) as sandbox:
        found = check_token(
            ["products", "orders", "stores"], base_url=sandbox.url, access_token=sandbox.token
        )
    assert found.list_names("refused") == []
    assert found.drift != DIFFERENCE


def change_at_random(text: str, dice: Random) -> str:
    """Removes, adds and changes fields and enum values of a schema, so that it may not even be valid."""
    lines: list[str] = []
    owner = ""
    for line in text.splitlines():
        owner = line if line[:1].isalpha() else owner
        is_part = re.fullmatch(r"  \w+.*: [\w\[\]!]+", line) and re.match(r"(type|interface) ", owner)
        if is_part and not re.search(r"Connection|Edge|Payload|Mutation|PageInfo", owner + line):
            chance = dice.random()
            if chance < 0.01 and "  id: " not in line and not lines[-1].endswith("{"):
                continue
            if chance < 0.02:
                line = re.sub(r"\w+(\W*)$", rf"{dice.choice(['String', 'Float', 'Store', 'Status'])}\1", line)
            elif chance < 0.03:
                line = re.sub(r": (\w+!?)$", r": [\1]", line)
            elif chance < 0.04:
                line = line.removesuffix("!")
            elif chance < 0.05:
                lines.append(f"  planted{dice.randrange(10**6)}: {dice.choice(['String!', '[Store!]!'])}")
        if re.match(r"enum (?!\w+Sort)", owner) and line.startswith("  ") and dice.random() < 0.02:
            line = f"  OTHER_{line.strip()}"
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(6))
def test_any_schema_can_be_served_and_is_reported_as_it_is(seed: int, tmp_path: Path) -> None:
    """Whatever a shop's schema is like, the check of its report shows the same, and nothing is refused."""
    path = tmp_path / "schema.graphql"
    text = change_at_random(format_schema_report(load_schema(), "v1.83.0"), Random(seed))
    path.write_text(text, encoding="utf-8")
    expected = compare_schemas(build_schema(text, assume_valid=True))
    assert expected
    with Sandbox(products=3, orders=6, seed=3, schema=path) as sandbox:
        found = check_token(
            ["products", "orders", "displays", "accounts"],
            base_url=sandbox.url,
            access_token=sandbox.token,
            retry_limit=0.1,
        )
        again = request_report(sandbox)
    assert found.list_names("refused") == []
    assert again
    assert found.drift == again.drift == expected


@pytest.mark.full
def test_earlier_generation_of_the_schema_differs_and_can_be_served(tmp_path: Path) -> None:
    """The facts that were known first are reported as any other shop's schema."""
    path = tmp_path / "schema.graphql"
    with Sandbox(products=3, orders=6, seed=3, is_earlier=True) as sandbox:
        before = request_report(sandbox)
    assert before
    assert before.drift
    path.write_text(before.text, encoding="utf-8")
    with Sandbox(products=3, orders=6, seed=3, schema=path) as sandbox:
        found = check_token(RESOURCES, base_url=sandbox.url, access_token=sandbox.token)
    assert (found.drift, found.list_names("refused")) == (before.drift, [])


@pytest.mark.full
def test_command_writes_a_report(other_shop: Sandbox, report: SchemaReport, workplace: Workplace) -> None:
    """It says what the file holds, and what differs."""
    done = workplace.load(other_shop, "check", "--schema-report", "schema.graphql")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no data, no address, no token and no descriptions. Attach it to a bug report." in done.stdout
    assert "differs from the documented one: 4 new, 3 lacking" in done.stdout
    assert "Query.drops: [Drop!]!" in done.stdout
    assert (workplace.folder / "schema.graphql").read_text(encoding="utf-8") == report.text


def test_difference_is_shown_with_a_check(other_shop: Sandbox) -> None:
    """What the section of missing fields names is not repeated; the JSON has all."""
    found = check_token(["products", "vouchers"], base_url=other_shop.url, access_token=other_shop.token)
    shown = print_on_screen(lambda console: token_report.show_check(console, found))
    assert "schema  differs from the documented one: 4 new, 3 lacking" in shown
    assert re.search(r"new fields +1 +Product\.season: String! *\n", shown)
    assert re.search(r"lacking +1 +Query\.orders\(sort:\) *\n", shown)
    assert "centra check --schema-report FILE" in " ".join(shown.split())
    drift = json.loads(token_report.format_json(found))["drift"]
    assert drift["counts"]["fields"] == 1
    assert drift["fields"] == {"Product": ["season: String!"]}
    assert drift["lacking"] == {"Product": ["weight"], "Query": ["orders(sort:)", "vouchers"]}


def test_long_differences_are_shortened() -> None:
    """A real shop may have hundreds of new fields, and the screen has fifty lines."""
    drift = SchemaDrift(fields={"Product": tuple(f"field{number}: String" for number in range(500))})
    shown = print_on_screen(lambda console: console.print(make_drift_table(drift)))
    assert "500" in shown
    assert "and 494 more" in shown
    assert len(shown.splitlines()) <= 4


@pytest.mark.parametrize("is_refused", [True, False])
def test_hidden_schema_is_said_in_one_sentence(tmp_path: Path, is_refused: bool) -> None:
    """There is nothing to compare, and no file is written, whether the shop refuses or is not asked."""
    path = tmp_path / "schema.graphql"
    codes: list[int] = []
    with Sandbox(empty=True, introspection=not is_refused, app_version=f"v1.83.{tmp_path.name}") as sandbox:
        asks = {"introspection": is_refused}
        assert request_report(sandbox, **asks) is None
        found = check_token(["stores"], base_url=sandbox.url, access_token=sandbox.token, **asks)
    shown = print_on_screen(lambda console: codes.append(write_report(console, None, path)))
    assert codes == [INCOMPLETE]
    assert " ".join(shown.split()) == NOT_VISIBLE
    assert not path.exists()
    assert found.drift is None
    assert found.list_names("full") == ["stores"]
    checked = print_on_screen(lambda console: token_report.show_check(console, found))
    assert "schema  not visible, so queries are sent as documented" in checked
    assert json.loads(token_report.format_json(found))["drift"] is None


def print_on_screen(show: Callable[[Console], None]) -> str:
    """What is printed on a screen of 120 columns."""
    output = StringIO()
    show(Console(file=output, width=120))
    return output.getvalue()
