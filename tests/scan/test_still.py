"""Files that change while they are audited."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.audit import run
from auditor.errors import SourceError
from auditor.settings import Settings


def write(folder: Path) -> None:
    rows = (json.dumps({"text": f"words of row {i} and more", "label": f"c{i % 3}"}) + "\n" for i in range(300))
    (folder / "train.jsonl").write_text("".join(rows))
    (folder / "README.md").write_text("What this is.\n")


def audited(folder: Path, change: Callable[[], object]) -> None:
    """An audit in which `change` happens once, after the files were found."""
    done = []

    def told(stage: str, share: float) -> None:
        del share
        if not stage.startswith("reading") and not done:
            done.append(stage)
            change()

    run(folder, Settings(select=("FIL", "SCH", "DUP"), cache_dir="none"), told)
    assert done


@pytest.mark.parametrize("how", ["grows", "shrinks", "rewritten", "removed"])
def test_a_file_that_changes_while_it_is_audited_ends_the_audit(how: str, tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "train.jsonl"
    changes = {
        "grows": lambda: path.write_text(path.read_text() * 3),
        "shrinks": lambda: path.write_text(path.read_text()[:5000]),
        "rewritten": lambda: path.write_text(path.read_text().replace("words", "terms")),
        "removed": path.unlink,
    }
    with pytest.raises(SourceError, match=r"train.jsonl .* while it was audited"):
        audited(tmp_path, changes[how])


def test_a_file_that_is_no_data_may_change(tmp_path: Path) -> None:
    write(tmp_path)
    audited(tmp_path, lambda: (tmp_path / "README.md").write_text("Another text.\n"))
    audited(tmp_path, lambda: (tmp_path / "notes.txt~").write_text("New.\n"))
