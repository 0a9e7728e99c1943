"""What clients post: the JSON body of a request, in the content types and compressions that they use."""

import gzip
import importlib
import re
import zlib
from dataclasses import dataclass
from typing import Any

import orjson

GZIP_FROM = 1024
"""Bytes from which a response is compressed."""


class BadRequest(Exception):
    """A request that is refused before its query is read.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Posted:
    """The content of a posted body."""

    query: str
    variables: dict[str, Any]
    operation: str | None


def read_body(headers: dict[str, str], body: bytes) -> Posted:
    """Reads the body of a request.

    Args:
        headers: The HTTP headers, with names in lower case.
        body: The body as it was sent.

    Raises:
        BadRequest: It is not one GraphQL operation in JSON.
    """
    # docs.centra.com/api-references/graphql-integration-api: POST with application/json
    kind, charset = _read_content_type(headers.get("content-type", "application/json"))
    if kind != "application/json":
        raise BadRequest(f"The content type {kind} is not supported: send application/json.", 415)
    try:
        content = orjson.loads(_decompress(body, headers.get("content-encoding", "")).decode(charset))
    except LookupError as error:
        raise BadRequest(f"The charset {charset} is not known: send UTF-8.", 415) from error
    except ValueError as error:
        raise BadRequest("The body is not JSON.") from error
    if isinstance(content, list):
        raise BadRequest("The body is a list. Batches are not supported: send one operation per request.")
    if not isinstance(content, dict) or not isinstance(content.get("query"), str):
        raise BadRequest('The body is not a JSON object with a text as "query".')
    variables, operation = content.get("variables"), content.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest('"variables" is not a JSON object.')
    if operation is not None and not isinstance(operation, str):
        raise BadRequest('"operationName" is not a text.')
    return Posted(content["query"], variables or {}, operation or None)


def compress(body: bytes, accepted: str) -> tuple[bytes, str]:
    """Compresses a response as the client accepts it.

    Args:
        body: The body.
        accepted: The header `Accept-Encoding`.

    Returns:
        The body to send, and its content encoding: `br`, `gzip` or empty. Brotli needs the package brotli or
        brotlicffi.
    """
    if len(body) < GZIP_FROM:
        return body, ""
    weights = _read_weights(accepted)
    usable = ["gzip", *(["br"] if _find_brotli() else [])]
    chosen = max(usable, key=lambda name: weights.get(name, weights.get("*", 0.0)))
    if weights.get(chosen, weights.get("*", 0.0)) <= 0:
        return body, ""
    if chosen == "br":
        packed: bytes = _find_brotli().compress(body)
        return packed, chosen
    return gzip.compress(body, compresslevel=1, mtime=0), chosen


def read_cookie(header: str, name: str) -> str:
    """Returns the value of a cookie. Empty if there is none; other cookies may be malformed."""
    for part in header.split(";"):
        found, _, value = part.strip().partition("=")
        if found == name:
            return value.strip('"')
    return ""


def _read_content_type(header: str) -> tuple[str, str]:
    kind, *parameters = (part.strip() for part in header.split(";"))
    charsets = [found[1] for part in parameters if (found := re.fullmatch(r'(?i)charset="?([^"]*)"?', part))]
    return kind.lower(), charsets[0] if charsets else "utf-8"


def _decompress(body: bytes, encoding: str) -> bytes:
    """Undoes the `Content-Encoding` of a request.

    Raises:
        BadRequest: It is not supported, or does not fit the body.
    """
    name = encoding.strip().lower()
    brotli = _find_brotli()
    try:
        if name == "br" and brotli:
            unpacked: bytes = brotli.decompress(body)
            return unpacked
        if name in ("gzip", "x-gzip"):
            return gzip.decompress(body)
        if name == "deflate":
            return zlib.decompress(body)
    except Exception as error:  # brotli's own class depends on the package
        raise BadRequest(f"The body is not {name}.") from error
    if name not in ("", "identity"):
        raise BadRequest(f"The content encoding {name} is not supported: send gzip or none.", 415)
    return body


def _read_weights(header: str) -> dict[str, float]:
    """Returns the weight of each encoding of an `Accept-Encoding` header."""
    weights: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        given = [text[2:] for text in parameters if text.startswith("q=")]
        try:
            weights[name] = float(given[0]) if given else 1.0
        except ValueError:
            weights[name] = 0.0
    return weights


def _find_brotli() -> Any:
    """Returns a module for brotli, if one is installed."""
    for name in ("brotli", "brotlicffi"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None
