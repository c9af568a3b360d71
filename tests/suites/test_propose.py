"""A proposed suite holds on the data it came from, fails on planted breakage, and quotes nobody."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from suite_helpers import dataset

from auditor.suites.load import load_suite
from auditor.suites.propose import describe, propose
from auditor.suites.run import run_suites
from auditor.suites.structure import shape

N = 300
FRAME = pl.DataFrame(
    {
        "id": [f"K-{i:05d}" for i in range(N)],
        "status": [("open", "closed", "new")[i % 3] for i in range(N)],
        "mail": [f"someone{i}@example.org" for i in range(N)],
        "note": [f"a remark number {i} of some length" if i % 10 else None for i in range(N)],
        "price": [float(i % 97) + 0.5 for i in range(N)],
        "rate": [(i % 100) / 100 for i in range(N)],
        "stars": [1 + i % 5 for i in range(N)],
        "start": [dt.datetime(2024, 1, 1) + dt.timedelta(hours=7 * i % 991) for i in range(N)],  # noqa: DTZ001
        "end": [dt.datetime(2024, 1, 1) + dt.timedelta(hours=7 * i % 991 + i % 9) for i in range(N)],  # noqa: DTZ001
        "tags": [["x"]] * N,
        "empty": pl.Series([None] * N, dtype=pl.String),
    }
)
DATA = dataset({"id": "id", "label": "status"}, "classification")


@pytest.fixture(scope="module")
def proposed() -> dict[str, Any]:
    return propose(FRAME.lazy(), DATA)


def outcomes(proposed: dict[str, Any], frame: pl.DataFrame, tmp_path: Path) -> list[Any]:
    path = tmp_path / "suite.json"
    path.write_text(json.dumps(proposed))
    loaded = load_suite(path, "suite.json", DATA, tuple(frame.columns))
    return list(run_suites([loaded], frame.lazy(), ())[0].results)


def test_it_holds_where_it_came_from(proposed: dict[str, Any], tmp_path: Path) -> None:
    done = outcomes(proposed, FRAME, tmp_path)
    assert [r for r in done if r.success is not True] == []
    assert all(e["notes"] for e in proposed["expectations"])
    assert {e["severity"] for e in proposed["expectations"]} == {"critical", "warning", "info"}
    assert describe(proposed).startswith(f"{len(done)} expectations")


def replaced(column: str, value: Any, row: int = 5) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda f: f.with_columns(pl.when(pl.int_range(pl.len()) == row).then(pl.lit(value, dtype=f.schema[column])).otherwise(pl.col(column)).alias(column))


@pytest.mark.parametrize(
    ("breakage", "kind", "column"),
    [
        (replaced("id", "K-00007"), "be_unique", "id"),
        (replaced("id", "K00005"), "match_regex", "id"),
        (replaced("id", None), "not_be_null", "id"),
        (replaced("status", "opne"), "be_in_set", "status"),
        (replaced("mail", "nobody"), "match_regex", "mail"),
        (replaced("price", -999.0), "be_between", "price"),
        (replaced("price", 9999.0), "be_between", "price"),
        (replaced("rate", 55.0), "be_between", "rate"),
        (replaced("stars", 0), "be_in_set", "stars"),
        (replaced("note", "x" * 5000), "lengths", "note"),
        (replaced("start", dt.datetime(1970, 1, 1)), "be_between", "start"),  # noqa: DTZ001
        (lambda f: f.with_columns(pl.col("start").alias("end"), pl.col("end").alias("start")), "a_to_be_greater", "end"),
        (lambda f: f.with_columns(pl.lit(None, dtype=pl.String).alias("note")), "not_be_null", "note"),
        (lambda f: f.head(20), "row_count", None),
        (lambda f: pl.concat([f] * 20), "row_count", None),
        (lambda f: f.with_columns(pl.col("price").cast(pl.String)), "type", "price"),
        (lambda f: f.with_columns(pl.col("price") * 100), "be_between", "price"),
    ],
)
def test_it_fails_on_planted_breakage(proposed: dict[str, Any], tmp_path: Path, breakage: Any, kind: str, column: str | None) -> None:
    failed = [r for r in outcomes(proposed, breakage(FRAME), tmp_path) if not r.success]
    assert any(kind in r.type and (column is None or column in r.columns) for r in failed), [(r.type, r.columns) for r in failed]


def test_great_expectations_itself_reads_it(proposed: dict[str, Any]) -> None:
    import great_expectations as gx

    suite = gx.ExpectationSuite(**json.loads(json.dumps(proposed)))
    assert len(suite.expectations) == len(proposed["expectations"])


def test_personal_values_are_never_written_down() -> None:
    people = [f"{n}@example.org" for n in ("anna", "ben", "cora")]
    frame = pl.DataFrame({"owner": people * 40, "phone": ["+49 171 1234567", "+49 171 7654321"] * 60, "ok": ["yes", "no"] * 60})
    text = json.dumps(propose(frame.lazy(), dataset()))
    assert not any(p in text for p in [*people, "1234567", "7654321", "anna"])
    assert '"yes"' in text


@pytest.mark.parametrize(
    ("texts", "regex"),
    [
        ([f"Ab{i:03d}-XY" for i in range(30)], r"^[A-Z][a-z]\d{3}\-[A-Z]{2}$"),
        ([f"v{i}" for i in range(120)], r"^[a-z]\d{1,3}$"),
        ([f"{'A' if i % 2 else ''}{i:02d}" for i in range(60)], r"^(?:[A-Z]\d{2}|\d{2})$"),
        (["word", "other"] * 20, None),
        (["a b c"] * 30, None),
        (["A-1"] * 3, None),
        (["x" * 80 + "1"] * 30, None),
    ],
)
def test_shapes_keep_no_letter_of_the_values(texts: list[str], regex: str | None) -> None:
    found = shape(pl.LazyFrame({"t": [*texts, None]}), "t", len(texts))
    assert (found.regex if found else None) == regex


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}),
        pl.DataFrame({"a": [1]}),
        pl.DataFrame({"a": [None, None]}),
        pl.DataFrame({"a": [float("inf"), float("nan"), 1.0]}),
        pl.DataFrame({"a": [{"k": [1]}], "b": [b"x"]}),
        pl.DataFrame({"a": pl.Series([1, "x"], dtype=pl.Object)}),
        pl.DataFrame({"$text": ["a"], "t": [dt.time(1)], "d": [dt.timedelta(1)]}),
    ],
)
def test_odd_frames_give_a_suite(frame: pl.DataFrame) -> None:
    made = propose(frame.lazy(), dataset())
    assert made["expectations"]
    json.dumps(made)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-(2**60), 2**60)),
            st.one_of(st.none(), st.floats()),
            st.one_of(st.none(), st.text(max_size=5)),
            st.one_of(st.none(), st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31))),  # noqa: DTZ001
        ),
        max_size=80,
    )
)
def test_it_holds_for_any_frame(rows: list[tuple[Any, ...]]) -> None:
    frame = pl.DataFrame(rows, schema={"i": pl.Int64, "f": pl.Float64, "s": pl.String, "t": pl.Datetime("us")}, orient="row")
    made = propose(frame.lazy(), dataset())
    from auditor.suites.load import Item, Suite

    items = tuple(Item(e["type"], dict(e["kwargs"]), e["severity"], "", "", ()) for e in made["expectations"])
    assert all(r.success for r in run_suites([Suite("s", "s", items, ())], frame.lazy(), ())[0].results)
