"""`centra query`: it prints or saves the answer, and says in a sentence what is wrong with the question."""

from __future__ import annotations

import json

import pytest

from centra_sandbox import Sandbox

from ..support.selection import representative
from ..support.workplace import Output, Workplace, make_environment

CENTRA = "centra_jobs/__main__.py"
QUERY = "query named($limit: Int) { brands(limit: $limit) { id name } }"


def ask(workplace: Workplace, shop: Sandbox, *options: str, query: str = QUERY) -> Output:
    """Sends a query of a file."""
    (workplace.folder / "brands.graphql").write_text(query)
    return workplace.run("query", "brands.graphql", *options, script=CENTRA, **make_environment(shop))


@pytest.mark.full
def test_answer_is_printed_or_saved(small_shop: Sandbox, workplace: Workplace) -> None:
    """As JSON, with the variables of the command line."""
    variables = ("--variables", '{"limit": 1}')
    done = ask(workplace, small_shop, *variables)
    assert (done.returncode, done.stderr) == (0, "")
    (brand,) = json.loads(done.stdout)["brands"]
    assert brand["name"] in {one["name"] for one in small_shop.shop.brands}
    saved = ask(workplace, small_shop, *variables, "--output", "answer.json")
    assert (saved.returncode, saved.stdout) == (0, "")
    assert json.loads((workplace.folder / "answer.json").read_text()) == json.loads(done.stdout)


BAD_QUESTIONS: list[tuple[str, tuple[str, ...], str]] = [
    (QUERY, ("--variables", "limit=1"), "--variables is not valid JSON"),
    (QUERY, ("--variables", "[1]"), "--variables is not a JSON object"),
    ("query {", (), "The query is not valid GraphQL (line 1"),
    ("mutation { x }", (), "mutation"),
]


@pytest.mark.parametrize(("query", "options", "sentence"), representative(BAD_QUESTIONS, BAD_QUESTIONS[2]))
def test_bad_question_gets_one_sentence(
    small_shop: Sandbox, workplace: Workplace, query: str, options: tuple[str, ...], sentence: str
) -> None:
    """And exit code 2; nothing is sent."""
    refused = ask(workplace, small_shop, *options, query=query)
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1)
    assert sentence in refused.stderr
    assert small_shop.requests == []


@pytest.mark.full
def test_missing_file_is_named(small_shop: Sandbox, workplace: Workplace) -> None:
    """A file that is not there."""
    refused = workplace.run("query", "nothing.graphql", script=CENTRA, **make_environment(small_shop))
    assert refused.returncode == 2
    assert refused.stderr.startswith("nothing.graphql cannot be read")
