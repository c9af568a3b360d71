"""Compressed files are read as what is in them, with lines and offsets of the decompressed stream."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from target_cases import write

from auditor.errors import SourceError
from auditor.targets.parse import colons, keys_of, loads
from auditor.targets.reader import JsonFile
from auditor.targets.request import row_suffix
from auditor.targets.study import compatibility

GOOD = b'{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}\n'
BAD = b'{"messages": [{"role": "robot", "content": "q"}, {"role": "assistant", "content": "a"}]}\n'


def zipped(data: bytes, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.jsonl", data)


WAYS: dict[str, Callable[[bytes, Path], object]] = {
    "gz": lambda data, path: path.write_bytes(gzip.compress(data)),
    "bz2": lambda data, path: path.write_bytes(bz2.compress(data)),
    "xz": lambda data, path: path.write_bytes(lzma.compress(data)),
    "zst": lambda data, path: path.write_bytes(zstandard.compress(data)),
    "zip": zipped,
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_rows_of_a_compressed_file_have_their_place(way: str, tmp_path: Path) -> None:
    data = GOOD * 11 + BAD + GOOD
    path = tmp_path / f"train.jsonl.{way}"
    WAYS[way](data, path)
    outcome = compatibility([path], ["openai"]).outcome("openai")
    assert outcome is not None
    assert (outcome.rows, outcome.rejected) == (13, 1)
    place = next(p for i in outcome.errors for p in i.places if p.path)
    assert (place.line, place.offset, place.path) == (12, 11 * len(GOOD), "$.messages[0].role")
    file = JsonFile(path)
    assert b"".join(r.data + b"\n" for r in file) == data
    assert file.size == len(data)


@pytest.mark.parametrize("way", ["gz", "bz2", "xz", "zst"])
def test_file_that_is_cut_off_is_told(way: str, tmp_path: Path) -> None:
    path = tmp_path / f"train.jsonl.{way}"
    WAYS[way](b"".join(GOOD.replace(b'"q"', b'"%d"' % (i * 7919)) for i in range(40_000)), path)
    path.write_bytes(path.read_bytes()[:-2000])
    outcome = compatibility([path], ["generic"]).outcome("generic")
    assert outcome is not None
    assert not outcome.ok
    assert any("cut off" in p.detail for i in outcome.errors for p in i.places)


def test_zip_of_two_files_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jsonl", GOOD)
        archive.writestr("b.jsonl", GOOD)
    with pytest.raises(SourceError, match="zip file of 2 files"):
        compatibility([path], ["openai"])


def test_compressed_table(tmp_path: Path) -> None:
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(b"prompt,completion\nq,a\nr,b\n"))
    outcome = compatibility([path], ["trl-sft"]).outcome("trl-sft")
    assert outcome is not None
    assert (outcome.rows, outcome.rejected) == (2, 0)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.jsonl.gz", ".jsonl"), ("a.JSON.ZST", ".json"), ("a.jsonl", ".jsonl"), ("a.gz", ""), ("a.parquet.gz", ""), ("a.csv.zip", ".csv")],
)
def test_ending_of_the_rows(name: str, suffix: str) -> None:
    assert row_suffix(Path(name)) == suffix


WORDS = st.sampled_from(["a", "b", 'x"', "\\", 'a\\"', '":', '{"a": 1}', "", "é"])


@given(st.lists(st.tuples(WORDS, WORDS), max_size=5), st.lists(st.tuples(WORDS, WORDS), max_size=3))
def test_a_key_that_comes_twice_never_escapes(outer: list[tuple[str, str]], inner: list[tuple[str, str]]) -> None:
    """Counting colons is a short cut to what the exact reader says, quotes and backslashes in keys and texts included."""

    def spelled(pairs: list[tuple[str, str]], more: list[str]) -> str:
        fields = [f"{orjson.dumps(k).decode()}:{orjson.dumps(v).decode()}" for k, v in pairs]
        return "{" + ",".join(fields + more) + "}"

    text = spelled(outer, ['"i": ' + spelled(inner, [])]).encode()
    twice = len({k for k, _ in outer}) < len(outer) or len({k for k, _ in inner}) < len(inner)
    assert any(d.kind == "duplicate_key" for d in loads(text).defects) == twice
    if twice:
        assert colons(text) != keys_of(orjson.loads(text))


def test_arguments_of_calls_take_the_short_way(tmp_path: Path) -> None:
    row = {"function": {"arguments": '{"a": 1, "b": {"c": "d"}}'}}
    data = write(tmp_path, [row]).read_bytes().strip()
    assert colons(data) == keys_of(row) == 2


@pytest.mark.parametrize(
    ("name", "refused"),
    [("a.jsonl", False), ("a.tsv", False), ("a.jsonl.gz", False), ("a.zip", False), ("a.gz", True), ("a.parquet.gz", True), ("a.xlsx", True)],
)
def test_trl_takes_files_whose_name_tells_the_format(name: str, refused: bool, tmp_path: Path) -> None:
    """As `datasets` infers the reader: by every ending of the name, and by what is in a .zip."""
    path = tmp_path / name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.jsonl", GOOD)
    else:
        path.write_bytes(GOOD)
    report = compatibility([path], ["trl-sft"])
    outcome = report.outcome("trl-sft")
    assert outcome is not None
    assert ("TRL-EXT" in {i.rule for i in outcome.issues}) is refused
