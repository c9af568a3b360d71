"""A pattern written anew for Rust finds what Python's engine finds."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.suites.gx.patterns import like_to_regex, to_rust

ALPHABET = "aAbB01 _-.@$\n\t\x1c\u00e9\u0301\u0663\u00b2\u4e2d\u017f"
ATOMS = ["a", "b", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", ".", "[ab]", "[^a]", r"[\w.]", r"[^\s@]", "é", r"\.", "@", "_"]


@st.composite
def patterns(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.tuples(st.sampled_from(ATOMS), st.sampled_from(["", "+", "*", "?", "{2}", "{1,2}", "+?"])), min_size=1, max_size=4))
    body = "".join(a + q for a, q in parts)
    form = draw(st.sampled_from(["{}", "^{}", "{}$", "^{}$", "({})|b", r"\A(?:{})\Z", "(?s){}", "(?m)^{}$"]))
    return form.format(body)


@settings(max_examples=300, deadline=None)
@given(patterns(), st.lists(st.text(ALPHABET, max_size=6), min_size=1, max_size=8))
def test_the_same_search(pattern: str, texts: list[str]) -> None:
    rust = to_rust(pattern)
    assert rust is not None
    found = pl.Series(texts, dtype=pl.String).str.contains(rust).to_list()
    assert found == [re.search(pattern, t) is not None for t in texts], rust


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(?<!a)b", r"(a)\1", r"\bword\b", r"(?i)straße", r"a$b", r"(?a)\w", "a{2000}"])
def test_what_rust_cannot_do_is_left_to_python(pattern: str) -> None:
    assert to_rust(pattern) is None


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}", "*a"])
def test_a_pattern_that_is_none_raises(pattern: str) -> None:
    with pytest.raises(re.error):
        to_rust(pattern)


@pytest.mark.parametrize(
    ("like", "escape", "hits", "misses"),
    [
        ("a%", None, ["a", "abc", "a\nb"], ["ba", "A"]),
        ("_b_", None, ["abc", "\nb."], ["ab", "abcd"]),
        ("10!%", "!", ["10%"], ["100", "10!"]),
        ("a.c", None, ["a.c"], ["abc"]),
        ("", None, [""], ["a"]),
    ],
)
def test_like(like: str, escape: str | None, hits: list[str], misses: list[str]) -> None:
    compiled = re.compile(like_to_regex(like, escape))
    assert all(compiled.search(t) for t in hits)
    assert not any(compiled.search(t) for t in misses)
