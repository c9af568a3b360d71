"""Splits by name, roles by name and content, shape by roles, one data set out of many files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auditor.checks.files import Copies
from auditor.errors import ConfigError, SourceError
from auditor.model import Role
from auditor.scan.request import Facts
from auditor.settings import DataSettings, Settings
from auditor.sources.discover import discover
from auditor.sources.splits import split_of_path


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train.csv", "train"),
        ("data/train-00000-of-00001.parquet", "train"),
        ("train1.csv", "train"),
        ("dev.jsonl", "validation"),
        ("val_set.csv", "validation"),
        ("holdout.csv", "test"),
        ("hold-out.csv", "test"),
        ("my_test.csv", "test"),
        ("test/part1.csv", "test"),
        ("production.csv", "production"),
        ("testfile.csv", None),
        ("contest.csv", None),
        ("train_test.csv", None),
        ("data.csv", None),
    ],
)
def test_split_of_path(path: str, split: str | None) -> None:
    assert split_of_path(path) == split


REAL = [
    ("alpaca_zh.json", "prompt_completion", {"prompt": ("instruction", "input"), "response": ("output",)}, 1000),
    ("axolotl_alpaca.json", "prompt_completion", {"response": ("output",)}, 2),
    ("axolotl_conversation.json", "chat", {"messages": ("conversations",)}, 1),
    ("axolotl_missingturns.json", "chat", {"messages": ("conversations",)}, 1),
    ("banking77_test.csv", "classification", {"label": ("category",), "text": ("text",)}, 3080),
    ("banking77_train.csv", "classification", {"label": ("category",), "text": ("text",)}, 10003),
    ("c4_demo.jsonl", "plain_text", {"text": ("text",)}, 300),
    ("clinc150_full.json", "classification", {"label": ("column_1",), "text": ("column_0",)}, 23700),
    ("dpo_en_sharegpt.json", "preference", {"prompt": ("conversations",), "chosen": ("chosen",), "rejected": ("rejected",)}, 300),
    ("germeval2018_train.tsv", "classification", {"label": ("column_1",), "text": ("column_0",)}, 5009),
    ("glaive_toolcall_en.json", "chat", {"messages": ("conversations",), "tools": ("tools",)}, 300),
    ("identity.json", "prompt_completion", {"response": ("output",)}, 91),
    ("llamafactory_dataset_info.json", "table", {}, 1),
    ("openai_toy_chat_rebuilt.jsonl", "chat", {"messages": ("messages",)}, 5),
    ("presidio_small.json", "token_labels", {"text": ("full_text",), "label": ("spans",)}, 100),
    ("roleplay_instruct.json", "prompt_completion", {"response": ("response",)}, 1923),
    ("seedprompts.jsonl", "prompt_completion", {"prompt": ("instruction",), "response": ("instances",)}, 175),
    ("toolformer_06.json", "prompt_completion", {"response": ("response",)}, 2396),
    ("torchtune_chat.json", "chat", {"messages": ("conversations",)}, 1),
    ("torchtune_hh_rlhf.json", "preference", {"chosen": ("chosen",)}, 1),
    ("torchtune_stack_exchange_paired.json", "preference", {"prompt": ("question",), "chosen": ("response_j",)}, 25),
    ("v1_dpo.jsonl", "preference", {"chosen": ("chosen_messages",), "rejected": ("rejected_messages",)}, 10),
    ("v1_sft.jsonl", "chat", {"messages": ("messages",)}, 500),
    ("wiki_demo.txt", "plain_text", {"text": ("text",)}, 30),
]


@pytest.mark.parametrize(("name", "shape", "roles", "count"), REAL, ids=[r[0] for r in REAL])
def test_real_files(shared_data: Path, name: str, shape: str, roles: dict[str, tuple[str, ...]], count: int) -> None:
    data = discover(shared_data / name, Settings()).dataset
    assert data.shape == shape
    assert data.rows == count
    for role, columns in roles.items():
        assert data.role(Role(role)) == columns


def table(folder: Path, text: str, name: str = "d.csv") -> Path:
    (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("header", "row", "shape", "label"),
    [
        ("x1,x2,y", lambda i: f"{i * 0.37 % 1},{i * 0.11 % 3},{i % 2}", "classification", ("y",)),
        ("x1,x2,target", lambda i: f"{i * 0.37 % 1},{i * 0.11 % 3},{(i * 7.31) % 100}", "regression", ("target",)),
        ("x1,x2,grade", lambda i: f"{i * 0.37 % 1},{i * 0.11 % 3},{'ABC'[i % 3]}", "classification", ("grade",)),
        ("a,b,c", lambda i: f"{i * 0.37 % 1},{i * 0.11 % 3},{i * 0.5}", "table", ()),
        ("id,text,intent", lambda i: f"{i},please do thing number {i} for me now,{'xyz'[i % 3]}", "classification", ("intent",)),
    ],
)
def test_tables(tmp_path: Path, header: str, row, shape: str, label: tuple[str, ...]) -> None:
    text = header + "\n" + "\n".join(row(i) for i in range(300)) + "\n"
    data = discover(table(tmp_path, text), Settings()).dataset
    assert data.shape == shape
    assert data.role(Role.LABEL) == label


def test_a_declaration_wins_and_a_wrong_one_lists_the_columns(tmp_path: Path) -> None:
    table(tmp_path, "words,kind,label\n" + "\n".join(f"some words here {i},{'ab'[i % 2]},{i}" for i in range(50)) + "\n")
    data = discover(tmp_path, Settings(data=DataSettings(label="kind", text=("words",)))).dataset
    assert data.role(Role.LABEL) == ("kind",)
    assert next(r for r in data.roles if r.role is Role.LABEL).declared
    with pytest.raises(ConfigError, match="columns are 'words', 'kind', 'label'"):
        discover(tmp_path, Settings(data=DataSettings(label="nope")))


def test_every_file_is_used_or_ignored_with_a_reason(tmp_path: Path) -> None:
    rows = "\n".join(f"some text number {i},{'ab'[i % 2]}" for i in range(40))
    table(tmp_path, f"text,label\n{rows}\n", "train.csv")
    table(tmp_path, f"text,label\n{rows}\n", "test.csv")
    table(tmp_path, "sku,price\nA1,3\nB2,4\n", "prices.csv")
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / ".hidden").write_text("x")
    data = discover(tmp_path, Settings()).dataset
    assert [f.path for f in data.files] == ["test.csv", "train.csv"]
    assert {i.path for i in data.ignored} == {"prices.csv", "README.md", "picture.png", ".hidden"}
    assert all(i.reason for i in data.ignored)


@pytest.mark.parametrize(
    ("name", "body", "data"),
    [
        ("Thumbs.db", b"\xd0\xcf\x11\xe0", False),
        ("~$labels.xlsx", b"x" * 165, False),
        ("_SUCCESS", b"", False),
        ("desktop.ini", b"[x]", False),
        ("success.csv", b"text,label\nsome other words here,a\n", True),
        ("empty.csv", b"", True),
    ],
)
def test_what_programs_leave_beside_data_is_no_matter(tmp_path: Path, name: str, body: bytes, data: bool) -> None:
    rows = "\n".join(f"some text number {i},{'ab'[i % 2]}" for i in range(40))
    table(tmp_path, f"text,label\n{rows}\n", "train.csv")
    (tmp_path / name).write_bytes(body)
    found = discover(tmp_path, Settings()).dataset
    assert (name in {i.path for i in found.ignored}) != data
    assert {n.file for n in found.notes} <= ({name} if data else set())


def test_digest_is_what_sha256sum_prints(tmp_path: Path) -> None:
    import hashlib
    import subprocess

    rows = "\n".join(f"text {i} here,{'ab'[i % 2]}" for i in range(40))
    table(tmp_path, f"text,label\n{rows}\n", "train.csv")
    table(tmp_path, f"text,label\n{rows}x\n", "test.csv")
    data = discover(tmp_path, Settings()).dataset
    printed = subprocess.run(["sha256sum", "test.csv", "train.csv"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert data.digest == hashlib.sha256(printed).hexdigest()


def _refusing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Opening that file is refused, as to a user without the right (who runs these tests may have all)."""
    real = Path.open

    def open_(self: Path, *args: object, **options: object) -> object:
        if self.name == name:
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_)


def test_a_file_that_may_not_be_opened_is_said_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "text,label\n" + "".join(f"please send order {i},{'ab'[i % 2]}\n" for i in range(60))
    for name in ("train.csv", "more.csv"):
        (tmp_path / name).write_text(rows)
    _refusing(monkeypatch, "more.csv")
    found = discover(tmp_path, Settings()).dataset
    assert found.rows == 60
    assert [(n.file, n.kind, "Permission denied" in n.message) for n in found.notes] == [("more.csv", "unreadable", True)]
    with pytest.raises(SourceError, match="Permission denied"):
        discover(tmp_path / "more.csv", Settings())


def test_a_folder_that_may_not_be_opened_and_names_that_are_no_text_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "text,label\n" + "".join(f"please send order {i},{'ab'[i % 2]}\n" for i in range(60))
    (tmp_path / "train.csv").write_text(rows)
    try:
        (tmp_path / os.fsdecode(b"bad\xff.csv")).write_text(rows)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(path: object) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "scandir", scandir)
    found = discover(tmp_path, Settings()).dataset
    assert [f.path for f in found.files] == ["train.csv"]
    assert {i.path: i.reason.split("(")[0] for i in found.ignored} == {"bad\ufffd.csv": "its name is not UTF-8; rename it to have it read", "closed/": "the folder cannot be opened "}


@pytest.mark.parametrize(
    ("names", "kept"),
    [(("final (copy).csv", "final.csv"), "final.csv"), (("a.csv", "a_old.csv"), "a.csv"), (("data(1).csv", "data_2024.csv"), "data_2024.csv"), (("test.csv", "train.csv"), "train.csv"), (("copyright.csv", "old rights.csv"), "copyright.csv")],
)
def test_of_equal_files_the_copy_is_to_go(tmp_path: Path, names: tuple[str, ...], kept: str) -> None:
    rows = "\n".join(f"some text number {i},{'ab'[i % 2]}" for i in range(40))
    for name in names:
        table(tmp_path, f"text,label\n{rows}\n", name)
    (found,) = Copies().judge(discover(tmp_path, Settings()).dataset, Facts(), Settings())
    assert found.fix == f"keep {kept} and delete the rest"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "the folder is empty"),
        ({"new.csv": "text,label\n"}, "new.csv: has no row"),
        ({"a.csv": "text,label\n", "b.csv": "text,label\n"}, "none of 2 files has a row"),
        ({"new.csv": ""}, "new.csv: is empty"),
    ],
)
def test_what_is_said_where_there_is_no_row(tmp_path: Path, files: dict[str, str], says: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match=says):
        discover(tmp_path, Settings())


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (DataSettings(holdout="final_exm.csv"), "data.holdout = 'final_exm.csv': no such file; did you mean 'final_exam.csv'?"),
        (DataSettings(production="zzz*.jsonl"), r"data.production = 'zzz\*.jsonl': no such file among the data"),
        (DataSettings(holdout="final_exam.csv"), ""),
        (DataSettings(train="t*.csv", holdout="*exam*"), ""),
    ],
)
def test_a_declared_file_is_there(tmp_path: Path, settings: DataSettings, says: str) -> None:
    """A mistyped hold-out was read as training data."""
    for name in ("train.csv", "final_exam.csv"):
        (tmp_path / name).write_text("text,label\n" + "".join(f"{name} row {i},{'ab'[i % 2]}\n" for i in range(9)))
    if says:
        with pytest.raises(ConfigError, match=says):
            discover(tmp_path, Settings(data=settings))
        assert discover(tmp_path / "train.csv", Settings(data=settings)).dataset.rows == 9  # one file of the folder, by its configuration
    else:
        assert discover(tmp_path, Settings(data=settings)).dataset.splits == ("test", "train")
