"""What a token may not read and what a shop does not have is left out, and nothing else.

Which permissions there are, and which fields need them, is read off the `perm:` notes of the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from centra_sandbox import Sandbox
from centra_source import RESOURCES
from centra_source.operations.documents import load_operation, load_schema
from centra_source.operations.fitting import OLDER_NAMES

from ..support.selection import one_of_each
from ..support.shop_queries import TABLES, map_fields_by_permission, prepare_query
from ..support.shop_rows import KEYS, find_differences
from ..support.target import Target
from ..support.workplace import Row

NEEDING = {name: map_fields_by_permission(name) for name in RESOURCES}
MOST = 4
"""Of the resources that need a permission so many are loaded, as one is like the other."""

PERMISSIONS = sorted({permission for needing in NEEDING.values() for permission in needing})


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A shop that nobody changes; each test takes another permission from its token."""
    with Sandbox(products=8, orders=20, seed=7) as sandbox:
        yield sandbox


def required(name: str) -> set[str]:
    """The fields without which a resource cannot be read: those that lead to its rows or identify them."""
    query, key = prepare_query(name), set(KEYS[name])
    own_list = next((path for path, table in RESOURCES[name].lists.items() if table == name), "")
    way = query.level.way_to(own_list)
    levels = [query.level, *(known.level for _, known in way)]
    cursors = {"id", RESOURCES[name].cursor}
    return {
        *(step.path for step in query.outer),
        *(step.path for _, known in way for step in known.steps),
        *(step.path for level in levels for column, step, _ in level.columns if column in key),
        *(step.path for _, step, _ in query.level.columns if step.name in cursors),
        # A key such as product_size_id is inside an object.
        *(step.path for level in levels for step, inner in level.objects if key & inner.names.keys()),
        *(
            inner_step.path
            for level in levels
            for _, inner in level.objects
            for column, inner_step, _ in inner.columns
            if column in key
        ),
    }


def is_left_out(name: str, lost: frozenset[str]) -> bool:
    """Whether a resource cannot be read without these fields."""
    return bool(required(name) & lost)


def check_rows(sandbox: Sandbox, target: Target, name: str, lost: frozenset[str], step: str) -> None:
    """All tables of a resource equal the shop, but for what was lost; none has rows if the resource is out.

    Args:
        sandbox: What was loaded.
        target: Where it was loaded to.
        name: The resource.
        lost: Fields (`Order.status`) that could not be read.
        step: What was done, for the message.
    """
    loaded = target.types_by_table()
    for table in [table for table, (owner, _) in TABLES.items() if owner == name]:
        rows: list[Row] = target.rows(table) if table in loaded else []
        if is_left_out(name, lost):
            assert not rows, f"{name}: {step}: {table} has rows"
        else:
            found = find_differences(sandbox.shop, table, rows, without=lost)
            assert not found, f"{name}: {step}: {'; '.join(found[:5])}"


def notes(target: Target, name: str) -> str:
    """What `load_audit` says of a resource."""
    return " ".join(row["note"] or "" for row in target.rows("load_audit") if row["resource"] == name)


def concerned_by(permission: str) -> list[str]:
    """Some of the resources that need a permission."""
    return [name for name in RESOURCES if permission in NEEDING[name]][:MOST]


def effect(permission: str) -> tuple[bool, ...]:
    """What the lack of a permission does: whether it leaves resources out, and lists, and columns."""
    lost = {name: NEEDING[name][permission] for name in concerned_by(permission)}
    lists = {
        step.path
        for name in lost
        for known in prepare_query(name).level.lists.values()
        for step in known.steps
    }
    left_out = [is_left_out(name, fields) for name, fields in lost.items()]
    return any(left_out), not all(left_out), any(fields & lists for fields in lost.values())


DENIAL_STATUSES = (200, 400, 401, 403)
"""HTTP statuses that a permission error may have: Centra documents none."""


def status_of_denial(permission: str) -> int:
    """The HTTP status under which a permission is denied."""
    return DENIAL_STATUSES[len(permission) % len(DENIAL_STATUSES)]


LOADED = {(effect(permission), status_of_denial(permission)): permission for permission in PERMISSIONS}
"""A permission of each effect and status. What is asked for without each of the others is compared, without a
load, in tests/operations/test_permissions.py."""


@pytest.mark.parametrize("permission", one_of_each(sorted(LOADED.values()), effect))
def test_missing_permission_leaves_out_what_needs_it(shop: Sandbox, target: Target, permission: str) -> None:
    """Columns stay null, lists empty, resources out; the audit names the permission. The rest is whole.

    Each permission is denied under another HTTP status.
    """
    concerned = concerned_by(permission)
    shop.configure(denied={permission}, denial_status=status_of_denial(permission))
    target.load(shop, *concerned)
    for name in concerned:
        step = f"without {permission}"
        check_rows(shop, target, name, NEEDING[name][permission], step)
        assert permission in notes(target, name), f"{name}: {step}: load_audit does not name it"


def optional_field(name: str) -> str | None:
    """The last field of a resource that it can do without; ids may be keys of child tables."""
    kept = ("__typename", "id", "number", *OLDER_NAMES)
    found = [step.path for step in prepare_query(name).level.steps() if step.name not in kept]
    return next((path for path in reversed(found) if path not in REQUIRED and has_others(path)), None)


def has_others(path: str) -> bool:
    """Whether the type of a field has enough others: GraphQL knows no type without any."""
    owner, _, _ = path.partition(".")
    return len(load_schema().get_type(owner).fields) > 3  # type: ignore[union-attr]  # a type with fields


REQUIRED = frozenset(path for name in RESOURCES for path in required(name))


@pytest.mark.full
def test_shop_of_another_version_leaves_columns_null(tmp_path: Path) -> None:
    """A shop that lacks one field of each resource is loaded with the columns of these fields null."""
    # What describes the API itself, the loader cannot do without.
    paged = [name for name in RESOURCES if load_operation(name).variables]
    fields = frozenset(field for name in paged if (field := optional_field(name)))
    with Sandbox(products=8, orders=20, seed=7, without=tuple(sorted(fields))) as sandbox:
        target = Target(tmp_path).load(sandbox, *paged)
        for name in paged:
            check_rows(sandbox, target, name, fields, "a shop that lacks a field")
            own = {step.path for step in prepare_query(name).steps()} & fields
            lacking = [field for field in sorted(own) if field not in notes(target, name)]
            assert not lacking, f"{name}: a shop that lacks {lacking}: load_audit does not say so"
