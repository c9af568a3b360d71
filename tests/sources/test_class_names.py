"""Classes that are numbers in the rows and have names in the metadata of their file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.audit import run
from auditor.settings import DataSettings, Settings
from auditor.sources.discover import discover

NAMES = ["late", "lost", "broken"]
FRAME = pl.DataFrame({"text": [f"parcel number {i} is not what it should be" for i in range(60)], "label": [i % 3 for i in range(60)], "tags": [[i % 3, 2] for i in range(60)], "stars": [i % 3 for i in range(60)]})


def _said(**features: Any) -> dict[str, str]:
    return {"huggingface": json.dumps({"info": {"features": features}})}


def _class(names: list[Any]) -> dict[str, Any]:
    return {"names": names, "_type": "ClassLabel"}


def _read(folder: Path) -> pl.DataFrame:
    return pl.concat([p.frame for p in discover(folder, Settings()).parts]).collect()


def test_names_stand_for_numbers(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "train.parquet", metadata=_said(label=_class(NAMES), tags={"feature": _class(NAMES), "_type": "Sequence"}))
    read = _read(tmp_path)
    assert read["label"].to_list()[:4] == ["late", "lost", "broken", "late"]
    assert read["tags"].to_list()[:2] == [["late", "broken"], ["lost", "broken"]]
    assert read["stars"].to_list() == FRAME["stars"].to_list()


def test_what_has_no_name_keeps_its_number_and_minus_one_is_no_label(tmp_path: Path) -> None:
    FRAME.with_columns(label=pl.col("label") - 1).write_parquet(tmp_path / "train.parquet", metadata=_said(label=_class(["late"])))
    assert _read(tmp_path)["label"].to_list()[:3] == [None, "late", "1"]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"huggingface": "no JSON"},
        {"huggingface": "[1]"},
        {"huggingface": "[" * 100_000},
        {"huggingface": json.dumps({"info": {"features": ["label"]}})},
        _said(label={"dtype": "int64", "_type": "Value"}),
        _said(label=_class([])),
        _said(label=_class(["late", "late", "lost"])),
        _said(label=_class([1, 2, 3])),
        _said(text=_class(NAMES)),
        _said(absent=_class(NAMES)),
    ],
)
def test_without_names_numbers_stay(said: dict[str, str], tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "train.parquet", metadata=said)
    assert _read(tmp_path).equals(FRAME)


@pytest.mark.parametrize("stream", [True, False])
def test_names_in_an_arrow_file(stream: bool, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    table = FRAME.to_arrow().replace_schema_metadata(_said(label=_class(NAMES)))
    with pa.OSFile(str(tmp_path / "train.arrow"), "wb") as sink, (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema) as writer:
        writer.write_table(table)
    assert _read(tmp_path)["label"].to_list()[:3] == NAMES


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_the_list_of_names_is_the_declared_list(form: str, tmp_path: Path) -> None:
    said = _said(label=_class([*NAMES, "stolen"]), stars=_class(["a", "b", "c"]))
    if form == "parquet":
        FRAME.write_parquet(tmp_path / "train.parquet", metadata=said)
    else:
        pa = pytest.importorskip("pyarrow")
        table = pa.table({"text": FRAME["text"].to_list(), "label": FRAME["label"].to_list()}).replace_schema_metadata(said)
        with pa.OSFile(str(tmp_path / "train.arrow"), "wb") as out, pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    assert discover(tmp_path, Settings()).dataset.classes == (*NAMES, "stolen")
    assert discover(tmp_path, Settings(data=DataSettings(classes=("late",)))).dataset.classes == ("late",)  # what is declared comes first


def test_files_that_name_other_classes_declare_none(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "train.parquet", metadata=_said(label=_class(NAMES)))
    FRAME.write_parquet(tmp_path / "test.parquet", metadata=_said(label=_class([*NAMES, "stolen"])))
    assert discover(tmp_path, Settings()).dataset.classes == ()


def test_a_missing_class_of_the_files_list_says_whose_list_it_is(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "train.parquet", metadata=_said(label=_class([*NAMES, "stolen"])))

    def found(settings: Settings) -> tuple[str, str]:
        (finding,) = [f for f in run(tmp_path, settings).findings if f.code == "BAL002" and f.subject == "classes"]
        return finding.message, finding.fix

    message, fix = found(Settings(select=("BAL002",)))
    assert "1 of 4 declared classes have no training row: 'stolen'; the list is the one in the metadata of the files" in message
    assert "[data] classes" in fix
    message, _ = found(Settings(select=("BAL002",), data=DataSettings(classes=(*NAMES, "stolen"))))
    assert message.endswith("'stolen'")
