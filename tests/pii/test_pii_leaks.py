"""200 kinds of values are planted; no output, log, error or temporary file holds one, whole or in base64, crash or no crash."""

from __future__ import annotations

import base64
import logging
import random
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pii_secret_cases import HITS

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import pii_corpus as corpus

R = random.Random(77)
FORMATS = ("json", "html", "markdown", "sarif", "junit")


def planted() -> list[str]:
    """Distinct values: every kind of personal data in its written forms, names, and every kind of secret."""
    values = [v for _, v in HITS]
    makers = [corpus.card, corpus.iban, corpus.phone, corpus.ssn, corpus.email, corpus.ip, corpus.mac, corpus.nino, corpus.nhs, corpus.passport, corpus.licence]
    while len(dict.fromkeys(values)) < 220:
        values += [m(R) for m in makers]
        values.append(f"Zebulon Quartermaine{len(values)}")
    return list(dict.fromkeys(values))


VALUES = planted()


def data_set(folder: Path) -> Path:
    import json

    folder.mkdir()
    frames = ("my passport, driver license, ssn, nhs number, phone and national insurance is {}", "{}", "please keep {} safe", 'password = "{}"')
    rows = [{"body": frames[i % 4].format(v), "who": v[:40], "messages": [{"role": "user", "content": v}], "label": "ab"[i % 2]} for i, v in enumerate(VALUES)]
    (folder / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return folder


def needles() -> list[str]:
    """What must not be seen: the value, and the longest run of each that says something on its own."""
    out = []
    for v in VALUES:
        out.append(v)
        line = max(v.replace("\\n", "\n").split("\n"), key=len)
        out += [line[8:40]] if len(line) > 60 else [line]
    return [n for n in dict.fromkeys(out) if len(n) >= 8]


NEEDLES = needles()


def leaks(text: str) -> list[str]:
    seen = [text, re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)]
    for chunk in re.findall(r"[A-Za-z0-9+/=_-]{16,}", text):
        for decode in (base64.b64decode, base64.urlsafe_b64decode):
            try:
                seen.append(decode(chunk + "=" * (-len(chunk) % 4)).decode("utf-8", "replace"))
            except ValueError:
                continue
    whole = "\n".join(seen)
    return [f"needle {i}" for i, n in enumerate(NEEDLES) if n in whole]


def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, formats: tuple[str, ...]) -> str:
    """All that a run says anywhere, whatever it ends with."""
    from auditor.cli import main

    scratch, out = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    out.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("HOME", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    caplog.set_level(logging.DEBUG)
    words = [str(data_set(tmp_path / "data")), "-vv", "--select", "PII,SEC", "--rows", str(out / "rows.jsonl"), "-f", "terminal"]
    for name in formats:
        words += ["-f", name, "-o", str(out / f"report.{name}")]
    with pytest.raises(SystemExit):
        main(words)
    said = capfd.readouterr()
    files = [p for d in (scratch, out) for p in d.rglob("*") if p.is_file()]
    return "\n".join([said.out, said.err, caplog.text, *(p.read_text("utf-8", "replace") for p in files)])


def test_there_are_two_hundred_kinds() -> None:
    assert len(VALUES) >= 200
    assert leaks(f"x {VALUES[3]} y")
    assert leaks(base64.b64encode(VALUES[150].encode()).decode())


def test_no_value_in_any_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    text = outputs(tmp_path, monkeypatch, capfd, caplog, FORMATS)
    assert "PII001" in text
    assert "SEC001" in text
    assert leaks(text) == []


STAGES = (
    "auditor.detectors.pii_detect.candidates",
    "auditor.detectors.pii_presidio._spans",
    "auditor.detectors.pii_detect.settle",
    "auditor.detectors.pii.is_placeholder",
    "auditor.detectors.pii.pack",
    "auditor.detectors.pii.forms_of",
    "auditor.detectors.pii_leaves._walk",
    "auditor.detectors.pii_names._clean",
    "auditor.detectors.pii_state.PiiState.merge",
    "auditor.detectors.pii_judge.flags",
)


def crash(*args: object, **_: object) -> None:
    """Raises with all that it was given in its message, as Presidio does."""
    raise ValueError(f"planned crash on {args!r} among {VALUES!r}")


@pytest.mark.parametrize("stage", STAGES)
def test_no_value_in_a_crash(stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(stage, crash)
    text = outputs(tmp_path, monkeypatch, capfd, caplog, ("json",))
    assert leaks(text) == []


@pytest.mark.parametrize("error", [ValueError, RuntimeError, KeyError, TypeError, RecursionError, UnicodeError])
def test_the_scan_says_only_what_kind_of_error(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    import traceback

    import polars as pl

    from auditor.detectors.pii import DetectorError, PiiScan

    def fail(*_: object) -> None:
        raise error(VALUES[0])

    monkeypatch.setattr("auditor.detectors.pii_presidio._spans", fail)
    batch = pl.DataFrame({"t": ["write to anna.k@gmx.de"], "__file": [0], "__row": [0], "__split": ["train"]})
    with pytest.raises(DetectorError) as caught:
        PiiScan(("t",)).of(batch, None)  # type: ignore[arg-type]
    assert VALUES[0] not in "".join(traceback.format_exception(caught.value))


def test_presidio_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    import polars as pl

    from auditor.detectors.pii_detect import detect
    from auditor.detectors.pii_policy import Policy

    caplog.set_level(logging.DEBUG)
    log: Callable[..., None] = logging.getLogger("presidio-analyzer").error
    list(detect(pl.Series([f"iban {v}" for v in VALUES]), Policy()))
    log("value %s", VALUES[0])
    assert caplog.text == ""
