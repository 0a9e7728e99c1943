"""Execution of one API request, from its body to Centra's response."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from threading import RLock
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    MiddlewareManager,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from .breakages import Breakages, find_form
from .clock import Clock
from .context import Context
from .costs import Costs, measure
from .limits import Buckets, retry_after
from .nodes import Node
from .planted_values import PlantedValues, Planting
from .resolvers import attach_resolvers, resolve_member
from .schema import RETURNS_UPDATED_AT
from .settings import Settings
from .shop import Shop
from .wording import NO_INTROSPECTION, asks_for_schema, word_as_php

PARSED = 1024
"""Queries that are kept parsed, of all shops of this process."""


@dataclass
class Request:
    """One logged request.

    Attributes:
        status: HTTP status of the answer; None while it runs, or where a fault cut the connection.
        complexity: What the query was priced at.
        permissions: What the query needed.
        at: When it came, by the shop's clock.
    """

    operation: str | None
    query: str
    variables: dict[str, Any]
    at: datetime
    user_agent: str = ""
    status: int | None = None
    complexity: int = 0
    permissions: list[str] = field(default_factory=list)


@dataclass
class Answer:
    """Status, headers and JSON body of a response. With a page, it is that of the web server instead."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    page: str = ""

    def encode(self) -> bytes:
        """The body as it is sent."""
        return self.page.encode() or orjson.dumps(self.body)


Parsed = tuple[DocumentNode, list[GraphQLError]]


class Service:
    """Executes the requests to one shop, one at a time."""

    def __init__(self, shop: Shop, clock: Clock, settings: Settings) -> None:
        self.shop = shop
        self.clock = clock
        self.settings = settings
        self.buckets = Buckets(settings.plan, clock)
        self.breakages = Breakages()
        self.planted_values = PlantedValues()
        self.lock = RLock()
        self._selections: dict[Any, list[Node]] = {}
        self.schema = _served_schema(settings)

    def configure(self, settings: Settings) -> None:
        """Changes settings of a running shop. Limits start full if the plan changes."""
        with self.lock:
            if settings.plan != self.settings.plan:
                self.buckets = Buckets(settings.plan, self.clock)
            self.settings = self.shop.settings = settings
            self.schema = _served_schema(settings)

    def refusal(self, authorization: str, cookie: str) -> Answer | None:
        """Returns the response to a request with a missing, unknown or expired token."""
        scheme, _, value = authorization.partition(" ")
        given = value.strip() if scheme.lower() == "bearer" else cookie
        if given == self.settings.token and not self.settings.token_expired:
            return None
        reason = "Token has expired." if given == self.settings.token else "Invalid or missing token."
        error = {"message": reason, "extensions": {"category": "authentication"}}
        return Answer(self.settings.auth_status, {"errors": [error]})

    def name_operation(self, query: str, chosen: str | None) -> str | None:
        """Returns the name of the operation that will run, for the log and for faults.

        None if it has none, or if the query is not valid.
        """
        try:
            document, _ = _parse(self.schema, query)
        except GraphQLError:
            return chosen
        operation, _ = _find_operation(document, chosen)
        return operation.name.value if operation and operation.name else chosen

    def answer(self, request: Request) -> Answer:
        """Checks a request, calculates and charges its cost, and executes it."""
        try:
            document, errors = _parse(self.schema, request.query)
        except GraphQLError as error:
            document, errors = DocumentNode(definitions=()), [error]
        operation, problem = _find_operation(document, request.operation)
        if errors or operation is None:
            return self._refuse_query(errors or [GraphQLError(problem)])
        if not self.settings.introspection and asks_for_schema(request.query):
            return self._refuse_query([GraphQLError(NO_INTROSPECTION)])
        variables = get_variable_values(
            self.schema, list(operation.variable_definitions or ()), request.variables
        )
        if isinstance(variables, list):
            return self._refuse_query(variables)
        costs = measure(self.schema, operation, _fragments(document), variables)
        request.complexity, request.permissions = costs.complexity, list(costs.needs)
        mutation = operation.operation is OperationType.MUTATION
        price = {"REQUEST_COUNT": 1, "QUERY_COMPLEXITY": costs.complexity, "MUTATION_COUNT": int(mutation)}
        return self._charge(price) or self._refuse_denied(costs) or self._execute(request, document, costs)

    def _refuse_query(self, errors: list[GraphQLError]) -> Answer:
        """Returns the response to a query that is invalid."""
        # centra.dev/integration-api/best-practices/handling-errors
        answer = self._error_answer(errors, Costs(), self.settings.invalid_status)
        if self.settings.wording == "php":
            for described in answer.body["errors"]:
                described["message"] = word_as_php(described["message"])
        return self._charge({"REQUEST_COUNT": 1}) or answer

    def too_many(self, resume: datetime, form: str) -> Answer:
        """Returns the 429 response."""
        header = retry_after(form, resume, self.clock.now())
        error = {"message": "Rate limit exceeded.", "extensions": {"category": "rate-limit"}}
        return Answer(429, {"errors": [error]}, {} if header is None else {"Retry-After": header})

    def _charge(self, price: dict[str, int]) -> Answer | None:
        resume = self.buckets.charge(price)
        return self.too_many(resume, self.settings.retry_after) if resume else None

    def _refuse_denied(self, costs: Costs) -> Answer | None:
        allowed, denied = self.settings.permissions, self.settings.denied
        errors = [
            GraphQLError(
                f"You need {need.permission} permission to access {need.node.name.value}.",
                need.node,
                path=list(need.path),
                extensions={"category": "authorization"},
            )
            for need in costs.needs.values()
            if need.permission in denied or (allowed is not None and need.permission not in allowed)
        ]
        shown = errors if self.settings.denials_at_once else errors[:1]
        return self._error_answer(shown, costs, self.settings.denial_status) if shown else None

    def _execute(self, request: Request, document: DocumentNode, costs: Costs) -> Answer:
        planting = Planting(self.planted_values)
        middlewares = [one for one in (self.breakages, planting if self.planted_values else None) if one]
        result = execute_sync(
            self.schema,
            document,
            context_value=Context(
                self.shop, self.settings, self.buckets, self.settings.timezone, self._selections
            ),
            variable_values=request.variables,
            operation_name=request.operation,
            field_resolver=resolve_member,
            middleware=MiddlewareManager(*middlewares) if middlewares else None,
            check_sync=False,
        )
        planting.replace_values(result.data)
        form = find_form(result.errors)
        if isinstance(form, int):
            return Answer(form, {}, {"content-type": "text/html"}, make_error_page(form))
        answer = self._error_answer(result.errors or [], costs)
        if result.data is not None and form != "bare error":
            answer.body = {"data": result.data, **answer.body}
        return answer

    def _error_answer(self, errors: list[GraphQLError], costs: Costs, status: int = 200) -> Answer:
        """Returns a response without data, as Centra sends it with most errors."""
        body: dict[str, Any] = {"errors": [_describe(error) for error in errors]} if errors else {}
        body["extensions"] = {
            "complexity": costs.complexity,
            "permissionsUsed": list(costs.needs),
            "appVersion": self.settings.version,
        }
        if costs.deprecated:
            body["extensions"]["deprecatedFieldsUsed"] = costs.deprecated
        return Answer(status, body)


@lru_cache(maxsize=PARSED)
def _parse(schema: GraphQLSchema, query: str) -> Parsed:
    document = parse(query)
    return document, validate(schema, document)


def make_error_page(status: int) -> str:
    """Returns the page that a web server or load balancer sends in place of an answer."""
    return f"<html><head><title>{status}</title></head><body><h1>Error {status}</h1></body></html>"


def _served_schema(settings: Settings) -> GraphQLSchema:
    extra = settings.extra_sdl + (RETURNS_UPDATED_AT if settings.returns_updated_at else "")
    return attach_resolvers(
        settings.without,
        extra,
        is_earlier=settings.is_earlier,
        text=settings.schema_text,
        limits=settings.list_limits,
    )


def _find_operation(document: DocumentNode, name: str | None) -> tuple[OperationDefinitionNode | None, str]:
    """Returns the operation of a document that a request chooses, or what is wrong with the choice."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name is not None:
        operations = [o for o in operations if o.name and o.name.value == name]
    if not operations:
        return None, f'Unknown operation named "{name}".' if name else "The query contains no operation."
    if len(operations) > 1:
        return None, "Must provide operation name if query contains multiple operations."
    if operations[0].operation is OperationType.SUBSCRIPTION:
        return None, "Schema is not configured to execute subscription operation."
    return operations[0], ""


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}


def _describe(error: GraphQLError) -> dict[str, Any]:
    """Returns an error in Centra's format: each has a category."""
    original = error.original_error
    internal = original is not None and not isinstance(original, GraphQLError)
    described: dict[str, Any] = {"message": "Internal server error" if internal else error.message}
    described["extensions"] = {"category": "internal" if internal else "graphql", **(error.extensions or {})}
    if internal:
        described["extensions"]["debugMessage"] = repr(original)
    if error.locations:
        described["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        described["path"] = error.path
    return described
