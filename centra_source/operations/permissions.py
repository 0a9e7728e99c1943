"""Which permissions an operation needs, by the notes in the schema (`perm: Order:read`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache, lru_cache

from graphql import FieldNode, GraphQLObjectType, get_named_type

from ..exceptions import Denial
from .documents import Operation, load_schema
from .rewriting import without_fields
from .selections import FieldsType, Path, list_kinds, walk

_PERMISSION = re.compile(r"perm: ((?:<Type>|\w+)(?:\.\w+)?:(?:read|write))( \(inferred\))?")


@lru_cache(maxsize=256)
def find_permissions(operation: Operation) -> dict[str, list[Path]]:
    """Finds the permissions that an operation needs, each with the paths of the fields that need it."""
    needed: dict[str, list[Path]] = {}
    for owner, node, path in walk(operation):
        for permission in find_field_permissions(owner, node):
            needed.setdefault(permission, []).append(path)
    return needed


def without_denied(
    operation: Operation, denials: Collection[Denial]
) -> tuple[Operation | None, dict[Path, str | None]]:
    """Removes from an operation what a token may not read.

    Centra's answer decides: every field that needs a denied permission by our notes is removed, and so is
    every place that Centra named, whatever it needs by our notes.

    Returns:
        The operation, or None if nothing is left of it, and the missing permission by path.
    """
    permissions = {one.permission for one in denials}
    places = {one.path: one.permission for one in denials if one.path}
    reasons: dict[Path, str | None] = {}
    for owner, node, path in walk(operation):
        if any(path[:length] in reasons for length in range(1, len(path))):
            continue  # it is removed with the field above it
        lacking = [one for one in find_field_permissions(owner, node) if one in permissions]
        if lacking or path in places:
            reasons[path] = lacking[0] if lacking else places[path]
    return without_fields(operation, lambda owner, node, path: path in reasons), reasons


def find_field_permissions(owner: FieldsType, node: FieldNode) -> Iterator[str]:
    """Finds the permissions of one field: its own permission, and that of the type it holds."""
    name = node.name.value
    if name == "__typename":
        return
    for source in (owner, *owner.interfaces):
        described = source.fields.get(name)
        found = _PERMISSION.search((described and described.description) or "")
        if found:
            yield found[1].replace("<Type>", _name_kind(owner))
            break
    held = get_named_type(owner.fields[name].type)
    if held.name.endswith("Connection") and isinstance(held, GraphQLObjectType):
        edge = get_named_type(held.fields["edges"].type)
        held = get_named_type(edge.fields["node"].type) if isinstance(edge, GraphQLObjectType) else edge
    for described_type in (held, *getattr(held, "interfaces", ())):
        found = _PERMISSION.search(described_type.description or "")
        if found:
            yield found[1]
            break


@cache
def list_inferred_permissions() -> frozenset[str]:
    """Returns the permissions that were never seen: every note of them in the schema says `(inferred)`."""
    seen: set[str] = set()
    inferred: set[str] = set()
    for kind in load_schema().type_map.values():
        notes = [kind.description, *(one.description for one in getattr(kind, "fields", {}).values())]
        for found in (_PERMISSION.search(note or "") for note in notes):
            if found:
                name = found[1].replace("<Type>", kind.name)
                (inferred if found[2] else seen).add(name)
    return frozenset(inferred - seen)


def format_path(path: Path) -> str:
    """The path of a field below the root objects, such as `lines.product`; empty for the root list."""
    return ".".join(key for key in path[1:] if key not in ("edges", "node"))


def _name_kind(owner: FieldsType) -> str:
    """The type's name in permissions: `Order`, and not `DirectToConsumerOrder`."""
    kinds = list_kinds(owner)
    return kinds[0].name if kinds else owner.name
