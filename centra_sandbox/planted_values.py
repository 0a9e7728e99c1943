"""Values that no schema allows, in chosen fields of chosen objects, as they go over the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from .nodes import Node


@dataclass
class PlantedValues:
    """What is sent in place of the values of a shop."""

    _planted: dict[int, tuple[Node, dict[str, bytes]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._planted)

    def add(self, node: Node, name: str, raw: str | bytes) -> None:
        """Plants a value, as the bytes that are sent: they need not be JSON."""
        _, fields = self._planted.setdefault(id(node), (node, {}))
        fields[name] = raw.encode() if isinstance(raw, str) else raw

    def lift(self, node: Node | None = None) -> None:
        """Sends the values of an object again; None: of all objects."""
        if node is None:
            self._planted.clear()
        else:
            self._planted.pop(id(node), None)

    def find(self, source: Any, name: str) -> orjson.Fragment | None:
        """Returns what is sent for a field of an object; None if nothing was planted there."""
        _, fields = self._planted.get(id(source), (None, {}))
        return orjson.Fragment(fields[name]) if name in fields else None


@dataclass
class Planting:
    """The planted values in one answer."""

    values: PlantedValues
    _found: list[tuple[list[str | int], orjson.Fragment]] = field(default_factory=list)

    def resolve(self, proceed: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
        """Resolves a field as graphql-core's middleware, and remembers where planted values belong."""
        if planted := self.values.find(source, info.field_name):
            self._found.append((info.path.as_list(), planted))
        return proceed(source, info, **arguments)

    def replace_values(self, data: Any) -> None:
        """Puts the planted values into an answer."""
        for path, planted in self._found:
            place = data
            for key in path[:-1]:
                # What encloses it may be a planted value itself.
                place = None if place is None or isinstance(place, orjson.Fragment) else place[key]
            if isinstance(place, dict):
                place[path[-1]] = planted
