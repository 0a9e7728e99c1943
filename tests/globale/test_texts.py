"""Texts of the Global-e catalog: conversion of markup to plain text, and problems in a text."""

from __future__ import annotations

import pytest

from centra_source.globale.texts import broken_encoding, find_residues, formula_trigger, is_vague, plain_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (None, None),
        ("", None),
        (" \n ", None),
        ("<p></p><br>", None),
        ("Wool coat", "Wool coat"),
        ("  Wool coat ", "Wool coat"),
        (
            "<p>Jacket in <b>100% organic cotton</b>.</p><p>Made to last.</p>",
            "Jacket in 100% organic cotton. Made to last.",
        ),
        ("<ul><li>Wool</li><li>Silk</li></ul>", "Wool Silk"),
        ("cotton <br>. Next", "cotton. Next"),
        ("Size<br/>Length .5 m", "Size Length .5 m"),
        ("Café !", "Café !"),
        ("A<script>if (a < b) { x('</p>') }</script>B<style>p { }</style>C", "ABC"),
        ("Coat<!-- old <b>text</b> -->, wool", "Coat, wool"),
        ("<!DOCTYPE html><html><head><title>x</title></head><body>Coat</body></html>", "Coat"),
        ("""<a href="x" title="a > b">link</a>""", "link"),
        ("<o:p>Word</o:p>", "Word"),
        ("cap\n[b]QUALITY:[/b]\nfur", "cap QUALITY: fur"),
        ("[list][*]One[*]Two[/list]", "One Two"),
        ("[url=https://a.example/b]Care[/url] [size=12]guide[/size]", "Care guide"),
        ("[img]https://a.example/b.png[/img]Coat", "Coat"),
        ("[I]Soft[/I] [s]old[/s] new", "Soft old new"),
        ("Wool &amp; silk &ndash; 20&nbsp;&deg;C &#8364;5", "Wool & silk \u2013 20 °C €5"),
        ("a\xa0b\u2009c\r\nd\te", "a b c d e"),
        ("a\x00b\x07c\u200bd\xade\ufeff", "abcde"),
        ("👩‍🚀 Åäö", "👩‍🚀 Åäö"),
    ],
)
def test_markup_becomes_one_line_of_text(raw: str | None, text: str | None) -> None:
    """Tags are removed, blocks and line breaks become one space, and empty results become None."""
    assert plain_text(raw) == text


@pytest.mark.parametrize(
    "text",
    [
        "< 5 kg",
        "a<b",
        "from <M and >S up",
        "[S] [M] [L]",
        "[sic]",
        "[size] M",
        "R&D",
        "AT&T; H&M",
        "black&copy",
        "1 > 0",
        "<3",
    ],
)
def test_text_that_only_looks_like_markup_is_kept(text: str) -> None:
    """A less-than sign, a bracketed size or an ampersand is text and not a residue of markup."""
    assert plain_text(text) == text
    assert find_residues(text) == []


def test_entities_are_decoded_once() -> None:
    """A text that was escaped twice stays escaped once, so that the check reports it."""
    text = plain_text("&lt;b&gt;Wool&lt;/b&gt; &amp;amp; silk")
    assert text == "<b>Wool</b> &amp; silk"
    assert find_residues(text) == ["<b>", "</b>", "&amp;"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Wool coat", []),
        ("Åäö \u2013 20 °C, 100 % “wool”", []),
        ("<br>a<br>b", ["<br>"]),
        ("a [b]bold[/b]", ["[b]", "[/b]"]),
        ("<made-up>", ["<made-up>"]),
        ("x</nonsense>", ["</nonsense>"]),
        ("""<p class="x""", ["""<p class="x"""]),
        ("a&nbsp;b&nosuch;c", ["&nbsp;"]),
        ("a\x07b\nc\x07", ["U+0007", "U+000A"]),
        ("a\u200bb", ["U+200B"]),
    ],
)
def test_residues_are_found_once_each(text: str, found: list[str]) -> None:
    """Tags, entities and control characters are each found once, as written."""
    assert find_residues(text) == found


@pytest.mark.parametrize(
    "repeated", ["<", "<a ", '<a "', "<script>", "<!--", "[img]", "&", "\n", "</a", "<x a="]
)
def test_long_broken_markup_is_parsed_quickly(repeated: str) -> None:
    """No text makes the patterns backtrack without end."""
    text = repeated * 20_000 + ".x"
    plain_text(text)
    find_residues(text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("blÃ¥ jacka", "blÃ¥"),
        ("en Ã\u2013VERDEL", "Ã\u2013VERDEL"),
        ("voilÃ tout", "voilÃ"),
        ("don\u00e2\u20ac\u2122t", "don\u00e2\u20ac\u2122t"),
        ("Â©Brand", "Â©Brand"),
        ("à 20Â°C", "20Â°C"),
        ("so nice ð\u0178\u02dc\u20ac", "ð\u0178\u02dc\u20ac"),
        ("a br\ufffdken word", "br\ufffdken"),
        ("half \ud83d emoji", "\\ud83d"),
        ("\u0420", None),
        ("Björk, Ångström, Ärlig, naïve, São", None),
        ("«CAFÉ» «BLÅ» „MAÇû", None),
        ("Кофта 👩‍🚀", None),
    ],
)
def test_broken_encoding_is_reported_with_its_word(text: str, word: str | None) -> None:
    """UTF-8 read as Windows-1252, U+FFFD and lone surrogates are found; accented letters are not."""
    assert broken_encoding(text) == word


@pytest.mark.parametrize("text", ["=1+1", "+46", "-5", "@name", "\tx", "\rx", "\nx"])
def test_formula_triggers_are_those_of_owasp(text: str) -> None:
    """A text is a formula if it starts with a character that OWASP lists."""
    assert formula_trigger(text) == text[0]


@pytest.mark.parametrize("text", ["", "a=b", " =1", "'=1", "\u20135", "(+46)"])
def test_other_texts_are_not_formulas(text: str) -> None:
    """Only the first character decides whether a text is a formula."""
    assert formula_trigger(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Clothes",
        "Women's clothing",
        "shoes & bags",
        "ACCESSORIES",
        "Gift",
        "Spare parts",
        "Mixed apparel 2024",
    ],
)
def test_class_of_goods_is_vague(text: str) -> None:
    """A text of ICS2 stop words and words that add nothing to them is vague."""
    assert is_vague(text)


@pytest.mark.parametrize(
    "text", ["", "2024", "Women", "Running shoes", "Gift card", "Leather bag", "Wool coat"]
)
def test_one_specific_word_is_enough(text: str) -> None:
    """A text with any other word, or without stop words, is not vague."""
    assert not is_vague(text)
