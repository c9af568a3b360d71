"""Tables set apart by spaces beside texts that are none."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from auditor.model import Shape
from auditor.settings import Settings
from auditor.sources.discover import discover
from auditor.sources.spaced import is_spaced, read_spaced

R = random.Random(3)


def numbers(n: int) -> list[str]:
    return [f"{R.gauss(0, 3):.2f}" for _ in range(n)]


TABLES = {
    "spaces": "\n".join("  ".join([*numbers(4), str(i % 3)]) for i in range(60)),
    "aligned": "\n".join("".join(f"{c:>9}" for c in [*numbers(4), str(i % 3)]) for i in range(60)),
    "tabs, some two": "\n".join("\t".join([*numbers(3), "", *numbers(1), str(i % 3)]) if i % 2 else "\t".join([*numbers(4), str(i % 3)]) for i in range(60)),
    "names above": "a b c d class\n" + "\n".join(" ".join([*numbers(4), str(i % 3)]) for i in range(60)),
    "a name in quotes": "\n".join("   ".join([*numbers(3), "?" if i % 9 == 0 else str(i), f'"ford model {i}"']) for i in range(60)),
}
TEXTS = {
    "prose": "\n".join("the quick brown fox has 4 legs and 1 tail" for _ in range(60)),
    "a log": "\n".join(f"2024-01-01 12:00:{i:02} GET /page {i}" for i in range(60)),
    "tabs": "\n".join("\t".join(numbers(4)) for _ in range(60)),
    "commas": "\n".join(", ".join(numbers(4)) for _ in range(60)),
    "two columns": "\n".join(" ".join(numbers(2)) for _ in range(60)),
    "numbers of any length": "\n".join(" ".join(numbers(R.randrange(3, 30))) for _ in range(60)),
    "few": "1 2 3\n4 5 6",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(tmp_path: Path, name: str) -> None:
    (tmp_path / "train.data").write_text(TABLES[name] + "\n1 2\n")
    assert is_spaced(TABLES[name])
    source = discover(tmp_path, Settings())
    frame = source.parts[0].data.collect()
    assert frame.shape == (60, 5)
    assert sum(t.is_numeric() for t in frame.dtypes) == (4 if "quotes" in name else 5)
    assert [r.reason for r in source.dataset.rejects] == ["2 values where there are 5 columns"]
    if name == "names above":
        assert frame.columns == ["a", "b", "c", "d", "class"]
    elif name == "a name in quotes":
        assert frame.row(9)[4] == "ford model 9"
        assert frame["column_3"].null_count() == 7
    else:
        assert source.dataset.shape is Shape.CLASSIFICATION


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_named_like_delimited(tmp_path: Path, suffix: str) -> None:
    """A file's name promises a delimiter that no line has."""
    (tmp_path / f"train.{suffix}").write_text("'a' 'b' 'c' 'd' 'class'\n" + TABLES["spaces"])
    assert discover(tmp_path, Settings()).parts[0].data.collect().columns == ["a", "b", "c", "d", "class"]


@pytest.mark.parametrize("text", ["text\n" + TEXTS["prose"], "numbers\n" + TEXTS["two columns"], TEXTS["commas"]])
def test_named_like_delimited_and_so_it_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "train.csv").write_text(text)
    assert discover(tmp_path, Settings()).parts[0].data.collect().width == (4 if text == TEXTS["commas"] else 1)


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str) -> None:
    assert not is_spaced(TEXTS[name])


def test_lines_that_are_no_rows_are_told() -> None:
    found = read_spaced(TABLES["spaces"] + "\n\n7 8\n", "x")
    assert found.frame.height == 60
    assert [(r.line, r.reason) for r in found.rejects] == [(62, "2 values where there are 5 columns")]
