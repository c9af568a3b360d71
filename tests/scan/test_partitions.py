"""One partition or many, one file format or another: the same states, so the same report."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.scan import engine, profile
from auditor.scan.chunk import Chunk
from auditor.scan.measures import Lengths, Moments, Quantiles, Values, quantile
from auditor.scan.patterns import PatternCounts
from auditor.scan.rows import SourceRows
from auditor.scan.sketch import SKETCH_ERROR
from auditor.settings import Settings
from auditor.sources.discover import discover


def table(rows: int) -> pl.DataFrame:
    r = np.random.default_rng(7)
    return pl.DataFrame(
        {
            "n": np.where(r.random(rows) < 0.05, np.nan, r.lognormal(0, 3, rows)),
            "k": r.integers(0, 50_000, rows),
            "word": [f"w{i}" for i in r.integers(0, 40, rows)],
            "text": [f"some words {i} here " * int(1 + i % 3) for i in r.integers(0, 10**9, rows)],
            "label": [f"c{i}" for i in r.integers(0, 3, rows)],
        }
    )


def profiled(path: Path, **changes) -> dict[str, object]:
    wanted = replace(Settings(), **changes)
    source = discover(path, wanted)
    done = engine.run(source, profile.requests(source.dataset), wanted)
    return profile.build(source.dataset, done.facts, lambda values: [False] * len(values), lambda *_: False)


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_any_number_of_partitions_gives_the_same_profile(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.scan.chunk.CHUNK_ROWS", 1024)
    frame = table(17_000)
    path = tmp_path / f"d.{kind}"
    {"parquet": frame.write_parquet, "csv": frame.write_csv, "jsonl": frame.write_ndjson}[kind](path)
    one = profiled(path, partition_rows=1 << 20)
    for rows in (4096, 1024):
        assert profiled(path, partition_rows=rows) == one
    assert profiled(path, memory_mb=0, partition_rows=4096) == one


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_all_rows_are_read_by_one_scan_a_file_however_it_is_cut(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty slices of a file side by side took forty times the memory."""
    monkeypatch.setattr("auditor.scan.chunk.CHUNK_ROWS", 1024)
    frame = table(5000).with_columns(talk=pl.lit('[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]'))
    for name, part in (("train", frame), ("test", frame.head(3000))):
        {"parquet": part.write_parquet, "csv": part.write_csv, "jsonl": part.write_ndjson}[kind](tmp_path / f"{name}.{kind}")
    wanted = replace(Settings(), partition_rows=1024, memory_mb=0)
    source = discover(tmp_path, wanted)
    assert len(source.parts) == 8
    rows = SourceRows(source, wanted)
    plan = rows.lazy().explain()
    assert plan.upper().count("SCAN") == 2, plan
    whole = rows.lazy().collect()
    assert whole.equals(pl.concat([p.lazy() for p in source.parts]).collect())
    assert "talk.messages" in whole.columns
    assert rows.lazy(("test",)).collect().height == 3000


def test_a_capped_selection_does_not_depend_on_partitions_or_memory(tmp_path: Path) -> None:
    frame = table(9000)
    frame.write_ndjson(tmp_path / "d.jsonl")
    chosen = []
    for rows, memory in ((1 << 20, 768), (1024, 768), (1024, 0)):
        wanted = replace(Settings(), partition_rows=rows, memory_mb=memory)
        chosen.append(SourceRows(discover(tmp_path, wanted), wanted).select(("text", "k"), cap=500))
    assert chosen[0].height == 500
    assert chosen[0].equals(chosen[1])
    assert chosen[0].equals(chosen[2])


def coarse(n: int) -> pl.DataFrame:
    """Rows of 32 kinds; the label has nothing to do with the rest."""
    r = np.random.default_rng(4)
    return pl.DataFrame({"city": r.choice(["Rome", "Oslo", "Bonn", "Lima"], n), "tier": r.choice(["gold", "tin", "iron", "lead"], n), "label": r.choice(["yes", "no"], n)})


@pytest.mark.parametrize(("rows", "cap"), [(20_000, 2000), (20_000, 10_000), (200_000, 2000)])
def test_the_shares_of_a_sample_are_those_of_the_rows(rows: int, cap: int, tmp_path: Path) -> None:
    coarse(rows).write_parquet(tmp_path / "d.parquet")
    drawn = []
    for partition, memory in ((1 << 20, 768), (1 << 16, 0)):
        wanted = replace(Settings(), partition_rows=partition, memory_mb=memory)
        drawn.append(SourceRows(discover(tmp_path, wanted), wanted).select(("city", "tier", "label"), cap=cap))
    sample = drawn[0]
    assert sample.equals(drawn[1])
    assert sample.height == cap
    for columns, kinds in ((["city"], 4), (["label"], 2), (["city", "tier", "label"], 32)):
        counts = sample.group_by(columns).len()["len"]
        assert len(counts) == kinds
        assert ((counts - cap / kinds).abs() < 5 * (cap / kinds) ** 0.5).all()


def test_rows_that_belong_together_are_drawn_together(tmp_path: Path) -> None:
    inputs = pl.DataFrame({"text": [f"text {i // 3}" for i in range(9000)], "label": [("a", "b", None)[i % 3] for i in range(9000)]})
    inputs.write_csv(tmp_path / "d.csv")
    rows = SourceRows(discover(tmp_path, Settings()), Settings())
    together = rows.select(("text", "label"), cap=900, together=("text",)).group_by("text").len()["len"]
    assert together.to_list() == [3] * 300
    apart = rows.select(("text", "label"), cap=900).group_by("text").len()["len"]
    assert apart.mean() < 1.5


NUMBERS = st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.none() | st.integers(-5, 5).map(float), max_size=60)


def chunk(values: list[float | None]) -> Chunk:
    return Chunk(pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)}))


@given(NUMBERS, NUMBERS, NUMBERS)
@settings(max_examples=60, deadline=None)
def test_merging_is_associative_commutative_and_empty_is_neutral(a: list[float | None], b: list[float | None], c: list[float | None]) -> None:
    moments, values, quantiles = Moments("x"), Values("x"), Quantiles("x")
    x, y, z = (moments.of(chunk(v)) for v in (a, b, c))
    assert moments.merge(moments.merge(x, y), z) == moments.merge(x, moments.merge(y, z)) == moments.merge(moments.merge(z, y), x)
    assert moments.merge(x, moments.of(chunk([]))) == x
    p, q, r = (values.of(chunk(v)) for v in (a, b, c))
    left, right = values.merge(values.merge(p, q), r), values.merge(r, values.merge(q, p))
    assert [repr(kv) for kv in left.counts.items()] == [repr(kv) for kv in right.counts.items()]
    assert left.distinct == right.distinct == len({repr(v + 0.0) for v in [*a, *b, *c] if v is not None})
    assert [repr(kv) for kv in values.fold(p, chunk(b)).counts.items()] == [repr(kv) for kv in values.merge(p, q).counts.items()]
    s, t, u = (quantiles.of(chunk(v)) for v in (a, b, c))
    assert quantiles.merge(quantiles.merge(s, t), u).items() == quantiles.merge(s, quantiles.merge(u, t)).items()


@given(st.lists(st.floats(1e-200, 1e200) | st.floats(-1e200, -1e-200), min_size=1, max_size=200), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_quantiles_are_within_their_error(values: list[float], q: float) -> None:
    found = quantile(Quantiles("x").of(chunk(list(values))), q)
    exact = sorted(values)[math.floor(q * (len(values) - 1))]
    assert found is not None
    assert abs(found - exact) <= SKETCH_ERROR * abs(exact)


def test_moments_are_those_of_numpy_and_keep_large_offsets() -> None:
    r = np.random.default_rng(1)
    values = 1e9 + r.normal(size=5000)
    moments = Moments("x")
    state = moments.merge(moments.of(chunk(values[:1234].tolist())), moments.of(chunk(values[1234:].tolist())))
    assert state.mean == pytest.approx(values.mean(), rel=1e-12)
    assert state.std == pytest.approx(values.std(ddof=1), rel=1e-9)
    huge = moments.of(chunk([1e308, -1e308, 0.0]))
    assert huge.mean == 0.0
    assert huge.zeros == 1


def test_values_above_the_cap_are_counted_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.scan.values.VALUES", 50)
    monkeypatch.setattr("auditor.scan.values.KMV", 200)
    r = np.random.default_rng(3)
    values = Values("x")
    for most, exact, complete in ((50, True, True), (51, True, False), (199, True, False), (5000, False, False)):
        data = np.concatenate([np.arange(most), r.integers(0, most, 20_000)])
        state = None
        for part in np.array_split(r.permutation(data), 7):
            piece = Chunk(pl.DataFrame({"x": part}))
            state = values.of(piece) if state is None else values.fold(state, piece)
        assert state is not None
        assert (state.exact, state.complete) == (exact, complete)
        assert state.distinct == most if exact else state.distinct == pytest.approx(most, rel=0.35)
        assert sum(state.counts.values()) == (len(data) if complete else 0)


@pytest.mark.parametrize(
    "series",
    [
        pl.Series("x", [], dtype=pl.String),
        pl.Series("x", [None, None], dtype=pl.String),
        pl.Series("x", [None], dtype=pl.Null),
        pl.Series("x", [True, None, False]),
        pl.Series("x", ["a", "b", "a"], dtype=pl.Categorical),
        pl.Series("x", [b"\x00\xff", None]),
        pl.Series("x", [2**63, 5], dtype=pl.UInt64),
        pl.Series("x", ["1.10", "2.20"]).cast(pl.Decimal(10, 2)),
        pl.Series("x", [1, None, 3]).cast(pl.Date),
    ],
)
def test_values_of_every_type(series: pl.Series) -> None:
    state = Values("x").of(Chunk(series.to_frame()))
    assert state.distinct == series.drop_nulls().n_unique()
    assert sum(state.counts.values()) == series.drop_nulls().len()


def test_text_measures() -> None:
    piece = Chunk(pl.DataFrame({"x": ["12", " 7.5", "", "  ", None, "2024-01-31", "word", "é" * 300]}))
    lengths = Lengths("x").of(piece)
    assert (lengths.n, lengths.blank, lengths.longest, lengths.padded) == (7, 2, 300, 2)
    assert PatternCounts("x").of(piece)[:3] == (1, 1, 1)
