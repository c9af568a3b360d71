"""Lines and columns in every layout of a file: arrays, compression, blank lines, CR LF, byte-order marks, odd line breaks in a text."""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from customer_cases import bot, said, user

from auditor.targets.study import compatibility

BOM = b"\xef\xbb\xbf"
ROBOT = {"role": "robot", "content": "x"}
ROWS = [said(user(f"Question {i}?"), ROBOT if i in {2, 4} else bot()) for i in range(7)]
LINES = [json.dumps(row) for row in ROWS]
ODD = [json.dumps(said(user("one\u2028two\u0085three\x0cfour\rfive\r\nsix"), bot()), ensure_ascii=False), *LINES[1:]]
PRETTY = json.dumps(ROWS, indent=2)


def plain(lines: list[str], end: str = "\n") -> bytes:
    return (end.join(lines) + end).encode()


LAYOUTS: list[tuple[str, str, bytes]] = [
    ("lines", "a.jsonl", plain(LINES)),
    ("no end of line at the end", "a.jsonl", "\n".join(LINES).encode()),
    ("blank lines", "a.jsonl", plain(["", *LINES[:1], "", "", *LINES[1:3], " ", *LINES[3:]])),
    ("CR LF", "a.jsonl", plain(LINES, "\r\n")),
    ("CR LF and blank lines", "a.jsonl", plain(["", *LINES[:1], "", *LINES[1:]], "\r\n")),
    ("a mark", "a.jsonl", BOM + plain(LINES)),
    ("a mark, CR LF, blank lines", "a.jsonl", BOM + plain(["", *LINES[:3], "", *LINES[3:]], "\r\n")),
    ("UTF-16", "a.jsonl", plain(LINES).decode().encode("utf-16")),
    ("line breaks of other kinds in a text", "a.jsonl", plain(ODD)),
    ("a broken row before", "a.jsonl", plain(["{oops", *LINES])),
    ("an array of lines", "a.json", b"[\n" + ",\n".join(LINES).encode() + b"\n]\n"),
    ("an array of lines, a mark, CR LF", "a.json", BOM + b"[\r\n\r\n" + ",\r\n".join(LINES).encode() + b"\r\n]"),
    ("commas at the beginning", "a.json", b"[\n" + "\n,".join(LINES).encode() + b"]"),
    ("a pretty array", "a.json", PRETTY.encode()),
    ("a pretty array with a mark and CR LF", "a.json", BOM + PRETTY.replace("\n", "\r\n").encode()),
    ("an array on one line", "a.json", json.dumps(ROWS).encode()),
    ("an array on one line, other letters", "a.json", json.dumps([{"größe": "ä€😀"}, *ROWS[1:]], ensure_ascii=False).encode()),
    ("pretty objects", "a.json", "\n".join(json.dumps(row, indent=1) for row in ROWS).encode()),
]
PACKED: list[tuple[str, Callable[[bytes], bytes]]] = [("", lambda b: b), (".gz", gzip.compress), (".bz2", bz2.compress)]


def expected(data: bytes) -> list[int]:
    text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8")
    return sorted(n for n, line in enumerate(text.split("\n"), 1) for _ in range(line.count('"robot"')))


@pytest.mark.parametrize(("name", "file", "data"), LAYOUTS, ids=[x[0] for x in LAYOUTS])
@pytest.mark.parametrize(("suffix", "pack"), PACKED, ids=["plain", "gz", "bz2"])
def test_lines_of_wrong_rows(name: str, file: str, data: bytes, suffix: str, pack: Any, tmp_path: Path) -> None:  # noqa: PLR0917
    path = tmp_path / (file + suffix)
    path.write_bytes(pack(data))
    outcome = compatibility([path], ["trl-sft"]).outcome("trl-sft")
    assert outcome is not None
    issue = next(i for i in outcome.issues if i.rule == "TRL-ROLE")
    assert [p.line for p in issue.places] == expected(data)
    first = 1 if "{oops" in data.decode(errors="replace") else 0
    assert [(r.row, p.row) for r, p in zip(issue.refs, issue.places, strict=True)] == [(first + 2, first + 2), (first + 4, first + 4)]
    assert {p.path for p in issue.places} == {"$.messages[1].role"}
    if not suffix and "UTF-16" not in name:
        text = data.decode("utf-8-sig").split("\n")
        for place in issue.places:
            line = text[(place.line or 0) - 1]
            assert line[(place.column or 0) - 1 :].startswith('"robot"')
