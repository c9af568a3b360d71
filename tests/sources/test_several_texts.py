"""Which columns of text a classifier reads: all that are sentences, and nothing else."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from auditor.model import Role, Shape
from auditor.settings import Settings
from auditor.sources.discover import discover

R = random.Random(4)
WORDS = ["card", "payment", "refund", "top", "limit", "transfer", "account", "pending", "lost", "rate", "great", "bad", "slow", "love"]


def said(words: int = 8) -> list[str]:
    return [" ".join(R.choices(WORDS, k=words)) + f" {i}" for i in range(80)]


LABEL = ["a", "b", "c", "d"] * 20
CASES: dict[str, tuple[dict[str, list[object]], tuple[str, ...]]] = {
    "one": ({"text": said()}, ("text",)),
    "pair": ({"premise": said(), "hypothesis": said()}, ("premise", "hypothesis")),
    "one of few": ({"premise": said(), "hypothesis": ["somebody is asleep now", "nobody wants a card"] * 40}, ("premise", "hypothesis")),
    "one of few words": ({"premise": said(), "hypothesis": ["asleep", "awake"] * 40}, ("premise",)),
    "title and body": ({"title": said(4), "description": said(20)}, ("title", "description")),
    "links": ({"text": said(), "url": [f"https://example.org/articles/{i}" for i in range(80)]}, ("text",)),
    "names": ({"text": said(), "author": [f"Ann Lee {i}" for i in range(80)]}, ("text",)),
    "chosen": ({"text": said(), "answer given": ["yes of course we do", "no we never do that"] * 40}, ("text",)),
    "codes": ({"text": said(), "code": [f"AB-{i:030}" for i in range(80)]}, ("text",)),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_read(tmp_path: Path, name: str) -> None:
    columns, read = CASES[name]
    pl.DataFrame({**columns, "label": LABEL}).write_csv(tmp_path / "train.csv")
    assert discover(tmp_path, Settings()).dataset.role(Role.TEXT) == read


def test_rows_of_pandas_are_no_feature(tmp_path: Path) -> None:
    pl.DataFrame({"size": [R.random() for _ in range(80)], "label": LABEL, "__index_level_0__": range(80)}).write_parquet(tmp_path / "train.parquet")
    data = discover(tmp_path, Settings()).dataset
    assert data.role(Role.ID) == ("__index_level_0__",)
    assert data.role(Role.FEATURE) == ("size",)


@pytest.mark.parametrize(
    ("column", "cells", "role"),
    [
        ("timestamp", [f"2024-01-{1 + i // 24:02} {i % 24:02}:00:00" for i in range(80)], Role.TIME),
        ("created", [f"2024-01-01T00:{i // 60:02}:{i % 60:02}.000Z" for i in range(80)], Role.TIME),
        ("posted", [f"Mon Apr {1 + i // 24:02} {i % 24:02}:19:45 PDT 2009" for i in range(80)], Role.TIME),
        ("schedule", [f"They said on Monday, {i} April, that the market may open at nine" for i in range(80)], Role.TEXT),
        ("vector", [" ".join(f"0.{R.randrange(10**6)}" for _ in range(6)) for _ in range(80)], Role.FEATURE),
        ("PassengerId", [str(i) for i in range(80)], Role.ID),
        ("valid", [str(i) for i in range(80)], Role.FEATURE),
        ("note", said(), Role.TEXT),
        ("notiz", [f"客户说他的卡丢了并且想要退款{i}请尽快处理这个问题谢谢" for i in range(80)], Role.TEXT),
    ],
)
def test_what_is_no_prose_is_not_read_as_such(tmp_path: Path, column: str, cells: list[str], role: Role) -> None:
    pl.DataFrame({column: cells, "size": [R.random() for _ in range(80)], "label": LABEL}).write_csv(tmp_path / "train.csv")
    assert column in discover(tmp_path, Settings()).dataset.role(role)


@pytest.mark.parametrize(
    ("values", "beside", "shape"),
    [
        (30, ("date", "store"), Shape.REGRESSION),
        (12, ("date", "store"), Shape.CLASSIFICATION),
        (30, ("store",), Shape.CLASSIFICATION),
        (30, ("date", "text"), Shape.CLASSIFICATION),
    ],
    ids=["counts by day", "few", "no day", "a text"],
)
def test_counts_by_day_are_numbers(tmp_path: Path, values: int, beside: tuple[str, ...], shape: Shape) -> None:
    n = 900
    columns = {
        "date": [f"2023-{1 + i // 28 % 12:02}-{1 + i % 28:02}" for i in range(n)],
        "store": [f"s{i % 4}" for i in range(n)],
        "text": [" ".join(R.choices(WORDS, k=8)) + f" {i}" for i in range(n)],
    }
    pl.DataFrame({**{c: columns[c] for c in beside}, "target": [i * 7 % values for i in range(n)]}).write_csv(tmp_path / "train.csv")
    assert discover(tmp_path, Settings()).dataset.shape is shape
