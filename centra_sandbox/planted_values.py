"""Values that no schema allows, in chosen fields of chosen objects, as they go over the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from .marked_fields import MarkedFields


class PlantedValues(MarkedFields[str, orjson.Fragment]):
    """What is sent in place of the values of a shop, as bytes: they need not be JSON."""


@dataclass
class Planting:
    """The planted values in one answer."""

    values: PlantedValues
    _found: list[tuple[list[str | int], orjson.Fragment]] = field(default_factory=list)

    def resolve(self, proceed: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
        """Resolves a field as graphql-core's middleware, and remembers where planted values belong."""
        if planted := self.values.find(source).get(info.field_name):
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
