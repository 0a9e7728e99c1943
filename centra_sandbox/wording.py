"""The texts of errors about invalid queries, as webonyx/graphql-php words them.

graphql-core, which finds the errors, has the texts of graphql-js. Centra's API is written in PHP: seen in
public client code.
"""

import re

NO_INTROSPECTION = "GraphQL introspection is not allowed, but the query contained __schema or __type"

_PHP = [
    (re.compile(pattern), text)
    for pattern, text in (
        (r"'", '"'),
        (r'^(Unknown argument "\w+" on field) "(\w+)\.(\w+)"', r'\1 "\3" of type "\2"'),
        (
            r'(Field "\w+" of type "[^"]+") must have a selection of subfields.*',
            r"\1 must have a sub selection.",
        ),
        (r'(Field "\w+") must not have a selection', r"\1 must not have a sub selection"),
        (
            r'^Variable ("\$\w+") has invalid value[^:]*: '
            r'Expected value of type ("\w+)!?" not to include unknown field ("\w+"), found: (.*)\.$',
            r'Variable \1 got invalid value \4; Field \3 is not defined by type \2".',
        ),
        (r"is required, but it was not provided", "is required but not provided"),
    )
]


def word_as_php(message: str) -> str:
    """Returns the text of graphql-php for one of graphql-core."""
    for pattern, text in _PHP:
        message = pattern.sub(text, message)
    return message


def asks_for_schema(query: str) -> bool:
    """Whether a query asks for the schema."""
    return bool(re.search(r"\b__(schema|type)\b", query))
