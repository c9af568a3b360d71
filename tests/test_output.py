"""Where results go: files whole or not at all, and what is no file is written to and left what it is."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from auditor.output import atomic, write_lines, write_text


def test_a_named_pipe_is_given_the_whole_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_text(pipe, "a report\n")
    reader.join(10)
    assert got == [b"a report\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [p.name for p in tmp_path.iterdir()] == ["pipe"]


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert write_lines(path, [b"1", b"2"]) == 2
    with pytest.raises(KeyboardInterrupt), atomic(path) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"1\n2\n"
    assert [p.name for p in tmp_path.iterdir()] == ["rows.jsonl"]
