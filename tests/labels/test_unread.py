"""What cannot be read is unknown and never a failure: media, nested values, token ids, sequences of few letters."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from auditor.audit import examine
from auditor.detectors.conversations import attachments, turns
from auditor.detectors.near_text import cluster_texts, telling_size, telling_words
from auditor.detectors.table import read_table
from auditor.model import Report, Role, Shape, Status
from auditor.scan.hashes import as_text, fingerprints
from auditor.settings import LabelSettings, Settings
from auditor.sources.facts import names_media

N = 240
rng = np.random.default_rng(5)
DRAWN = random.Random(5)


@pytest.fixture(autouse=True)
def drawn_anew() -> None:
    """Each test draws the same, whatever ran before it."""
    global rng
    rng = np.random.default_rng(5)
    DRAWN.seed(5)


WORDS = ("sea", "green", "home", "sleep", "road", "bread", "cloud", "glass", "lamp", "river")


def audited(folder: Path, rows: list[dict[str, Any]], suffix: str = "parquet", **labels: str) -> Report:
    folder.mkdir()
    frame = pl.DataFrame(rows)
    {"parquet": frame.write_parquet, "csv": frame.write_csv, "jsonl": frame.write_ndjson}[suffix](folder / f"data.{suffix}")
    return examine(folder, Settings(select=("DUP", "LBL", "LRN", "LEK", "TXT", "SCH"), labels=LabelSettings(**labels))).report  # type: ignore[arg-type]


def status(report: Report, code: str) -> Status:
    return next(f.status for f in report.findings if f.code == code)


def word(size: int, letters: str = "abcdefghijkl") -> str:
    return "".join(DRAWN.choice(letters) for _ in range(size))


CASES: dict[str, tuple[str, Callable[[int], dict[str, Any]], bool]] = {
    # name: file, row, whether a probe can read it
    "bytes": ("parquet", lambda i: {"img": rng.bytes(60), "label": i % 2}, False),
    "a Hugging Face image": ("parquet", lambda i: {"image": {"bytes": rng.bytes(60), "path": None}, "label": i % 2}, False),
    "names of images": ("csv", lambda i: {"image": f"img/{i:05d}.png", "label": ("cat", "dog")[i % 2]}, False),
    "addresses of sounds": ("csv", lambda i: {"clip": f"https://example.org/a/{i}.mp3?x=1", "label": ("cat", "dog")[i % 2]}, False),
    "lists of structs": ("parquet", lambda i: {"boxes": [{"x": float(rng.normal()), "w": 1.0}], "label": i % 2}, False),
    "a vector": ("parquet", lambda i: {"vec": rng.normal(i % 2, 1, 16).tolist(), "label": i % 2}, True),
    "a signal": ("parquet", lambda i: {"series": rng.normal(i % 2, 1, 20 + i % 30).tolist(), "label": i % 2}, True),
    "a struct": ("parquet", lambda i: {"about": {"a": float(rng.normal(3 * (i % 2))), "b": {"c": float(rng.normal())}}, "label": i % 2}, True),
    "a list of words": ("jsonl", lambda i: {"tags": [DRAWN.choice(WORDS[i % 2 :: 2]) + str(DRAWN.randrange(9)) for _ in range(6)], "label": i % 2}, True),
    "token ids": ("parquet", lambda i: {"input_ids": [DRAWN.randrange(500) + 500 * (i % 2) for _ in range(20 + i % 9)], "attention_mask": [1] * 20, "label": i % 2}, True),
    "two names": ("csv", lambda i: {"first": "xy"[i % 2] + word(8), "last": word(9), "label": i % 2}, True),
    "a sequence": ("csv", lambda i: {"sequence": word(120, "ACGT" + "A" * 8 * (i % 2)), "class": "np"[i % 2]}, True),
}


@pytest.mark.parametrize("name", CASES)
def test_different_rows_are_different_and_nothing_is_held_against_what_is_not_read(name: str, tmp_path: Path) -> None:
    suffix, row, read = CASES[name]
    report = audited(tmp_path / "data", [row(i) for i in range(N)], suffix)
    assert {f.code for f in report.findings if f.status is Status.FAIL} <= {"LBL002"} if read else not {f.code for f in report.findings if f.status is Status.FAIL}
    assert status(report, "DUP001") is Status.PASS
    assert status(report, "DUP002") is Status.PASS
    assert status(report, "LRN001") is (Status.PASS if read else Status.UNKNOWN)
    assert not [f.message for f in report.findings if f.code == "LEK002" and f.status is not Status.PASS]
    if not read:
        assert all("not read here" in f.message for f in report.findings if f.code in {"LRN001", "LBL002"})


@pytest.mark.parametrize("name", ["bytes", "a Hugging Face image", "names of images", "lists of structs", "a signal", "token ids"])
def test_copies_are_still_seen(name: str, tmp_path: Path) -> None:
    suffix, row, _ = CASES[name]
    rows = [row(i) for i in range(N // 8)] * 8
    report = audited(tmp_path / "data", rows, suffix)
    assert status(report, "DUP002") is Status.FAIL


def test_a_label_inside_a_struct_is_a_leak(tmp_path: Path) -> None:
    report = audited(tmp_path / "data", [{"text": f"{word(6)} {word(5)} {word(7)} {word(4)}", "meta": {"truth": i % 2, "x": i}, "label": i % 2} for i in range(N)])
    assert any("meta.truth" in f.message for f in report.findings if f.code == "LEK002" and f.status is not Status.PASS)


def test_embeddings_take_the_place_of_images(tmp_path: Path) -> None:
    x = rng.normal(size=(N, 8)).astype(np.float32)
    x[:, 0] += np.arange(N) % 2 * 3
    np.save(tmp_path / "x.npy", x)
    report = audited(tmp_path / "data", [{"image": f"{i}.png", "label": i % 2} for i in range(N)], "csv", embeddings=str(tmp_path / "x.npy"))
    assert status(report, "LRN001") is Status.PASS


def talk(i: int, *parts: dict[str, Any]) -> dict[str, Any]:
    said = f"{WORDS[i % 10]} and {WORDS[i // 10 % 10]} beside {word(5)}"
    return {"messages": [{"role": "user", "content": [*parts, {"type": "text", "text": "Describe it."}]}, {"role": "assistant", "content": [{"type": "text", "text": said}]}]}


@pytest.mark.parametrize("kind", ["parts", "column"])
def test_the_same_question_about_another_image_is_another_question(kind: str, tmp_path: Path) -> None:
    if kind == "parts":
        rows = [talk(i, {"type": "image_url", "image_url": {"url": f"https://example.org/{i}.png"}}) for i in range(N)]
    else:
        rows = [{**talk(i), "images": [f"{i}.png"]} for i in range(N)]
    report = audited(tmp_path / "data", rows, "jsonl")
    assert report.dataset.shape is Shape.CHAT
    assert status(report, "DUP002") is Status.PASS
    assert status(report, "LRN004") is Status.UNKNOWN
    assert not [f.message for f in report.findings if "contradict" in f.message and f.status in {Status.FAIL, Status.WARN}]
    plain = audited(tmp_path / "plain", [talk(i) for i in range(N)], "jsonl")
    assert "images, sound" not in " ".join(f.message for f in plain.findings)


def test_labels_beside_token_ids_are_no_classes(tmp_path: Path) -> None:
    rows = [{"input_ids": [DRAWN.randrange(900) for _ in range(30)], "labels": [-100] * 15 + [7] * 15} for _ in range(N)]
    report = audited(tmp_path / "data", rows)
    assert not report.dataset.role(Role.LABEL)
    assert report.dataset.role(Role.FEATURE) == ("input_ids",)
    assert status(report, "DUP002") is Status.PASS


@pytest.mark.parametrize(
    ("values", "media"),
    [
        (["a.png", "b/c.JPG", "d e.jpeg"], True),
        (["C:\\scans\\1.dcm", "x.nii.gz", "y.npy"], True),
        (["https://example.org/a.webp?size=3", "s3://bucket/k/a.wav"], True),
        (["my photo 1.png", "a/c d.jpg"], True),
        (["it looks like a.png to me", "the file is b.jpg, I think"], False),
        (["report.csv", "a.txt", "b.pdf"], False),
        (["png", ".png", "a.png.txt"], False),
        ([], False),
    ],
)
def test_names_of_media(values: list[str], media: bool) -> None:
    assert names_media(pl.Series(values, dtype=pl.String)) is media


@pytest.mark.parametrize(
    ("letters", "length", "size"),
    [("acgt", 120, 6), ("acgt", 1000, 8), ("01", 100, 11), ("0123456789abcdef", 64, 3), ("abcdefghijklmnopqrstuvwxyz./", 60, 3), ("a", 50, 3)],
)
def test_shingles_are_as_long_as_the_alphabet_is_poor(letters: str, length: int, size: int) -> None:
    texts = [word(length, letters) for _ in range(200)]
    assert telling_size(texts, np.arange(200)) == size
    if len(letters) > 1:
        copies = [t[:-3] + letters[0] + t[-2:] for t in texts[:50]]  # in the middle a letter of 100 changes a fifth of the shingles
        ids = cluster_texts(texts + copies)
        assert len(np.unique(ids)) == 200
        assert (ids[200:] == ids[:50]).all()


def test_bytes_inside_nested_values_are_hashed() -> None:
    same = [{"bytes": b"\xff\x00", "path": "a"}, {"bytes": b"\xff\x00", "path": "a"}, {"bytes": b"\xfe", "path": "a"}, None]
    for series in (pl.Series(same), pl.Series([[v] for v in same]), pl.Series([b"\xff", b"\xff", b"\xfe", None])):
        hashes = fingerprints(series)
        assert hashes[0] == hashes[1]
        assert len(set(hashes.tolist())) == 3
        assert "ff00" not in " ".join(v or "" for v in as_text(series))


def test_a_signal_is_read_by_its_figures_and_known_by_all_of_it() -> None:
    table, text = read_table(pl.DataFrame({"s": [[1.0, 2.0], [3.0], [], None]}), 4)
    assert text is None
    assert table.numeric_names == ("s.length", "s.mean", "s.std", "s.min", "s.max")
    assert table.opaque == ("s",)
    assert table.derived == frozenset(table.numeric_names)
    assert table.numeric[:, 0].tolist()[:3] == [2, 1, 0]


@pytest.mark.parametrize(("events", "length", "size"), [(4, 60, 5), (10, 60, 3), (10, 400, 4), (60, 60, 2), (2000, 400, 2), (1, 50, 2)])
def test_sequences_of_few_events_are_compared_by_longer_runs(events: int, length: int, size: int) -> None:
    r = random.Random(events)
    names = [f"event{i}" for i in range(events)]
    texts = [[r.choice(names) for _ in range(length)] for _ in range(1500)]
    assert telling_words([" ".join(t) for t in texts], np.arange(1500)) == size
    if events > 1:
        copies = [t[:-1] for t in texts[:50]]
        ids = cluster_texts([" ".join(t) for t in texts + copies])
        assert len(np.unique(ids)) == 1500
        assert (ids[1500:] == ids[:50]).all()


def test_text_that_lies_deeper_in_a_part_is_text() -> None:
    deep = [{"role": "user", "content": [{"type": "text", "text": {"value": "What is the moon?", "annotations": []}}]}]
    assert attachments(deep) == []
    assert turns(deep)[0][1] == "What is the moon?"
    assert attachments([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a.png"}}]}])
