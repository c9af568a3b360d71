"""What this tool wrote itself: a report kept beside the data is no data, or every audit would find another data set than the last.

Told by its first bytes and not by its name, which is the user's choice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_HEAD: Final = 256
_TAIL: Final = 1 << 16
"""Bytes at the end of a report in which its schema stands: keys are sorted, and what follows `schema` is short."""
_BEGINS: Final = (
    (re.compile(rb'\{"code": "[A-Z]{3}\d{3}", "file": '), "flagged rows of an audit (--rows)"),
    (re.compile(rb"file,row,label,suggested,quality\r?\n"), "label scores of an audit (--label-scores)"),
    (re.compile(rb"sheet,id,file,row,label,content,verdict,correct_label\r?\n"), "a sheet of `audit spotcheck`"),
    (re.compile(rb'\{"_type":"https://in-toto\.io/Statement/v1"'), "an attestation of an audit"),
    (re.compile(rb'\{\s+"name": "[^"\n]*_proposed",\s+"expectations": \['), "a proposed suite"),
    (re.compile(rb'\{\s+"\$schema": "[^"\n]*sarif'), "findings of an audit (SARIF)"),
)
_SCHEMA: Final = re.compile(rb'\n +"schema": "(audit-report|drift-look|triage)/\d+"')
_SAID: Final = {b"audit-report": "a report of an earlier audit", b"drift-look": "a look of `audit drift`", b"triage": "counts of `audit triage`"}


def written_here(path: Path) -> str:
    """What this tool wrote at `path`; empty where it is none of its files, or cannot be read."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            found = next((said for begin, said in _BEGINS if begin.match(head)), "")
            if found or not re.match(rb"\{\n +\"", head):  # rows of JSON lines don't break after their brace
                return found
            stream.seek(max(0, path.stat().st_size - _TAIL))
            schema = _SCHEMA.search(stream.read(_TAIL))
    except OSError:
        return ""
    return _SAID[schema[1]] if schema else ""
