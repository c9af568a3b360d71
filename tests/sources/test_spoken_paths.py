"""E-mail addresses in names of files and folders: in no output, and everything that needs the files still finds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import cli
from auditor.sources.names import spoken_path
from auditor.sources.walk import located


@pytest.mark.parametrize(
    ("path", "begin", "end"),
    [
        ("jane.doe@corp-mail.com.jsonl", "masked-", ".jsonl"),
        ("export of jane@corp.com/2024.csv", "export of masked-", "/2024.csv"),
        ("by/jane@corp.com/a.txt", "by/masked-", "/a.txt"),
        ("test_jane@corp.com.csv", "test-masked-", ".csv"),
        ("jane_doe@corp.com", "masked-", ""),
    ],
)
def test_addresses_are_masked(path: str, begin: str, end: str) -> None:
    told = spoken_path(path)
    assert "jane" not in told
    assert told.startswith(begin)
    assert told.endswith(end)
    assert told == spoken_path(path) != spoken_path(path.replace("jane", "john"))


@pytest.mark.parametrize("path", ["train.csv", "data@v2.csv", "a/b@2x.png", "name@host/x.csv", "@.csv", "part-00000-1701234567890.csv", "user@"])
def test_other_names_stay(path: str) -> None:
    assert spoken_path(path) == path


ADDRESS = "jane.doe@corp-mail.com"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    for name, n in ((f"train_{ADDRESS}.jsonl", 60), (f"by {ADDRESS}/test.jsonl", 20)):
        (data / name).parent.mkdir(exist_ok=True, parents=True)
        rows = [{"text": f"words of kind {'xy'[i % 2]} and number {i} of {n}", "label": "ab"[i % 2]} for i in range(n)]
        (data / name).write_text("".join(json.dumps(r) + "\n" for r in rows))
    (data / f"{ADDRESS}.md").write_text("notes")
    (data / f"empty {ADDRESS}.csv").write_text("")
    return data


def _run(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(w) for w in words])
    return done.exit_code, done.output


def test_no_address_of_a_path_is_in_any_output(folder: Path, tmp_path: Path) -> None:
    outputs = []
    for form in ("json", "html", "markdown", "sarif", "junit"):
        code, said = _run("run", folder, "-f", form, "-o", tmp_path / f"out.{form}", "--rows", tmp_path / "rows.jsonl", "--label-scores", tmp_path / "scores.csv")
        assert code in {0, 1, 3}, said
        report = (tmp_path / f"out.{form}").read_text()
        assert "masked-" in report
        outputs += [said, report]
    outputs += [path.read_text() for path in (tmp_path / "rows.jsonl", tmp_path / "scores.csv") if path.exists()]
    code, said = _run("verify", tmp_path / "out.json", folder)
    assert code == 0, said
    outputs.append(said)
    assert _run("attest", tmp_path / "out.json", "-o", tmp_path / "attested.jsonl")[0] == 0
    outputs.append((tmp_path / "attested.jsonl").read_text())
    (folder / f"train_{ADDRESS}.jsonl").write_text('{"text": "changed", "label": "a"}\n')
    code, said = _run("verify", tmp_path / "out.json", folder)
    assert code == 1
    outputs.append(said)
    assert not [said for said in outputs if "jane" in said]


def test_splits_targets_and_redaction_find_the_files(folder: Path, tmp_path: Path) -> None:
    _run("run", folder, "-f", "json", "-o", tmp_path / "r.json", "--target", "trl-sft")
    body = json.loads((tmp_path / "r.json").read_text())
    assert sorted((f["rows"], f["split"]) for f in body["dataset"]["files"] if f["rows"]) == [(20, "test"), (60, "train")]
    assert _run("redact", folder, "-o", tmp_path / "clean")[0] == 0
    assert not [p for p in (tmp_path / "clean").rglob("*") if "jane" in str(p.relative_to(tmp_path))]
    assert all(path.is_file() for path in located(folder, (f["path"] for f in body["dataset"]["files"])).values())


def test_nothing_audited_is_written_over(folder: Path) -> None:
    target = folder / f"train_{ADDRESS}.jsonl"
    before = target.read_text()
    assert _run("run", folder, "-f", "json", "-o", target)[0] != 0
    assert target.read_text() == before
