"""The Markdown report fits a comment and shows names without obeying them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from report_samples import ALL, HOSTILE, crowded, not_ready

from auditor.reports import RenderOptions
from auditor.reports.markdown import MAX_BYTES, escape, render
from auditor.reports.text import clean

OPTIONS = RenderOptions()
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = re.compile(r"\s*(</?details>|<summary>[^<>&]*(\(\d[\d,]*\))?</summary>|</?sub>|</?code>|\s)*\s*")
BREAK = "\u200b"


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


@pytest.mark.parametrize("name", sorted(ALL))
def test_report_has_no_link_picture_or_foreign_markup(name: str) -> None:
    text = render(ALL[name](), OPTIONS)
    for token in _flat(PARSER.parse(text)):
        assert token.type not in {
            "link_open",
            "image",
            "fence",
            "code_block",
            "blockquote_open",
            "bullet_list_open",
            "ordered_list_open",
            "hr",
            "s_open",
        }, token
        if token.type in {"html_inline", "html_block"}:
            assert OURS.fullmatch(token.content.replace("<details><summary>", "<details>\n<summary>")), token.content


@pytest.mark.parametrize("name", sorted(ALL))
def test_report_fits_a_comment(name: str) -> None:
    text = render(ALL[name](), OPTIONS)
    assert len(text.encode()) < MAX_BYTES
    assert text == render(ALL[name](), OPTIONS)


def test_too_much_of_everything_still_fits() -> None:
    big = crowded(columns=2000, findings=5000)
    long = replace(big, findings=tuple(replace(f, message=f.message * 30, fix=f.fix * 30) for f in big.findings))
    text = render(long, OPTIONS)
    assert len(text.encode()) < MAX_BYTES
    assert "in the other formats" in text or "Details did not fit" in text


def test_folds_are_balanced_and_tables_keep_their_width() -> None:
    for make in ALL.values():
        text = render(make(), OPTIONS)
        assert text.count("<details>") == text.count("</details>") == text.count("<summary>")
        width = 0
        for line in text.splitlines():
            cells = line.count("|") if line.startswith("|") else 0
            assert width in {0, cells} or cells == 0, line[:80]
            width = cells


def test_first_part_says_what_an_approver_asks() -> None:
    text = render(not_ready(), OPTIONS).split("<details>")[0]
    for expected in ("## ✕ support-tickets: not ready", "**? Not yet proven**", "range 47–70, blocked by 2 vetoes", "needed: 65", "✕ veto", "LEK001", "+9, unblocks", "### The four columns", "**Not checked:** names and places", "FIL004 by A. N."):  # fmt: skip
        assert expected in text, expected


@pytest.mark.parametrize("evil", HOSTILE)
def test_escape_shows_exactly_the_name(evil: str) -> None:
    tokens = PARSER.parseInline(f"a {escape(evil)} b")[0].children or []
    assert {t.type for t in tokens} <= {"text", "text_special"}
    shown = "".join(t.content for t in tokens).replace(BREAK, "")
    assert shown == f"a {clean(evil, 240).strip()} b"


@given(st.text(st.characters(exclude_characters=BREAK), max_size=60))
def test_escape_shows_any_text(text: str) -> None:
    tokens = PARSER.parseInline(f"a {escape(text)} b")[0].children or []
    assert "".join(t.content for t in tokens).replace(BREAK, "") == f"a {clean(text, 240).strip()} b"
    assert "|" not in escape(text)
    assert "\n" not in escape(text)


@pytest.mark.parametrize(
    "found",
    [
        "@team",
        "#12",
        "!3",
        "www.evil.example",
        "http://evil.example",
        "https://evil.example",
        "mailto:a",
        "a@b.example",
        ":smile:",
        "~bug",
        "%4",
    ],
)
def test_what_trackers_find_by_themselves_is_broken(found: str) -> None:
    assert BREAK in escape(f"x {found}")


@pytest.mark.parametrize(
    "plain", ["data/train-0.jsonl", "6.2 % of 12 rows", "unit_price", "readiness/1.0", "rows: 7", "a & b"]
)
def test_ordinary_words_can_be_copied(plain: str) -> None:
    assert BREAK not in escape(plain)
