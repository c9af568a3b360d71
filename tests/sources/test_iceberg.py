"""Iceberg tables: the rows of the current snapshot and no others; nothing outside of the table's folder is read."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.errors import MissingExtra, SourceError
from auditor.settings import Settings
from auditor.sources.discover import discover

ELSEWHERE = "file:///warehouse/tickets"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of two snapshots: the second keeps `b` and adds `c`; it was written under another address than it lies at."""
    pytest.importorskip("pyiceberg", reason="the iceberg extra is not installed")
    folder = tmp_path / "tickets"
    (folder / "data").mkdir(parents=True)
    (folder / "metadata").mkdir()
    for name in "abc":
        pl.DataFrame({"text": [f"{name} {i}" for i in range(3)], "label": ["x", "y", "x"]}).write_parquet(folder / "data" / f"{name}.parquet")
    snapshot(folder, 1, ["data/a.parquet", "data/b.parquet"])
    snapshot(folder, 2, ["data/b.parquet", "data/c.parquet"])
    return folder


def snapshot(folder: Path, version: int, names: list[str], *, location: str = ELSEWHERE, content: int = 0) -> None:
    """Metadata of a version whose rows are those of `names`, as a writer of Iceberg leaves them."""
    from pyiceberg.io.fsspec import FsspecFileIO
    from pyiceberg.manifest import (
        DataFile,
        DataFileContent,
        FileFormat,
        ManifestEntry,
        ManifestEntryStatus,
        write_manifest,
        write_manifest_list,
    )
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
    from pyiceberg.schema import Schema
    from pyiceberg.table.metadata import TableMetadataV2
    from pyiceberg.table.snapshots import Operation, Snapshot, Summary
    from pyiceberg.typedef import Record
    from pyiceberg.types import NestedField, StringType

    io = FsspecFileIO({})
    schema = Schema(NestedField(1, "text", StringType()), NestedField(2, "label", StringType()))
    metadata = folder / "metadata"
    with write_manifest(2, UNPARTITIONED_PARTITION_SPEC, schema, io.new_output(str(metadata / f"m{version}.avro")), version, "deflate") as writer:
        for name in names:
            where = name if "://" in name or name.startswith("/") else f"{location}/{name}"
            file = DataFile.from_args(content=DataFileContent(content), file_path=where, file_format=FileFormat.PARQUET, partition=Record(), record_count=3, file_size_in_bytes=9)
            writer.add(ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=version, data_file=file))
    manifest: Any = writer.to_manifest_file()
    manifest._data[0] = f"{location}/metadata/m{version}.avro"
    with write_manifest_list(2, io.new_output(str(metadata / f"snap{version}.avro")), version, None, version, "deflate") as listing:
        listing.add_manifests([manifest])
    current = Snapshot(snapshot_id=version, sequence_number=version, timestamp_ms=version, manifest_list=f"{location}/metadata/snap{version}.avro", summary=Summary(Operation.APPEND), schema_id=0)
    whole = TableMetadataV2(
        location=location, table_uuid="6f9b1b1e-0000-4000-8000-000000000000", last_updated_ms=version, last_column_id=2, schemas=[schema], current_schema_id=0, last_sequence_number=version,
        partition_specs=[UNPARTITIONED_PARTITION_SPEC], default_spec_id=0, last_partition_id=999, sort_orders=[], default_sort_order_id=0, snapshots=[current], current_snapshot_id=version,
    )  # fmt: skip
    (metadata / f"0000{version}-x.metadata.json").write_text(whole.model_dump_json(by_alias=True))


def texts(folder: Path) -> list[str]:
    source = discover(folder, Settings())
    return sorted(t[0] for t in pl.concat([p.frame for p in source.parts]).collect()["text"].str.head(1).unique().to_list())


def test_the_rows_of_the_current_snapshot_only(table: Path) -> None:
    assert texts(table) == ["b", "c"]
    ignored = {i.path: i.reason for i in discover(table, Settings()).dataset.ignored}
    assert ignored["data/a.parquet"] == "not in the current snapshot of the Iceberg table"
    assert ignored["metadata/m1.avro"] == "metadata of the Iceberg table"
    assert texts(table.parent) == ["b", "c"]


def test_the_version_that_the_hint_names(table: Path) -> None:
    (table / "metadata" / "version-hint.text").write_text("00001-x")
    assert texts(table) == ["a", "b"]


@pytest.mark.parametrize("name", ["file:///etc/passwd", "/etc/passwd", "s3://bucket/x.parquet", f"{ELSEWHERE}/../x.parquet", "https://example.org/x.parquet"])
def test_addresses_outside_of_the_folder_are_refused(table: Path, name: str) -> None:
    snapshot(table, 3, [name])
    with pytest.raises(SourceError, match="outside of its folder"):
        discover(table, Settings())


@pytest.mark.parametrize(("change", "said"), [
    (lambda t: snapshot(t, 3, ["data/b.parquet"], content=1), "deleted"),
    (lambda t: snapshot(t, 3, ["data/gone.parquet"]), "missing"),
    (lambda t: (t / "metadata" / "snap2.avro").write_bytes(b"Obj\x01 not that"), "cannot be read"),
    (lambda t: (t / "metadata" / "m2.avro").write_bytes((t / "metadata" / "m2.avro").read_bytes()[:200]), "cannot be read"),
    (lambda t: (t / "metadata" / "00009-x.metadata.json").write_text("{}"), "cannot be read"),
    (lambda t: (t / "metadata" / "00009-x.metadata.json").write_text("[" * 100_000), "cannot be read"),
], ids=["deletes", "missing", "list", "manifest", "no table", "deep"])
def test_what_cannot_be_read_is_one_sentence(table: Path, change: Any, said: str) -> None:
    change(table)
    with pytest.raises(SourceError, match=said):
        discover(table, Settings())


def test_settings_in_the_metadata_load_nothing(table: Path) -> None:
    """`py-io-impl` names a class that `pyiceberg` itself would import."""
    path = table / "metadata" / "00002-x.metadata.json"
    whole = json.loads(path.read_text())
    whole["properties"] = {"py-io-impl": "antigravity.Anything"}
    path.write_text(json.dumps(whole))
    sys.modules.pop("antigravity", None)
    assert texts(table) == ["b", "c"]
    assert "antigravity" not in sys.modules


def test_without_the_extra_one_sentence_names_it(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [m for m in sys.modules if m.split(".")[0] == "pyiceberg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyiceberg", None)
    with pytest.raises(MissingExtra, match=r"\[iceberg\]"):
        discover(table, Settings())
    shutil.rmtree(table / "metadata")
    assert texts(table) == ["a", "b", "c"]
