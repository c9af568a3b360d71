"""The hook as pre-commit itself runs it, in a scratch repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
GIT = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env={**os.environ, **GIT}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(("sample", "passes"), [("ready-tickets", True), ("leaking-split", False)])
def test_hook(tmp_path: Path, sample: str, passes: bool) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(REPO / ".pre-commit-hooks.yaml", hooks)
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "hooks")):
        git(hooks, *words)
    work = tmp_path / "work"
    shutil.copytree(REPO / "samples" / sample, work)
    # `language: system` takes the auditor of this environment instead of installing it again; the hook's own entry and arguments stay.
    (work / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {git(hooks, 'rev-parse', 'HEAD')}\n  hooks:\n  - id: audit\n    language: system\n"
    )
    git(work, "init", "-q", "-b", "main")
    git(work, "add", "-A")
    shim = tmp_path / "bin"
    shim.mkdir()
    (shim / "audit").write_text(f'#!/bin/sh\nPYTHONPATH="{REPO}" exec "{sys.executable}" -m auditor "$@"\n')
    (shim / "audit").chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files"],
        cwd=work,
        env={**os.environ, **GIT, "PATH": f"{shim}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is passes, done.stdout + done.stderr
    if not passes:
        assert "LEK001" in done.stdout
