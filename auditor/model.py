"""The nouns of the audit: frozen values, no behaviour beyond identity, nothing heavy imported.

No raw value of the audited data may enter any of them. Row numbers are 0-based data rows of one file; `line` is the
1-based physical line. Shares and rates are 0 to 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """What one row is for."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    TOKEN_LABELS = "token_labels"  # noqa: S105 - a shape
    CHAT = "chat"
    PREFERENCE = "preference"
    PROMPT_COMPLETION = "prompt_completion"
    PLAIN_TEXT = "plain_text"
    TABLE = "table"


class Role(StrEnum):
    """What a column is for."""

    TEXT = "text"
    LABEL = "label"
    PROMPT = "prompt"
    RESPONSE = "response"
    MESSAGES = "messages"
    CHOSEN = "chosen"
    REJECTED = "rejected"
    SYSTEM = "system"
    TOOLS = "tools"
    TOKENS = "tokens"
    ID = "id"
    GROUP = "group"
    TIME = "time"
    ANNOTATOR = "annotator"
    FEATURE = "feature"
    SCORE = "score"
    """Whether a response is a wanted one."""
    SPLIT = "split"
    """Which split a row belongs to."""
    MEDIA = "media"
    """Images, sound and other files, as their bytes or their names: never read, but what tells two rows apart."""


class Split(StrEnum):
    """What a part of the data is for. `HOLDOUT` is what the final figure is measured on, `PRODUCTION` is unlabelled traffic."""

    TRAIN = "train"
    VALIDATION = "validation"
    HOLDOUT = "test"
    PRODUCTION = "production"


class Status(StrEnum):
    """Outcome of one check. `ERROR` counts as unknown, never as pass."""

    PASS = "pass"  # noqa: S105 - an outcome
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Severity(StrEnum):
    """What a failed check means for the gate: a blocker is a veto, a major one a condition, the rest is advice."""

    BLOCKER = "blocker"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"


class Pillar(StrEnum):
    """The approver's five questions."""

    JUSTIFIED = "justified"
    PERMITTED = "permitted"
    LEARNABLE = "learnable"
    MEASURABLE = "measurable"
    MAINTAINABLE = "maintainable"


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file that is part of the data set."""

    path: str
    """POSIX path relative to the audited folder."""
    bytes: int
    sha256: str
    format: str
    split: str
    rows: int
    lacks: tuple[str, ...] = ()
    """Columns of the data set that the file doesn't have."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that was seen and not used."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be read; it is counted, never dropped silently."""

    file: str
    line: int | None
    """1-based physical line, or None where the format has none."""
    reason: str
    offset: int | None = None
    """Byte offset in the (decompressed) file."""
    lost: bool = True
    """False where the row was kept and only a cell of it was read as missing."""


@dataclass(frozen=True, slots=True)
class FileNote:
    """Something about one file that is worth a finding: how it was read, or why it could not be."""

    file: str
    kind: str
    """One of `lfs_pointer`, `dvc_pointer`, `empty`, `encoding`, `bom`, `unreadable`, `truncated`, `array_in_jsonl`,
    `json_stream`, `nested_rows`, `no_header`, `preamble`, `ragged`, `bad_json`, `mistyped`, `mixed_types`, `missing_marks`, `other_schema`,
    `duplicate_file`, `duplicate_columns`, `joined`, `class_of_file`, `sheets`, `turns`."""
    message: str
    line: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data as read."""

    name: str
    dtype: str
    """Name of the Polars data type."""


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """Which columns play a role, and why."""

    role: Role
    columns: tuple[str, ...]
    reason: str
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """What was found on disk: everything about the data that is not a row."""

    name: str
    root: str
    files: tuple[FileInfo, ...]
    ignored: tuple[Ignored, ...]
    columns: tuple[Column, ...]
    roles: tuple[RoleChoice, ...]
    shape: Shape
    shape_reason: str
    rejects: tuple[Reject, ...]
    """At most 1,000, in file order; `rejected_rows` has the true total."""
    rejected_rows: int
    notes: tuple[FileNote, ...] = ()
    classes: tuple[str, ...] = ()
    """Declared classes; empty when none were declared."""
    label_delimiter: str = ""
    """What stands between the classes where a cell of the label column has several, see `auditor.sources.several`."""
    digest: str = ""
    """sha256 over the lines `sha256␠␠path` sorted by path, as `sha256sum` would print them."""
    production: int = 0
    """Rows of the production sample, in files of its own or by a column."""

    @property
    def rows(self) -> int:
        """Rows read, over all files."""
        return sum(f.rows for f in self.files)

    @property
    def splits(self) -> tuple[str, ...]:
        """Splits that have files, in order of first appearance."""
        return tuple(dict.fromkeys(s for f in self.files for s in f.split.split(",")))

    def role(self, role: Role) -> tuple[str, ...]:
        """Columns that play `role`; empty when none does."""
        return tuple(c for choice in self.roles if choice.role is role for c in choice.columns)

    @property
    def bare(self) -> tuple[int, ...]:
        """Indices of the files that have no column for the label: they are there to be predicted."""
        label = set(self.role(Role.LABEL))
        return tuple(i for i, f in enumerate(self.files) if label and label <= set(f.lacks))


@dataclass(frozen=True, slots=True)
class RowRef:
    """Where a row is."""

    file: str
    row: int
    """0-based data row of the file."""
    line: int | None = None
    """1-based physical line, where it is known."""
    column: int | None = None
    """1-based character in the line, where it is known."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flagged row, for `--rows`; keys that don't apply stay None and are left out. Never a value."""

    code: str
    file: str
    row: int
    line: int | None = None
    """Line of the file, where the reader of the check counts them."""
    column: str | None = None
    start: int | None = None
    end: int | None = None
    entity: str | None = None
    score: float | None = None
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The figure behind a finding: its value, its interval, and how it was measured."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    """Size of what was looked at, in `unit`s of looking (rows unless said otherwise)."""
    unit: str = ""
    method: str = ""
    refs: tuple[RowRef, ...] = ()
    """First rows it is about, at most 20; all of them are in `--rows`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judged statement about the data."""

    code: str
    status: Status
    severity: Severity
    subject: str
    """What it is about: a split, column, class, file, or `dataset`. Class names count as names, cell values do not."""
    message: str
    evidence: Evidence = field(default_factory=Evidence)
    fix: str = ""
    gain: float | None = None
    """Points of score that mending it would be worth, where the score model can say."""
    flags: tuple[Flag, ...] = field(default=(), repr=False)
    """Every row concerned; written by `--rows` only."""
    pillar: Pillar | None = None
    """The question it belongs to; `Check.finding` fills it in."""

    @property
    def fingerprint(self) -> str:
        """Identity that survives sorting and editing: code, subject and status, without row numbers or figures."""
        return hashlib.sha256(f"{self.code}\0{self.subject}\0{self.status}".encode(errors="backslashreplace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that was not looked at, why, and how to have it looked at."""

    what: str
    why: str
    how: str


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of the score, 0 to 1, more is better; unmeasured means its full range."""

    name: str
    value: float
    low: float
    high: float
    source: str
    """`measured`, `declared`, `estimated`, `at_least` (a lower end is known), `unknown` or `not_applicable` (no meaning for this shape)."""
    note: str = ""
    contribution: float = 0.0
    """What it takes away from the score, in log-odds; 0 at best."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a model trained on the data should read on clean inputs like those of production."""

    metric: str
    value: float
    low: float
    """Ends of a 90 % range, in units of `metric`."""
    high: float


@dataclass(frozen=True, slots=True)
class NextVerdict:
    """The smallest set of fixes that reaches the next verdict on the data, and what the score would then read."""

    verdict: str
    """`ready_with_conditions` or `ready`; empty where mending all that is listed would not be enough."""
    codes: tuple[str, ...]
    rows: int
    """Distinct rows to touch."""
    score: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The readiness score, 0 to 100, with its interval. Never a badge: the gate comes first."""

    model: str
    value: float
    low: float
    high: float
    factors: tuple[Factor, ...]
    calibrated: bool
    gate_low: float = 0.0
    """Lower end that the gate compares, 0 to 100: as `low`, but factors that nobody declared (they have conditions of their
    own) stand at 1."""
    note: str = ""
    expected: Expected | None = None
    """None where the benchmark has no data sets of this shape, or nothing was learned."""

    @property
    def unmeasured(self) -> bool:
        """Whether most of what it is made of was not measured, so that its value says little and its range all."""
        return 2 * sum(f.source == "unknown" for f in self.factors) > sum(f.source != "not_applicable" for f in self.factors)


@dataclass(frozen=True, slots=True)
class Fix:
    """Something to do, with what it is worth."""

    code: str
    action: str
    rows: int | None
    gain: float | None
    unblocks: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """A conjunction of conditions; `failed` and `unknown` are codes of vetoes, `conditions` codes to be met later."""

    name: str
    passed: bool
    failed: tuple[str, ...]
    unknown: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the path ladder and what keeps it or eliminates it."""

    path: str
    eliminated: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PathVerdict:
    """Is the requested path justified, and which one is recommended now."""

    requested: str
    recommended: str
    status: str
    """`justified`, `not_justified` or `not_yet_proven`."""
    reasons: tuple[str, ...]
    missing: tuple[NotChecked, ...]
    """Evidence that is not there, why it matters and how to give it."""
    ladder: tuple[Rung, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The two verdicts, never merged, and the exit code they lead to under the chosen gate."""

    data: str
    """`ready`, `ready_with_conditions`, `not_ready` or `insufficient_evidence`."""
    path: PathVerdict
    reasons: tuple[str, ...]
    exit_code: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that an audit says."""

    tool_version: str
    dataset: Dataset
    verdict: Verdict
    gates: tuple[Gate, ...]
    score: Score
    fixes: tuple[Fix, ...]
    findings: tuple[Finding, ...]
    profile: Mapping[str, object]
    """JSON-ready profile: `{"columns": [...], "classes": [...]}`; values masked."""
    not_checked: tuple[NotChecked, ...]
    declared: Mapping[str, object]
    """The use case as declared, JSON-ready."""
    policy: Mapping[str, object]
    """Thresholds in force, JSON-ready, with those that the user changed under `overrides`."""
    started: str = ""
    seconds: float = 0.0
    timings: Mapping[str, float] = field(default_factory=dict)
    next_verdict: NextVerdict | None = None
    """None where the verdict on the data is `ready` already."""
    crosswalk: Mapping[str, object] = field(default_factory=dict)
    """Our codes beside the terms of standards, JSON-ready: `{vocabulary: {item: {"codes": [...], "status": "...", "gap": "..."}}}`."""
