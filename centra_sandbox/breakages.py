"""Objects that Centra breaks down over: every query fails that asks for what is broken of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from graphql import GraphQLError

from .marked_fields import MarkedFields

Form = Literal["error", "bare error", 500, 499, 504]
"""How a query fails: by a GraphQL error, with the data that is left or without, or by an HTTP status."""

ALWAYS_READABLE = frozenset({"__typename", "id"})
"""What an object that is broken as a whole still shows: Centra finds it, and fails over its content."""


class Breakdown(Exception):
    """What a resolver raises for something that is broken.

    Attributes:
        form: How the query fails.
    """

    def __init__(self, form: Form) -> None:
        super().__init__("Call to a member function on null")
        self.form = form


class Breakages(MarkedFields[str | None, Form]):
    """What is broken in a shop: fields of objects, or with None all of an object but its id."""

    def resolve(self, proceed: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
        """Resolves a field as graphql-core's middleware.

        Raises:
            Breakdown: The field is broken.
        """
        fields, name = self.find(source), info.field_name
        form = fields.get(name) or (None if name in ALWAYS_READABLE else fields.get(None))
        if form:
            raise Breakdown(form)
        return proceed(source, info, **arguments)


def find_form(errors: list[GraphQLError] | None) -> Form | None:
    """Returns how a query fails whose execution brought some errors; None if nothing of it was broken.

    A status counts before an error, because then there is no answer at all.
    """
    forms = [one.original_error.form for one in errors or () if isinstance(one.original_error, Breakdown)]
    return next((form for form in forms if isinstance(form, int)), forms[0] if forms else None)
