"""Two loaders that request pages by number: Global-e's published script, and a loop with a fixed limit."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from datetime import datetime, timezone

import duckdb
import requests
from graphql import print_ast

from centra_source.operations.documents import load_operation
from centra_source.operations.selections import find_root

from .job import TOKEN, Job
from .published_script import HEADINGS, QUERY, catalog_rows
from .without_dlt import Page, insert

LIMIT = 100


def published_script(job: Job) -> None:
    """Loads as Global-e's script: 30 products per page, a second of sleep after each, no check for errors.

    It differs from the original in one thing: it ends with the first empty page, where that goes on for ever.
    """
    rows = products = 0
    with open(job.folder / "catalog.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        page = 1
        while True:
            answer = requests.post(
                job.url,
                json={"query": QUERY, "variables": {"status": "ACTIVE", "page": page}},
                headers={"Authorization": f"Bearer {TOKEN}"},
            ).json()
            if "data" not in answer:  # the script reads on and ends with KeyError: 'data'
                job.note = f"ended by {answer['errors'][0]['message']!r} after {products} products"
                break
            if not answer["data"]["products"]:
                break
            products += len(answer["data"]["products"])
            for row in catalog_rows(answer["data"]["products"]):
                writer.writerow(row)
                rows += 1
            page += 1
            time.sleep(1)
    job.loaded = {"products": products, "catalog": rows}


def fixed_pages(job: Job) -> None:
    """Loads all lists by page number, 100 objects per page, with the waits of `Retry-After`, without dlt."""
    with duckdb.connect(str(job.database)) as connection:
        for name in job.resources:
            insert(job, connection, name, _list_pages(job, name))


def _list_pages(job: Job, name: str) -> Iterator[Page]:
    selection = print_ast(find_root(load_operation(name)).selection)
    query = f"query {name}($page: Int!) {{ {name}(limit: {LIMIT}, page: $page) {selection} }}"
    page, is_last = 1, False
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {TOKEN}"
        while not is_last:
            answer = session.post(job.url, json={"query": query, "variables": {"page": page}}, timeout=60)
            if answer.status_code == 429:
                resume = float(answer.headers["Retry-After"])  # Unix time, as the sandbox sends it
                time.sleep(max(0.0, resume - datetime.now(timezone.utc).timestamp()))
                continue
            nodes: Page = answer.json()["data"][name]
            yield nodes
            page, is_last = page + 1, len(nodes) < LIMIT
