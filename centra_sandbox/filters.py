"""The `where` argument: every condition must be true, and a list of values means any of them."""

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from .dates import parse_date
from .lookup import find_path, get_path, searched_texts
from .nodes import Node

Test = Callable[[Any], bool]
Condition = Callable[[Node], bool]

STRING_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda text, wanted: text == wanted,
    "contains": lambda text, wanted: wanted in text,
    "startsWith": lambda text, wanted: text.startswith(wanted),
    "endsWith": lambda text, wanted: text.endswith(wanted),
}


class Filter:
    """Compiles a `where` value into a predicate for objects."""

    def __init__(self, schema: GraphQLSchema, zone: ZoneInfo, bounds_inclusive: bool) -> None:
        self._schema = schema
        self._zone = zone
        self._inclusive = bounds_inclusive

    def compile(
        self, type_name: str, where_type: GraphQLInputObjectType, where: dict[str, Any]
    ) -> list[Condition]:
        """Returns the conditions of a `where` on a type.

        Raises:
            GraphQLError: An unknown condition, or a StringMatch that is not exactly one.
        """
        negated = set(where.get("negate") or ())
        conditions: list[Condition] = []
        for name, wanted in where.items():
            if name == "negate" or wanted is None:
                continue
            if name == "notNull":
                conditions += [self._not_null(type_name, each, each in negated) for each in wanted]
                continue
            if name == "search":
                condition = _search(wanted)
            else:
                test = self._test(where_type.fields[name].type, wanted)
                condition = self._any_value(find_path(self._schema, type_name, name), test)
            conditions.append(_reverse(condition) if name in negated else condition)
        return conditions

    def _not_null(self, type_name: str, name: str, negated: bool) -> Condition:
        path = find_path(self._schema, type_name, name)
        return lambda node: bool(get_path(node, path)) is not negated

    def _any_value(self, path: tuple[str, ...], test: Test) -> Condition:
        if len(path) == 1:
            key = path[0]
            return lambda node: _one_or_many(node.get(key), test)
        return lambda node: any(test(value) for value in get_path(node, path))

    def _test(self, input_type: Any, wanted: Any) -> Test:
        kind = get_named_type(input_type).name
        if kind == "DateRange":
            return self._date_range(wanted)
        if kind in ("IntRange", "FloatRange"):
            low, high = wanted.get("from"), wanted.get("to")
            return lambda value: (low is None or value >= low) and (high is None or value <= high)
        if kind == "StringMatch":
            return _string_match(wanted)
        if is_list_type(get_nullable_type(input_type)):
            members = set(wanted)
            return lambda value: value in members
        return lambda value: bool(value == wanted)

    def _date_range(self, wanted: dict[str, str | None]) -> Test:
        low, high = (parse_date(w, self._zone) if (w := wanted.get(k)) else None for k in ("from", "to"))
        zone = self._zone

        def inclusive(value: date) -> bool:
            moment = _moment(value, zone)
            return (low is None or moment >= low) and (high is None or moment <= high)

        def exclusive(value: date) -> bool:
            moment = _moment(value, zone)
            return (low is None or moment > low) and (high is None or moment < high)

        return inclusive if self._inclusive else exclusive


def _moment(value: date, zone: ZoneInfo) -> datetime:
    """Returns a time in whole seconds, as Centra stores it."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return datetime(value.year, value.month, value.day, tzinfo=zone).astimezone(timezone.utc)


def _one_or_many(value: Any, test: Test) -> bool:
    if isinstance(value, list):
        return any(test(each) for each in value)
    return value is not None and test(value)


def _string_match(wanted: dict[str, str | None]) -> Test:
    given = [(how, text) for how, text in wanted.items() if text is not None]
    if len(given) != 1:
        raise GraphQLError("Exactly one input field of StringMatch should be provided.")
    how, text = given[0]
    match = STRING_MATCHES[how]
    lowered = text.lower()
    return lambda value: match(str(value).lower(), lowered)


def _search(wanted: str) -> Condition:
    lowered = wanted.lower()
    return lambda node: any(lowered in text for text in searched_texts(node))


def _reverse(condition: Condition) -> Condition:
    return lambda node: not condition(node)
