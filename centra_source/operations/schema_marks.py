"""Reads the marks in `schema.graphql`: where each definition comes from, and which of its parts are guesses.

A comment line directly above a type, input, enum, interface or union says where the whole definition is from:
`# complete: <page>` (its page was seen to the end), `# partial: <page>` (more exists than is here) or
`# inferred: <why>` (a guess). A comment behind a field, argument, enum value or member of a union says that
this part is a guess: `# inferred`, `# name inferred` or `# type inferred`, each optionally with `: <why>`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from graphql import (
    EnumTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    Token,
    TokenKind,
    UnionTypeDefinitionNode,
    parse,
)
from graphql.language.ast import InputObjectTypeDefinitionNode

from .documents import read_schema_text

COMPLETE, PARTIAL, INFERRED = "complete", "partial", "inferred"

MARKED_DEFINITIONS = (
    ObjectTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    EnumTypeDefinitionNode,
    UnionTypeDefinitionNode,
)

_DEFINITION_MARK = re.compile(rf"({COMPLETE}|{PARTIAL}|{INFERRED}): (\S.*)")
_LIKE_A_DEFINITION_MARK = re.compile(rf"({COMPLETE}|{PARTIAL}|{INFERRED})\b", re.IGNORECASE)
_MEMBER_MARK = re.compile(r"((?:name |type )?inferred)(?:: (\S.*))?")


@dataclass(frozen=True)
class Mark:
    """One mark.

    Attributes:
        kind: Of a definition: "complete", "partial" or "inferred". Of a part: "inferred" (the part itself is
            a guess), "name inferred" or "type inferred".
        source: The page of a definition, or why the part is a guess. Empty if the mark does not say.
    """

    kind: str
    source: str


@dataclass(frozen=True)
class Marks:
    """The marks of a schema.

    Attributes:
        definitions: By the name of each type, input, enum, interface and union; None without a mark.
        names: The marks behind the `{` of definitions, such as `type Plan { # name inferred`.
        members: By coordinate, such as `Order.lines`, `Order.lines(limit:)`, `Status.ACTIVE`,
            `OrderFilter.id`, or `Target.Brand` of a union. None if the part is documented or was seen.
        faults: Comments that look like marks and cannot be read, each with its line.
    """

    definitions: Mapping[str, Mark | None]
    names: Mapping[str, Mark]
    members: Mapping[str, Mark | None]
    faults: tuple[str, ...]

    def list_definitions(self, kind: str | None) -> list[str]:
        """Returns the names of the definitions with a kind of mark; None: of those without one."""
        return [name for name, mark in self.definitions.items() if (mark and mark.kind) == kind]

    def list_members(self, *kinds: str) -> list[str]:
        """Returns the coordinates of the parts with some kinds of mark."""
        return [name for name, mark in self.members.items() if mark and mark.kind in kinds]


@cache
def load_marks() -> Marks:
    """Returns the marks of `schema.graphql`, read once per process."""
    return read_marks(read_schema_text())


def read_marks(text: str) -> Marks:
    """Reads the marks of a schema in GraphQL's schema language.

    Raises:
        GraphQLSyntaxError: The text is not a schema.
    """
    reader = _Reader()
    document = parse(text)
    for definition in document.definitions:
        reader.read_definition(definition)
    faults = reader.find_faults(document.loc.start_token) if document.loc else ()
    return Marks(reader.definitions, reader.names, reader.members, tuple(faults))


def read_member_mark(node: Node) -> Mark | None:
    """Reads the mark behind a field, argument or enum value. None if it has none."""
    comment = node.loc and _find_comment_behind(node.loc.end_token)
    found = _MEMBER_MARK.fullmatch(_get_text(comment)) if comment else None
    return Mark(found[1], found[2] or "") if found else None


@dataclass
class _Reader:
    definitions: dict[str, Mark | None] = field(default_factory=dict)
    names: dict[str, Mark] = field(default_factory=dict)
    members: dict[str, Mark | None] = field(default_factory=dict)
    _read: set[Token] = field(default_factory=set)
    _faults: list[str] = field(default_factory=list)

    def read_definition(self, node: Node) -> None:
        """Reads the marks of a definition or an extension, and of its parts."""
        named = getattr(node, "name", None)
        if named is None or node.loc is None:
            return
        if isinstance(node, MARKED_DEFINITIONS):
            self.definitions[named.value] = self._read_definition_mark(node.loc.start_token)
            self._read_name(named.value, named.loc.end_token)
        for member in _list_members(node):
            self._read_member(f"{named.value}.{_get_name(member)}", member)
            for argument in getattr(member, "arguments", None) or ():
                if isinstance(argument, InputValueDefinitionNode):
                    place = f"{named.value}.{_get_name(member)}({argument.name.value}:)"
                    self._read_member(place, argument)

    def _read_definition_mark(self, start: Token) -> Mark | None:
        marks = []
        for comment in _list_comments_above(start):
            found = _DEFINITION_MARK.fullmatch(_get_text(comment))
            if found:
                self._read.add(comment)
                marks.append(Mark(found[1], found[2]))
        if len(marks) > 1:
            self._faults.append(f"line {start.line}: the definition below has {len(marks)} marks")
        return marks[0] if marks else None

    def _read_name(self, name: str, token: Token | None) -> None:
        while token and token.kind not in (TokenKind.BRACE_L, TokenKind.EQUALS, TokenKind.EOF):
            token = token.next
        comment = token and _find_comment_behind(token)
        found = _MEMBER_MARK.fullmatch(_get_text(comment)) if comment else None
        if comment and found:
            self._read.add(comment)
            self.names[name] = Mark(found[1], found[2] or "")

    def _read_member(self, place: str, node: Node) -> None:
        self.members[place] = mark = read_member_mark(node)
        comment = mark and node.loc and _find_comment_behind(node.loc.end_token)
        if comment:
            self._read.add(comment)

    def find_faults(self, token: Token | None) -> Iterator[str]:
        """Yields the comments that are no marks although they are in the place of one, or look like one."""
        yield from self._faults
        while token:
            is_unread = token.kind is TokenKind.COMMENT and token not in self._read
            text = _get_text(token)
            if is_unread and (_is_behind_something(token) or _LIKE_A_DEFINITION_MARK.match(text)):
                yield f"line {token.line}: # {text}"
            token = token.next


def count_kinds(marks: Collection[Mark | None]) -> dict[str, int]:
    """Counts marks by kind; parts without a mark are counted as "documented"."""
    counts: dict[str, int] = {}
    for mark in marks:
        kind = mark.kind if mark else "documented"
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def _list_members(node: Node) -> tuple[Node, ...]:
    for name in ("fields", "values", "types"):
        members = getattr(node, name, None)
        if members:
            return tuple(members)
    return ()


def _get_name(node: Node) -> str:
    name: str = node.name.value  # type: ignore[attr-defined]
    return name


def _list_comments_above(start: Token) -> Iterator[Token]:
    """Yields the comments in the lines directly above a token, the lowest one first."""
    line, token = start.line, start.prev
    while token and token.kind is TokenKind.COMMENT and token.line == line - 1:
        if _is_behind_something(token):
            return
        yield token
        line, token = token.line, token.prev


def _find_comment_behind(token: Token) -> Token | None:
    """Returns the comment behind a token in the same line, if nothing is between them."""
    following = token.next
    is_comment = following is not None and following.kind is TokenKind.COMMENT
    return following if is_comment and following and following.line == token.line else None


def _is_behind_something(comment: Token) -> bool:
    """Whether a comment belongs to what is before it in its line."""
    return comment.prev is not None and comment.prev.line == comment.line


def _get_text(comment: Token | None) -> str:
    return (comment.value or "").strip() if comment else ""
