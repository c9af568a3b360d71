"""Blocks read by Arrow give the rows, types and faults that our own reading gives. Skips without pyarrow (`.[arrow]`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.sources import json_arrow
from auditor.sources.json_format import read
from auditor.sources.types import Candidate

pytest.importorskip("pyarrow")

GOOD = {"id": 1, "text": "a", "score": 0.5, "ok": True, "messages": [{"role": "user", "content": "hi"}], "meta": {"n": 1}}
ODD_LINES = [
    b'{"text": "\xff"}', b'{"text": "\\udc00"}', b'{"text": "a", "text": "b"}', b'{"id": 1.5}', b'{"id": 9223372036854775808}', b'{"score": NaN}', b'{"score": 1e999}',
    b'{"score": 18446744073709551615}', b'{"score": 9223372036854775808}', b'{"other": NaN}', b'{"other": 1}', b'{"text": 1}', b'{"text": null}', b"{}", b"null", b"[1]", b"", b"  ",
    b'{"text": "a"} junk', b'{"text": "a"}{"text": "b"}', b'{"text":', b'"x"}', b' {"text": "a"}', b'{"text": "a"} ', b'{"messages": []}', b'{"messages": null}', b'{"messages": [null]}',
    b'{"messages": [{"role": "x"}]}', b'{"meta": null}', b'{"meta": {}}', b'{"meta": {"n": 2, "m": 3}}', b'{"ok": 1}', b'{"text": "\\u0000"}', b'{"other": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    b'{"score": -0.0}', b'{"score": 3}', b'{"text": "2024-01-02T03:04:05"}', '{"text": "ünï \\ud83d\\ude00"}'.encode(),
]  # fmt: skip


def both(path: Path, monkeypatch: pytest.MonkeyPatch, *, hold: bool) -> tuple[object, object]:
    """What the fast and the slow way make of a file, and how often the fast one was taken."""
    out = []
    for worth in (0, 1 << 60):
        monkeypatch.setattr(json_arrow, "WORTH_BYTES", worth)
        monkeypatch.setattr(json_arrow, "BLOCK", 200)
        monkeypatch.setattr(json_arrow, "SMALL_BLOCK", 200)
        found = read(Candidate(path, path.name, path.stat().st_size), "text", hold=hold)
        table = found.tables[0] if found.tables else None
        frames = None
        if table is not None:
            whole = table.frame.collect()
            frames = (whole.schema, whole.to_dicts(), table.frame.select(whole.columns[-1:]).collect().to_dicts(), table.rows)
        out.append((repr(frames), found.rejects, found.notes))
    return out[0], out[1]


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("line", ODD_LINES, ids=lambda b: b[:40].decode(errors="replace"))
def test_a_line_that_does_not_fit(line: bytes, hold: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = json.dumps(GOOD).encode()
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join([good] * 7 + [line] + [good] * 7))
    fast, slow = both(path, monkeypatch, hold=hold)
    assert fast == slow


LEAVES = st.one_of(st.none(), st.text(max_size=4), st.integers(-(2**64), 2**64), st.floats(), st.booleans())
RECORDS = st.dictionaries(st.sampled_from("abcd"), st.one_of(LEAVES, st.lists(LEAVES, max_size=3), st.dictionaries(st.sampled_from("xy"), LEAVES, max_size=2)), max_size=4)


@given(pool=st.lists(RECORDS, min_size=1, max_size=3), order=st.lists(st.integers(0, 2), min_size=1, max_size=60), ends=st.sampled_from(["\n", "\r\n"]), ascii_only=st.booleans())
@settings(max_examples=60)
def test_any_lines(tmp_path_factory: pytest.TempPathFactory, pool: list[dict[str, object]], order: list[int], ends: str, ascii_only: bool) -> None:
    path = tmp_path_factory.mktemp("arrow") / "a.jsonl"
    path.write_bytes(ends.join(json.dumps(pool[i % len(pool)], ensure_ascii=ascii_only) for i in order).encode(errors="surrogatepass"))
    with pytest.MonkeyPatch.context() as patch:
        fast, slow = both(path, patch, hold=False)
    assert fast == slow


def test_it_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_arrow, "WORTH_BYTES", 0)
    monkeypatch.setattr(json_arrow, "BLOCK", 300)
    taken = []
    monkeypatch.setattr(json_arrow._Plan, "read", lambda self, *a, _read=json_arrow._Plan.read, **k: taken.append(_read(self, *a, **k)) or taken[-1])
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([json.dumps(GOOD)] * 40))
    read(Candidate(path, path.name, path.stat().st_size), "text", hold=True)
    assert len(taken) >= 5
    assert all(t is not None for t in taken)
