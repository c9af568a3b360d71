"""The HTML report: one file without script or remote resource, whatever the data are called."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_samples import ALL, HOSTILE, crowded, finding, not_ready, ready

from auditor.model import Column, FileInfo, Report
from auditor.reports import RenderOptions
from auditor.reports.html import MAX_BYTES, anchor, render
from auditor.reports.text import name as visible

OPTIONS = RenderOptions()
VOID = {"meta", "rect", "line", "path", "br"}
TAGS = VOID | {
    "html", "head", "title", "style", "body", "main", "header", "section", "div", "span", "h1", "h2", "h3", "p", "b", "bdi", "code", "a",
    "table", "caption", "thead", "tr", "th", "td", "ul", "li", "nav", "footer", "svg", "text",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "class", "style", "id", "href", "role", "viewbox", "width", "height", "x", "y", "rx",
    "x1", "x2", "y1", "y2", "d", "text-anchor", "preserveaspectratio",
}  # fmt: skip


class Page(HTMLParser):
    """Checks nesting, tags and attributes while reading; keeps ids, links and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for key, value in attrs:
            assert key in ATTRIBUTES or key.startswith("aria-"), (tag, key)
            if key == "style":
                assert re.fullmatch(r"(max-)?width:\s?\d+(px|%)", value or ""), value
            if key == "href":
                self.links.append(value or "")
            if key == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        # paragraphs, rows and cells are closed explicitly in our templates, so that nesting can be checked exactly
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data[:40]}")


@pytest.mark.parametrize("name", sorted(ALL))
def test_page_is_well_formed_and_harmless(name: str) -> None:
    text = render(ALL[name](), OPTIONS)
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith("#") for link in page.links)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert "default-src 'none'" in text
    assert "<script" not in text.lower().replace("&lt;script", "")


@pytest.mark.parametrize("name", sorted(ALL))
def test_page_is_small_and_reproducible(name: str) -> None:
    text = render(ALL[name](), OPTIONS)
    assert len(text.encode()) < MAX_BYTES
    assert text == render(ALL[name](), RenderOptions(width=60, colour=True, verbose=True))


def test_page_stays_small_with_too_much_of_everything() -> None:
    wide = crowded(columns=3000, findings=9000)
    long = replace(
        wide,
        findings=tuple(
            replace(f, message=f.message * 40, fix=f.fix * 40, subject=f"c{i}" * 200)
            for i, f in enumerate(wide.findings)
        ),
    )
    text = render(long, OPTIONS)
    assert len(text.encode()) < MAX_BYTES
    assert "more in the JSON report" in text
    Page(text)


def test_links_lead_somewhere() -> None:
    page = Page(render(not_ready(), OPTIONS))
    assert {link[1:] for link in page.links} <= set(page.ids)


def test_first_screen_says_what_an_approver_asks() -> None:
    first = render(not_ready(), OPTIONS).split('<div class="details">')[0]
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", first.split("</style>")[1]))
    for expected in (
        "support-tickets", "request: fine-tuning", "risk: medium", "✕ Not ready", "? Not yet proven", "Recommended now: retrieval.", "61", "range 47–70, blocked by 2 vetoes",
        "needed: 65 at the low end", "2 vetoes failed, 1 cannot be judged, 1 condition", "Measurable ✕ no", "Permitted ✓ yes", "The hold-out has been seen in training.",
        "production_sample = 100 (shipped: 200)", "TXT ignored: not prose", "FIL004 by A. N. until 2027-01-31: archive copy", "+9, unblocks", "every 14 days, retraining takes 30 days",
        "41 each, 250,000 at worst", "12 h a month, owner A. N., monitoring by A. N.", "unknown, anywhere from 0.3 to 1", "names and places", "audit verify report.json ./support-tickets",
    ):  # fmt: skip
        assert expected in words, expected
    assert words.index("Collect at least 40") < words.index("Remove leaked rows") < words.index("Re-label 3")


def test_every_state_has_a_word_and_a_mark() -> None:
    text = render(not_ready(), OPTIONS)
    for tone, mark, word in (
        ("bad", "✕", "veto"),
        ("none", "?", "cannot judge"),
        ("warn", "!", "condition"),
        ("good", "✓", "pass"),
    ):
        assert f'<td class="state {tone}"><span aria-hidden="true">{mark}</span> {word}' in text


def test_details_have_files_roles_rejects_policy_methods_and_crosswalk() -> None:
    text = re.sub(r"<[^>]+>", "", render(not_ready(), OPTIONS))
    for expected in (
        "train-0.jsonl", "1.2 MB", "longest text column", "declared", "not JSON: a comma is missing", "same stem, 83 % overlap", "Wilson 95 %", "0.0619 (0.0531–0.0721), n = 2,487 hold-out rows",
        "test.jsonl row 14", "class_3 (not declared)", "12,011", "3 to 2,210 characters, median 96", "(masked) 24 %", "Com-ML-5 label completeness", "nothing is declared about it",
        "prompt baseline reaches 0.71", "check crashed", "pip install",
    ):  # fmt: skip
        assert expected in text, expected


def test_a_ready_set_reads_ready() -> None:
    text = render(ready(), OPTIONS)
    assert "✓</span> Ready" in text
    assert "✓</span> Justified" in text
    assert "Nothing to mend." in text


@pytest.mark.parametrize("evil", HOSTILE)
def test_a_name_is_shown_as_it_is_and_nothing_else(evil: str) -> None:
    bad = not_ready()
    report = replace(
        bad,
        dataset=replace(
            bad.dataset, columns=(Column(evil, "String"),), files=(FileInfo(evil, 1, "a" * 64, "csv", "train", 1),)
        ),
        findings=(finding("CMP001", "warn", "major", f"Column {evil} is empty. See {evil}", evil),),
    )
    assert visible(evil) in Page(render(report, OPTIONS)).words


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(), max_size=40))
def test_any_name_is_harmless(text: str) -> None:
    bad = not_ready()
    report: Report = replace(
        bad,
        dataset=replace(bad.dataset, name=text, columns=(Column(text, text),)),
        findings=(finding("CMP001", "fail", "blocker", text, text, fix=text),),
        declared={text: text},
    )
    Page(render(report, OPTIONS))


@pytest.mark.parametrize(
    ("code", "fragment"), [("LEK001", "code-LEK001"), ('"><script>', "code--script-"), ("", "code-")]
)
def test_anchor(code: str, fragment: str) -> None:
    assert anchor(code) == fragment
