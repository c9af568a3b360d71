"""A full disk: one clear line, the documented exit code, and nothing half-written; what does not need the disk still works."""

from __future__ import annotations

import http.server
import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
CODE = "import sys; from auditor.cli import main; main(sys.argv[1:])"
FREE = 4096
"""Bytes left on the disk; reports and cache entries of the data below are larger."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    texts = [f"how do I change order {i * 7919} " + "to another address " * 10 + (f" mail user{i}@example.org" if i % 3 == 0 else "") for i in range(60)]
    pl.DataFrame({"text": texts, "label": [("card", "order", "address")[i % 3] for i in range(60)]}).write_csv(folder / "train.csv")
    return folder


def limit() -> None:
    """No file of this process gets larger than `FREE`."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (FREE, FREE))


Disk = tuple[Path, Callable[[], None] | None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A folder where next to nothing can be written, and what to call in the child: a real small disk, else a limit on the size of files."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False).returncode:
        yield folder, limit  # nobody but root may mount
        return
    try:
        free = os.statvfs(folder)
        (folder / "others").write_bytes(bytes(free.f_bavail * free.f_frsize - FREE))
        yield folder, None
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def audit(words: list[str], before: Callable[[], None] | None, **env: str) -> subprocess.CompletedProcess[str]:
    said = {**os.environ, "AUDIT_CACHE_DIR": "none", "PYTHONDONTWRITEBYTECODE": "1", **env}
    return subprocess.run([sys.executable, "-c", CODE, *words], capture_output=True, text=True, cwd=ROOT, env=said, preexec_fn=before, check=False)


def left(folder: Path) -> set[str]:
    return {p.name for p in folder.rglob("*")} - {"others"}


FEW = ["--select", "FIL,SCH"]


def test_a_report_is_written_whole_or_not_at_all(data: Path, disk: Disk) -> None:
    folder, before = disk
    out = folder / "report.html"
    done = audit([str(data), *FEW, "-o", str(out)], before)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"audit: {out}: cannot be written (")
    assert left(folder) == set()


def test_a_cache_that_finds_no_room_costs_nothing_but_the_cache(data: Path, disk: Disk, tmp_path: Path) -> None:
    folder, before = disk
    done = audit([str(data), *FEW, "-f", "markdown"], before, AUDIT_CACHE_DIR=str(folder / "cache"))
    assert done.returncode in (0, 1, 3), done.stderr
    assert "Error" not in done.stderr
    assert "exit code" in done.stdout
    assert all(p.endswith(".state") for p in left(folder / "cache"))


def test_a_remote_copy_leaves_nothing(data: Path, tmp_path: Path) -> None:

    class Sizeless(http.server.SimpleHTTPRequestHandler):
        """Does not say how long a file is, so that the room cannot be judged beforehand."""

        def send_header(self, keyword: str, value: str) -> None:
            if keyword.lower() != "content-length":
                super().send_header(keyword, value)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Sizeless, directory=str(data)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        done = audit([f"http://127.0.0.1:{server.server_port}/train.csv", *FEW], limit, TMPDIR=str(tmp_path))
    finally:
        server.shutdown()
    assert done.returncode == 4, done.stdout + done.stderr
    assert "set TMPDIR to a disk with room" in done.stderr
    assert left(tmp_path) == set()


def test_a_redacted_copy_leaves_nothing(data: Path, disk: Disk) -> None:
    folder, before = disk
    done = audit(["redact", str(data), "-o", str(folder / "clean")], before)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"audit: {folder / 'clean'}: cannot be written (")
    assert left(folder) == set()
