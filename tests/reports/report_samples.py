"""Reports built by hand: what an audit may say, without auditing anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auditor.model import (
    Column,
    Dataset,
    Evidence,
    Factor,
    FileInfo,
    Finding,
    Fix,
    Gate,
    Ignored,
    NotChecked,
    PathVerdict,
    Reject,
    Report,
    Role,
    RoleChoice,
    RowRef,
    Rung,
    Score,
    Severity,
    Shape,
    Status,
    Verdict,
)

DIGEST = "9f3c71a04b5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7"

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "a|b`c``d\n- [x] e\r\n# f",
    "\x1b[2J\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "\u202eydaer\u202c",
    "@everyone #1 !2 http://evil.example www.evil.example a@evil.example /close",
    "[bold red]x[/bold red] [link=http://evil.example]y[/link]",
    "{{ 7*7 }}{% for x in y %}",
    "=cmd|' /C calc'!A0",
    "\x00\x9b31m\u2028\u2066\ufeff\U000e0041",
    "z" + "\u0301" * 200,
    "\ud800lone",
    "名" * 300,
    "x" * 100_000,
    "</details></summary><!-- ",
    "&lt;b&gt;&#64;team",
    "```\nfence\n```",
    "]]>",
    " ",
    "",
)
"""Names that try something: markup, escapes, line breaks, directions, mentions, links, templates, length."""


def finding(code: str, status: str, severity: str, message: str, subject: str = "dataset", **more: Any) -> Finding:
    return Finding(code, Status(status), Severity(severity), subject, message, **more)


def not_ready() -> Report:
    """A support-ticket classifier with a leak, missing classes and confused labels."""
    findings = (
        finding("PII001", "pass", "info", "No validated personal identifier in 12,418 rows scanned; names were not checked."),
        finding("SEC001", "pass", "info", "No secret in 12,418 rows scanned."),
        finding("DUP001", "pass", "info", "41 rows are exact copies (0.3 %, limit 5 %).", evidence=Evidence(0.0033, 0.0024, 0.0045, 12418, "rows", "exact hash")),
        finding(
            "LEK001", "fail", "blocker",
            "The hold-out has been seen in training. 154 of 2,487 hold-out rows (6.2 %, limit 1 %) are also in train; accuracy reads 4.1 points too high.",
            "test", fix="Remove the leaked rows from the hold-out.", gain=0.0,
            evidence=Evidence(0.0619, 0.0531, 0.0721, 2487, "hold-out rows", "exact and near-duplicate, Jaccard >= 0.8; Wilson 95 %", (RowRef("test.jsonl", 14), RowRef("test.jsonl", 92))),
        ),
        finding("BAL002", "fail", "blocker", "Two of 22 declared classes have no rows: chargeback, account_closure. The model can never answer them.", "label", fix="Collect at least 40 rows for each.", gain=9.0, evidence=Evidence(2, None, None, 22, "classes", "count")),
        finding("DRF001", "unknown", "blocker", "No production sample. Whether this data still looks like real traffic cannot be said.", fix='Give 200 unlabelled rows: production = "..." in audit.toml.'),
        finding("LBL003", "warn", "major", "Labels disagree with themselves in 3 pairs of classes. 214 candidates; expect 20-60 % of them to be wrong.", "label", fix="Re-label the confused pairs.", gain=5.0, evidence=Evidence(0.0215, 0.0121, 0.0311, 9931, "rows", "cleanlab on out-of-fold probabilities")),
        finding("FIL004", "warn", "minor", "Two files share a stem and overlap by 83 %: final_v2.csv, final_v2_real.csv.", "final_v2_real.csv", fix="Keep one."),
        finding("USE001", "unknown", "blocker", "What an error costs is not declared.", fix="cost_per_error in [use_case]"),
        finding("CMP001", "warn", "minor", "Column product is empty in 4.2 % of rows.", "product", evidence=Evidence(0.042, 0.038, 0.046, 12418, "rows", "Wilson 95 %")),
        finding("LRN003", "not_applicable", "info", "No tolerance is declared."),
        finding("EXP002", "error", "minor", "An expectation could not be evaluated.", "suite classification"),
    )  # fmt: skip
    return Report(
        tool_version="0.1.0",
        dataset=_tickets(),
        verdict=Verdict(
            "not_ready",
            PathVerdict(
                "fine_tune", "retrieve", "not_yet_proven",
                ("46 of 100 tagged failures are stale facts (37-56 %), which weights cannot fix.",),
                (NotChecked("price of an error", "the failure is priced before the build", "cost_per_error in [use_case]"),),
                (
                    Rung("configure", True, "prompt baseline reaches 0.71 (0.66-0.76), target 0.9"),
                    Rung("retrieve", False, "no baseline with retrieval is given"),
                    Rung("fine_tune", False, "not reached"),
                    Rung("custom_train", False, "not reached"),
                ),
            ),
            ("Three fixes lead to ready with conditions.",), 1,
        ),
        gates=(
            Gate("data", False, ("LEK001", "BAL002"), ("DRF001",), ("LBL003",)),
            Gate("fine_tuning", False, ("LEK001", "BAL002"), ("DRF001", "USE001"), ("LBL003",)),
            Gate("custom_training", False, ("LEK001", "BAL002"), ("DRF001", "USE001"), ("LBL003",)),
        ),
        score=Score(
            "readiness/1.0", 61.4, 47.2, 70.3,
            (
                Factor("size", 0.82, 0.79, 0.85, "measured", "9,204 effective rows"),
                Factor("smallest_class", 0.0, 0.0, 0.0, "measured"),
                Factor("label", 0.86, 0.81, 0.9, "estimated", "spot check advised"),
                Factor("representativeness", 0.65, 0.3, 1.0, "unknown"),
            ),
            calibrated=True,
            note="Of the benchmark's data sets that look like this one, 61 % taught a good model.",
        ),
        fixes=(
            Fix("LBL003", "Re-label 3 confused pairs of classes", 214, 5.0, unblocks=False),
            Fix("LEK001", "Remove leaked rows from the hold-out", 154, 0.0, unblocks=True),
            Fix("BAL002", "Collect at least 40 rows for each of 2 classes", 80, 9.0, unblocks=True),
        ),
        findings=findings,
        profile=profile(),
        not_checked=(
            NotChecked("names and places", "no name model is installed", "pip install 'dataset-readiness-auditor[ner]'"),
            NotChecked("tokens", "no tokenizer is installed", "pip install 'dataset-readiness-auditor[tokens]'"),
        ),
        declared={
            "risk_tier": "medium", "change_interval_days": 14.0, "retrain_lead_time_days": 30.0, "cost_per_error": 41.0,
            "worst_error": 250000.0, "maintenance_hours_per_month": 12.0, "owner": "A. N.", "monitoring_owner": "A. N.",
        },
        crosswalk={
            "ISO/IEC 5259-2": {"Com-ML-5 label completeness": {"codes": ["LBL001"], "status": "pass", "gap": ""}},
            "EU AI Act Art. 10": {"(2)(f) bias examination": {"codes": [], "status": "unknown", "gap": "nothing is declared about it"}},
        },
        policy={
            "version": "policy/1", "tier": "medium", "tier_declared": True, "digest": "77ab" * 16, "ignored": {"TXT": "not prose"},
            "thresholds": {"fine_tune": {"score": 0.65}, "custom_train": {"score": 0.7}},
            "waivers": [{"code": "FIL004", "subject": "", "owner": "A. N.", "reason": "archive copy", "expires": "2027-01-31", "problem": ""}],
            "overrides": {"production_sample": {"default": 200, "value": 100}},
        },
        started="2026-11-22T10:00:00Z",
        seconds=12.5,
        timings={"scan": 3.25},
    )  # fmt: skip


def _tickets() -> Dataset:
    return Dataset(
        name="support-tickets",
        root="/home/someone/support-tickets",
        files=(
            FileInfo("train-0.jsonl", 1_204_111, "a" * 64, "jsonl", "train", 5000),
            FileInfo("train-1.jsonl", 1_190_010, "b" * 64, "jsonl", "train", 4931),
            FileInfo("test.jsonl", 600_222, "c" * 64, "jsonl", "test", 2487),
        ),
        ignored=(Ignored("README.md", "documentation"), Ignored("final_v2_real_final.csv", "same stem, 83 % overlap")),
        columns=(
            Column("text", "String"),
            Column("label", "String"),
            Column("product", "String"),
            Column("age", "Float64"),
        ),
        roles=(
            RoleChoice(Role.TEXT, ("text",), "longest text column"),
            RoleChoice(Role.LABEL, ("label",), "name, 20 values", declared=True),
        ),
        shape=Shape.CLASSIFICATION,
        shape_reason="a text column and a label column",
        rejects=(
            Reject("train-0.jsonl", 17, "not JSON: a comma is missing", 4711),
            Reject("test.jsonl", None, "cut off"),
        ),
        rejected_rows=2,
        classes=("refund", "chargeback"),
        digest=DIGEST,
    )


def profile(columns: int = 0) -> dict[str, object]:
    """Profile of the columns of `_tickets`, or of `columns` numeric ones."""
    bell = [1, 2, 5, 9, 16, 30, 55, 90, 140, 200, 260, 300, 310, 280, 230, 170, 120, 80, 50, 28, 14, 7, 3, 1]
    number: dict[str, object] = {
        "dtype": "Float64",
        "role": "feature",
        "rows": 12418,
        "nulls": 100,
        "distinct": 77,
        "distinct_exact": False,
        "constant": False,
        "id_like": False,
        "top": [],
        "nan": 3,
        "infinite": 0,
        "zeros": 2,
        "mean": 41.23456789,
        "std": 12.5,
        "min": 18.0,
        "max": 93.0,
        "quantiles": {"0.05": 20.0, "0.5": 40.0, "0.95": 70.0},
        "histogram": {"edges": [18 + 3.125 * i for i in range(25)], "counts": bell},
    }
    if columns:
        return {"columns": [{**number, "name": f"column_{i}"} for i in range(columns)], "classes": []}
    text = {
        "dtype": "String",
        "rows": 12418,
        "nulls": 12,
        "distinct": 12011,
        "distinct_exact": True,
        "constant": False,
        "id_like": False,
        "blank": 4,
        "padded": 31,
        "length": {"min": 3, "max": 2210, "mean": 133.3},
        "length_quantiles": {"0.5": 96.0},
        "histogram": {"edges": [3 + 92 * i for i in range(25)], "counts": sorted(bell, reverse=True)},
        "patterns": {"url": 0.021},
    }
    few = {
        **text,
        "distinct": 3,
        "patterns": {},
        "top": [{"value": "card", "count": 9000, "share": 0.725}, {"value": "(masked)", "count": 3000, "share": 0.24}],
    }
    classes = [
        {"name": f"class_{i}", "rows": 900 - 40 * i, "share": (900 - 40 * i) / 9000, "declared": i != 3}
        for i in range(20)
    ]
    return {
        "columns": [{**text, "name": "text", "role": "text"}, {**few, "name": "label", "role": "label"}, {**few, "name": "product", "role": None}, {**number, "name": "age"}],
        "classes": [*classes, {"name": "chargeback", "rows": 0, "share": 0.0, "declared": True}],
    }  # fmt: skip


def ready() -> Report:
    """Everything in order, nothing left to do."""
    bad = not_ready()
    passes = tuple(
        replace(f, status=Status.PASS, severity=Severity.INFO, fix="", gain=None)
        for f in bad.findings
        if f.code != "USE001"
    )
    return replace(
        bad,
        verdict=Verdict("ready", PathVerdict("fine_tune", "fine_tune", "justified", ("Every lighter path was tried and missed the target.",), ()), (), 0),
        gates=(Gate("data", True, (), (), ()), Gate("fine_tuning", True, (), (), ()), Gate("custom_training", False, ("USE009",), (), ())),
        score=replace(bad.score, value=93.0, low=88.0, high=96.0),
        fixes=(),
        findings=passes,
        not_checked=(),
        policy={},
        declared={**bad.declared, "change_interval_days": 365.0},
        dataset=replace(bad.dataset, ignored=(), rejects=(), rejected_rows=0),
    )  # fmt: skip


def empty() -> Report:
    """The least that an audit can say: no file, no column, no finding."""
    return Report(
        tool_version="0.1.0",
        dataset=Dataset("void", ".", (), (), (), (), Shape.TABLE, "", (), 0),
        verdict=Verdict(
            "insufficient_evidence", PathVerdict("fine_tune", "configure", "not_yet_proven", (), ()), (), 3
        ),
        gates=(),
        score=Score("readiness/1.0", 0.0, 0.0, 100.0, (), calibrated=False),
        fixes=(),
        findings=(),
        profile={},
        not_checked=(),
        declared={},
        policy={},
    )


def no_label() -> Report:
    """A table whose label was not found."""
    bad = not_ready()
    return replace(
        bad,
        verdict=replace(bad.verdict, data="insufficient_evidence", reasons=("No label column was found.",), exit_code=3),
        gates=(Gate("data", False, (), ("LBL001",), ()),),
        findings=(finding("LBL001", "unknown", "blocker", "No label column was found. Columns are text, product, age.", fix='[data] label = "..." in audit.toml'),),
        score=replace(bad.score, model="readiness/1.0", value=50.0, low=0.0, high=100.0, calibrated=False, note=""),
        fixes=(),
        declared={},
        policy={},
    )  # fmt: skip


def crowded(columns: int = 200, findings: int = 500) -> Report:
    """Far too much of everything, to see that size stays bounded."""
    bad = not_ready()
    many = tuple(
        finding(
            f"CMP{i % 9:03d}", ("warn", "fail", "unknown", "pass")[i % 4], ("major", "minor", "blocker", "info")[i % 4],
            f"Column c{i} is empty in {i / 10} % of rows. " + "It was looked at and found wanting. " * 8, f"c{i}",
            evidence=Evidence(i / 1000, i / 1100, i / 900, 100_000, "rows", "Wilson 95 %", tuple(RowRef(f"f{i}.csv", r) for r in range(20))), fix="Fill it or drop it. " * 6,
        )
        for i in range(findings)
    )  # fmt: skip
    names = [f"column_{i}" for i in range(columns)]
    return replace(
        bad,
        findings=many,
        dataset=replace(
            bad.dataset,
            files=tuple(FileInfo(f"data/train-{i:05d}-of-03000.parquet", 10**6 + i, f"{i:064x}", "parquet", "train", 1000) for i in range(3000)),
            ignored=tuple(Ignored(f"x{i}.md", "documentation") for i in range(1000)),
            rejects=tuple(Reject(f"f{i}.csv", i + 1, "ragged row") for i in range(1000)),
            rejected_rows=123_456,
            columns=tuple(Column(n, "Float64") for n in names),
        ),
        profile=profile(columns),
    )  # fmt: skip


def hostile() -> Report:
    """Every name and sentence tries something."""
    bad = not_ready()
    h = HOSTILE
    return replace(
        bad,
        dataset=replace(
            bad.dataset,
            name=h[0],
            files=tuple(FileInfo(n, 1, "a" * 64, n, n, 1) for n in h),
            ignored=tuple(Ignored(n, n) for n in h),
            columns=tuple(Column(n, n) for n in h),
            roles=tuple(RoleChoice(r, (n,), n) for r, n in zip(Role, h, strict=False)),
            shape_reason=h[1],
            rejects=tuple(Reject(n, 1, n) for n in h),
            classes=h,
            digest=h[0],
        ),
        verdict=Verdict(h[0], PathVerdict(h[1], h[2], h[3], h, tuple(NotChecked(n, n, n) for n in h), tuple(Rung(n, True, n) for n in h)), h, 1),
        gates=tuple(Gate(n, False, h, h, h) for n in h),
        findings=tuple(
            finding(n, status, "blocker", f"{n}. {n}", n, fix=n, evidence=Evidence(0.5, 0.1, 0.9, 7, n, n, (RowRef(n, 1),)))
            for n in h for status in ("fail", "warn", "unknown", "pass")
        ),
        fixes=tuple(Fix(n, n, 1, 1.0, unblocks=True) for n in h),
        score=replace(bad.score, model=h[0], note=h[5], factors=tuple(Factor(n, 0.5, 0.1, 0.9, n, n) for n in h)),
        not_checked=tuple(NotChecked(n, n, n) for n in h),
        declared={n: n for n in h} | {"owner": h[0], "risk_tier": h[4], "monitoring_owner": h[3]},
        policy={n: n for n in h} | {"overrides": {n: n for n in h}, "ignored": {n: n for n in h}, "waivers": [{"code": n, "subject": n, "owner": n, "reason": n, "expires": n, "problem": n} for n in h]},
        profile={
            "columns": [{"name": n, "dtype": n, "patterns": {n: 0.5}, "top": [{"value": n, "share": 0.5}], "histogram": {"edges": [n], "counts": [n, 1]}} for n in h],
            "classes": [{"name": n, "rows": 1, "share": n} for n in h],
        },
        crosswalk={n: {m: {"codes": [n], "status": n, "gap": n} for m in h} for n in h},
        tool_version=h[1],
        started=h[2],
        timings=dict.fromkeys(h, 1.0),
    )  # fmt: skip


ALL = {
    "not_ready": not_ready,
    "ready": ready,
    "empty": empty,
    "no_label": no_label,
    "crowded": crowded,
    "hostile": hostile,
}
"""Every kind of report by name."""
