"""Which permissions an operation needs, by the notes in the schema (`perm: Order:read`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from graphql import FieldNode, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from ..exceptions import Denial
from .documents import Operation
from .rewriting import without_fields
from .selections import FieldsType, Path

_PERMISSION = re.compile(r"perm: ((?:<Type>|\w+)(?:\.\w+)?:(?:read|write))")


@lru_cache(maxsize=256)
def needed_permissions(operation: Operation) -> dict[str, list[Path]]:
    """What a token needs for an operation: by permission, the fields that need it, as keys of the answer."""
    needed: dict[str, list[Path]] = {}

    def note(owner: FieldsType, node: FieldNode, path: Path) -> bool:
        for permission in field_permissions(owner, node):
            needed.setdefault(permission, []).append(path)
        return False

    without_fields(operation, note)
    return needed


def without_denied(
    operation: Operation, denials: Collection[Denial]
) -> tuple[Operation | None, dict[Path, str | None]]:
    """An operation without what a token may not read, and what that is: the permission it lacks, by path.

    Centra's own word counts: what needs a permission by our notes goes, and so does the place that Centra
    named, whatever it needs.
    """
    permissions = {one.permission for one in denials}
    places = {one.path: one.permission for one in denials if one.path}
    reasons: dict[Path, str | None] = {}

    def is_denied(owner: FieldsType, node: FieldNode, path: Path) -> bool:
        lacking = [one for one in field_permissions(owner, node) if one in permissions]
        if lacking or path in places:
            reasons[path] = lacking[0] if lacking else places[path]
            return True
        return False

    readable, _ = without_fields(operation, is_denied)
    return readable, reasons


def field_permissions(owner: FieldsType, node: FieldNode) -> Iterator[str]:
    """What a token needs to ask for a field: the field's own permission, and that of the type it leads to."""
    name = node.name.value
    if name == "__typename":
        return
    for source in (owner, *owner.interfaces):
        described = source.fields.get(name)
        found = _PERMISSION.search((described and described.description) or "")
        if found:
            yield found[1].replace("<Type>", interface_name(owner))
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


def field_name(path: Path) -> str:
    """Where a field stands below the root objects, as `lines.product`; empty for the list of these itself."""
    return ".".join(key for key in path[1:] if key not in ("edges", "node"))


def interface_name(owner: FieldsType) -> str:
    """The name that permissions use: `Order`, not `DirectToConsumerOrder`."""
    shared: list[GraphQLInterfaceType] = [
        one for one in owner.interfaces if not one.name.startswith("ObjectWith")
    ]
    return shared[0].name if shared else owner.name
