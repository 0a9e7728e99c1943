"""Reads from Centra's refusals of a query which parts of the query the shop's schema lacks.

Centra's API is written in PHP. The texts are those of webonyx/graphql-php, in its versions 0.13 to 15, and of
graphql-js, which differ in a few words. Seen in public client code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    Node,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    parse,
    visit,
)

from ..exceptions import Complaint
from .schema_types import Changes

_Found = re.Match[str]


def find_changes(complaints: Iterable[Complaint], query: str, schema: GraphQLSchema) -> Changes:
    """Returns how the shop's schema differs from ours, by its complaints about a query.

    Every complaint counts, so that one refusal is enough to correct a query that has many faults. What the
    schema does not have is ignored: leaving it out would not change the query.

    Args:
        complaints: The errors of one answer.
        query: The rejected query.
        schema: The schema that the query was made for.
    """
    reader = _Reader(query, schema)
    for complaint in complaints:
        reader.read(complaint)
    return Changes(frozenset(reader.lacking), dict(reader.input_types))


@dataclass
class _Uses:
    """What is where in a query.

    Attributes:
        fields: The field (`Brand.uri`) at a line and column.
        arguments: The argument (`Query.brands.sort`) at a line and column.
        variables: The arguments that take a variable.
    """

    fields: dict[tuple[int, int], str] = field(default_factory=dict)
    arguments: dict[tuple[int, int], str] = field(default_factory=dict)
    variables: dict[str, list[str]] = field(default_factory=dict)


class _Reader:
    def __init__(self, query: str, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._uses = _find_uses(query, schema) if query else _Uses()
        self.lacking: set[str] = set()
        self.input_types: dict[str, str] = {}

    def read(self, complaint: Complaint) -> None:
        message = complaint.message.replace("'", '"')
        for pattern, read in _READERS.items():
            if found := pattern.search(message):
                self.lacking.update(part for part in read(self, found, complaint) if self._has(part))
                return

    def _has(self, part: str) -> bool:
        """Whether our schema has a part, such as `Order.number`, `OrderSort.number_ASC` or `Order`."""
        owner, *names = part.split(".")
        known: Any = self._schema.type_map.get(owner)
        for name in names:
            kinds = ("fields", "values", "args")
            members = next((getattr(known, kind) for kind in kinds if hasattr(known, kind)), None)
            known = members.get(name) if members else None
        return known is not None

    def read_field(self, found: _Found, complaint: Complaint) -> Iterator[str]:
        yield f"{found['owner']}.{found['name']}"
        yield from self._find_fields(complaint, found["name"], is_exact=True)

    def read_argument(self, found: _Found, complaint: Complaint) -> Iterator[str]:
        owner, name = found["owner"], found["name"]
        yield f"{owner}.{name}.{found['argument']}" if owner else f"{name}.{found['argument']}"
        yield from (self._uses.arguments[at] for at in complaint.places if at in self._uses.arguments)

    def read_type(self, found: _Found, _complaint: Complaint) -> Iterator[str]:
        yield found["name"]

    def read_member(self, found: _Found, _complaint: Complaint) -> Iterator[str]:
        owner = self._schema.type_map.get(found["owner"])
        if isinstance(owner, (GraphQLEnumType, GraphQLInputObjectType)):
            yield f"{owner.name}.{found['name']}"

    def read_used_field(self, found: _Found, complaint: Complaint) -> Iterator[str]:
        yield from self._find_fields(complaint, found["name"])

    def read_fragment(self, found: _Found, _complaint: Complaint) -> Iterator[str]:
        yield found["name"]

    def read_variable(self, found: _Found, complaint: Complaint) -> Iterator[str]:
        """The arguments that a variable is given to: they take another type, or they cannot be given."""
        at = [self._uses.arguments[place] for place in complaint.places if place in self._uses.arguments]
        for argument in at or self._uses.variables.get(found["name"], []):
            kind = found["kind"]
            if self.input_types.get(argument, kind) == kind and kind.strip("[]!") in self._schema.type_map:
                self.input_types[argument] = kind
            else:
                yield argument

    def _find_fields(self, complaint: Complaint, name: str, *, is_exact: bool = False) -> Iterator[str]:
        """The fields that a complaint is about: by its places, or without any, all of the name."""
        fields = self._uses.fields
        placed = [fields[at] for at in complaint.places if at in fields]
        yield from placed
        if not placed and not is_exact:
            yield from (one for one in fields.values() if one.endswith(f".{name}"))


_Read = Callable[[_Reader, _Found, Complaint], Iterator[str]]

_READERS: Mapping[re.Pattern[str], _Read] = {
    re.compile(pattern): read
    for pattern, read in {
        r'Cannot query field "(?P<name>\w+)" on type "(?P<owner>\w+)"': _Reader.read_field,
        r'Unknown argument "(?P<argument>\w+)" on field "(?P<name>[\w.]+)"(?: of type "(?P<owner>\w+)")?': (
            _Reader.read_argument
        ),
        r'Unknown type "(?P<name>\w+)"': _Reader.read_type,
        r'Value "(?P<name>\w+)" does not exist in "(?P<owner>\w+)" enum': _Reader.read_member,
        r'Expected (?:value of )?type "?\[?(?P<owner>\w+)[\]!]*"?, found "?(?P<name>\w+)': (
            _Reader.read_member
        ),
        r'Expected value of type "(?P<owner>\w+)!?" not to include unknown field "(?P<name>\w+)"': (
            _Reader.read_member
        ),
        r'Field "(?P<name>\w+)" is not defined by type "?(?P<owner>\w+)': _Reader.read_member,
        r'Field "?(?P<name>\w+)\.\w+"? of required type': _Reader.read_type,
        r'Field "(?P<name>\w+)"(?: of type "[^"]+")? must (?:not )?have a (?:sub ?)?selection': (
            _Reader.read_used_field
        ),
        r'Field "(?P<name>\w+)" argument "\w+" of type "[^"]+" is required': _Reader.read_used_field,
        r'Fields "(?P<name>\w+)" conflict because': _Reader.read_used_field,
        r'Variable "\$(?P<name>\w+)" of type "[^"]+" used in position expecting type "(?P<kind>[^"]+)"': (
            _Reader.read_variable
        ),
        r'Variable "\$\w+" cannot be non-input type "\[?(?P<name>\w+)': _Reader.read_type,
        r'Fragment cannot condition on non composite type "(?P<name>\w+)"': _Reader.read_fragment,
        r'Fragment cannot be spread here as objects of type "\w+" can never be of type "(?P<name>\w+)"': (
            _Reader.read_fragment
        ),
    }.items()
}
"""What each text says, the first that matches. Values of variables are in the middle of a text, so that no
pattern is tied to its beginning."""


def _find_uses(query: str, schema: GraphQLSchema) -> _Uses:
    types = TypeInfo(schema)
    collector = _UseCollector(types)
    visit(parse(query), TypeInfoVisitor(types, collector))
    return collector.uses


class _UseCollector(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.uses = _Uses()
        self._types = types
        self._argument: str | None = None

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        owner = self._types.get_parent_type()
        if owner:
            self.uses.fields[_find_place(node)] = f"{owner.name}.{node.name.value}"

    def enter_argument(self, node: ArgumentNode, _key: Any, _parent: Any, _path: Any, ancestors: Any) -> None:
        above = next((one for one in reversed(ancestors) if isinstance(one, FieldNode)), None)
        owner = self._types.get_parent_type()
        if above and owner:
            self._argument = f"{owner.name}.{above.name.value}.{node.name.value}"
            self.uses.arguments[_find_place(node)] = self._argument

    def leave_argument(self, *_: Any) -> None:
        self._argument = None

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        if self._argument:
            self.uses.arguments[_find_place(node)] = self._argument
            self.uses.variables.setdefault(node.name.value, []).append(self._argument)


def _find_place(node: Node) -> tuple[int, int]:
    assert node.loc
    return node.loc.start_token.line, node.loc.start_token.column
