"""The texts of a catalog: converts markup to plain text, and finds what a text should not contain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

_HTML_INLINE = """
    a abbr acronym b bdi bdo big button center cite code data del dfn em embed fieldset font form i img input
    ins kbd label link mark meta noscript object param picture q s samp select small source span strike strong
    sub sup time tt u var video audio wbr script style head template iframe svg
"""
_HTML_BLOCKS = """
    address article aside blockquote body br caption col colgroup dd details dialog dir div dl dt figcaption
    figure footer h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol option p pre section summary
    table tbody td tfoot th thead title tr ul
"""
_BBCODE_INLINE = "b i u s sub sup url email highlight size color colour font img youtube video media"
_BBCODE_BLOCKS = """
    list ul ol li quote code pre center left right justify indent h1 h2 h3 h4 h5 h6 table tr td th p br hr
"""

_HTML = frozenset(f"{_HTML_INLINE} {_HTML_BLOCKS}".split())
_BBCODE = frozenset(f"{_BBCODE_INLINE} {_BBCODE_BLOCKS}".split())
_BREAKS = frozenset(f"{_HTML_BLOCKS} {_BBCODE_BLOCKS}".split())
_VALUED = frozenset({"size", "color", "colour", "font"})
"""BBCode tags that always open with a value: `[size=12]`. Without one, `[size]` is a word in brackets."""

_ATTRIBUTES = r"""(?:[\s/](?:"[^"]*"|'[^']*'|[^"'<>])*)?"""

_MARKUP = re.compile(
    rf"<(?P<unseen>script|style|head|template|iframe|svg){_ATTRIBUTES}>.*?(?:</(?P=unseen)\s*>|\Z)"
    rf"|<!--.*?(?:-->|\Z)|<!(?:doctype|\[)[^<>]*>|<\?\w[^<>]*>"
    rf"|</?(?P<tag>[a-z][\w:-]*){_ATTRIBUTES}>"
    r"|\[(?P<address>img|youtube|video|media)(?:[=\s][^\[\]]*)?\][^\[]*\[/(?P=address)\]"
    r"|\[/?(?P<code>[a-z][a-z1-6]{0,8})(?:=[^\[\]]*)?\]|\[/?(?P<item>\*)\]",
    re.IGNORECASE | re.DOTALL,
)
"""Comments, elements whose content is not part of the text, and everything that looks like a tag."""
_TAG_LIKE = re.compile(r"</[a-z][^<>\s]*\s*>?|<[a-z][\w:-]*(?:\s+[\w:-]+=[^<>]*>?|\s*/>)", re.IGNORECASE)
"""What looks like HTML, but has an unknown name or no end."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
"""Control characters that are not white space, and characters that only control the display."""
_CONTROL = re.compile(rf"{_INVISIBLE.pattern}|[\t-\r\x1c-\x1f\x85\u2028\u2029]")
_UNTIDY = re.compile(
    r"[<\[&\x00-\x1f\x7f-\xa0\u00ad\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff]|  "
)
_WIDE_SPACE = re.compile(r"\s{2,}|[^\S ]")
_BREAK_BEFORE_STOP = re.compile(r"\n(?=[.,;!?](?:\s|$))")


def plain_text(raw: str | None) -> str | None:
    """Converts HTML, BBCode or a mix of both to one line of plain text.

    Drops what a browser would not show, turns block elements and line breaks into spaces, decodes entities
    once, and collapses white space. A `<` or `[` that does not start a tag stays.

    Args:
        raw: A description as Centra stores it.

    Returns:
        The text; None if nothing is left.
    """
    if raw is None or not _UNTIDY.search(raw):
        return (raw or "").strip() or None
    text = _MARKUP.sub(_gap, raw)
    text = _ENTITY.sub(lambda entity: unescape(entity[0]), text)
    text = _INVISIBLE.sub("", text)
    text = _WIDE_SPACE.sub(lambda space: "\n" if "\n" in space[0] else " ", text)
    text = _BREAK_BEFORE_STOP.sub("", text)
    return text.replace("\n", " ").strip() or None


def _gap(markup: re.Match[str]) -> str:
    """Returns what replaces a tag: a line break for block elements, else nothing."""
    if not _is_markup(markup):
        return markup[0]
    name = markup["tag"] or markup["code"] or ""
    return "\n" if markup["item"] or name.lower() in _BREAKS else ""


def _is_markup(match: re.Match[str]) -> bool:
    """Whether something that looks like a tag is one: `<M and >` and `[S]` are not."""
    tag, code = (match["tag"] or "").lower(), (match["code"] or "").lower()
    if tag:
        return tag in _HTML or ":" in tag or "-" in tag
    if code in _VALUED:
        return "=" in match[0] or "/" in match[0]
    if code == "s":
        return _strikes_through(match.string)
    return not code or code in _BBCODE


def _strikes_through(text: str) -> bool:
    """Whether `[s]` is a tag: then it has a closing tag. Otherwise it is a size, as in `[S] [M] [L]`."""
    lowered = text.lower()
    return "[s]" in lowered and "[/s]" in lowered


def find_residues(text: str) -> list[str]:
    """Finds markup, entities and control characters in a text that should be plain.

    Returns:
        Each piece once: first tags, then entities, then control characters, written as `U+0007`.
    """
    return list(dict.fromkeys(_residues(text)))


def _residues(text: str) -> Iterator[str]:
    for markup in _MARKUP.finditer(text):
        if _is_markup(markup):
            yield markup[0]
    for tag in _TAG_LIKE.finditer(_MARKUP.sub(_gap, text)):
        yield tag[0]
    for entity in _ENTITY.finditer(text):
        if unescape(entity[0]) != entity[0]:
            yield entity[0]
    for character in _CONTROL.finditer(text):
        yield f"U+{ord(character[0]):04X}"


_QUOTES = "\u2019\u201c\u201d\xbb"
"""Closing quotes, which can also follow a word that ends in Ã."""
_TAIL = "".join(
    character
    for byte in range(0x80, 0xC0)
    for character in {chr(byte), bytes([byte]).decode("cp1252", "ignore")}
    if character not in f"{_QUOTES}\xa0\xab"
)
"""The continuation bytes of UTF-8 as Latin-1 and Windows-1252 show them."""

_BROKEN = re.compile(
    "[\ufffd\ud800-\udfff]"
    f"|Ã(?:[{_TAIL}]|[{_QUOTES}](?=\\w))"  # Ã¥ for å
    "|(?<=[a-zß-ÿ])Ã"  # the same for à, whose continuation byte is a space
    "|Â[\xa1-\xbf]"  # Â° for °
    "|â(?:[\u20ac\x80]|\u201e\xa2)"  # â€œ for an opening quote
    "|ð[\u0178\x9f]"  # any emoji
    "|Å[¡¾¼º\xb8\u201a\u201e\u203a]|Ä[\u2021\u2122\u0178\x8d]"  # Å¡ for š
    f"|(?:[ÐÑ][{_TAIL}]){{2,}}"  # Cyrillic
    "|ï»¿"  # the byte order mark
)
_BROKEN_START = re.compile("[\ufffd\ud800-\udfffÃÂâðÅÄÐÑï]")


def broken_encoding(text: str) -> str | None:
    r"""Finds a character that was decoded with a wrong encoding: U+FFFD, half an emoji, `Ã¥` for å.

    Returns:
        The word that contains it, with lone surrogates written as `\ud83d`; None if there is no such
        character.
    """
    if not _BROKEN_START.search(text) or not (broken := _BROKEN.search(text)):
        return None
    before = text[: broken.start()].rpartition(" ")[2][-20:]
    after = text[broken.end() :].partition(" ")[0][:20]
    return f"{before}{broken[0]}{after}".encode("utf-8", "backslashreplace").decode("utf-8")


def formula_trigger(text: str) -> str | None:
    """Returns the first character if a spreadsheet would read the text as a formula (OWASP's list), else
    None."""
    return text[0] if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else None


_CLASSES_OF_GOODS = """
    accessories accessory apparel article articles bag bags bottom bottoms cloth clothes clothing consumer
    cosmetics costume costumes fabric fabrics fashion footwear garment garments general gift gifts good goods
    headwear homeware item items jewellery jewelry luggage materials merchandise misc miscellaneous other
    outerwear parts personal piece pieces present presents product products sample samples shoe shoes spare
    sportswear stuff swimwear textile textiles top tops unknown various wear
"""
_COMPANIONS = """
    a all an and assorted baby boy boys by child children female for fw girl girls in kid kids ladies lady
    male man men mens mixed new of old on our s sale set ss the to unisex with woman women womens
"""
_VAGUE = frozenset(_CLASSES_OF_GOODS.split())
_SAYS_NO_MORE = _VAGUE | frozenset(_COMPANIONS.split())
_WORD = re.compile(r"[^\W\d_]+")


def is_vague(text: str) -> bool:
    """Whether a text only names a class of goods, such as "women's clothing".

    The EU's import control system (ICS2) rejects such descriptions.
    """
    words = set(_WORD.findall(text.casefold()))
    return not words.isdisjoint(_VAGUE) and words <= _SAYS_NO_MORE
