"""Fields of objects of a shop that a test has marked, until it takes the mark away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .nodes import Node

Name = TypeVar("Name")
Mark = TypeVar("Mark")


@dataclass
class MarkedFields(Generic[Name, Mark]):
    """The marks of fields, by object: two objects may be equal."""

    _marks: dict[int, tuple[Node, dict[Name, Mark]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._marks)

    def add(self, node: Node, name: Name, mark: Mark) -> None:
        """Marks a field of an object."""
        _, marks = self._marks.setdefault(id(node), (node, {}))
        marks[name] = mark

    def lift(self, node: Node | None = None) -> None:
        """Takes the marks of an object away; None: all."""
        if node is None:
            self._marks.clear()
        else:
            self._marks.pop(id(node), None)

    def find(self, source: Any) -> Mapping[Name, Mark]:
        """Returns the marks of an object."""
        _, marks = self._marks.get(id(source), (None, {}))
        return marks
