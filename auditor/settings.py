"""All settings, frozen: defaults < `audit.toml` or `[tool.audit]` in pyproject.toml < AUDIT_* < command line.

Each class is one table of `audit.toml`; the field docstrings are its documentation. Loading is in `settings_file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RISK_TIERS = ("low", "medium", "high", "regulated")
SKILLS = ("ml_engineer", "analyst", "none")
PATHS = ("configure", "retrieve", "human_in_loop", "fine_tune", "custom_train")


@dataclass(frozen=True)
class DataSettings:
    """`[data]`: what the files and columns are, where the names don't say it."""

    label: str = ""
    """Label column; `@file` where each file (or folder) holds the rows of one class and its name says which."""
    text: tuple[str, ...] = ()
    """Text (or feature) columns the model reads."""
    classes: tuple[str, ...] = ()
    """Every class the model must know; a class without rows is then found."""
    train: str = ""
    """File (or glob, relative to the data) of the training split."""
    holdout: str = ""
    """File or glob of the hold-out split."""
    production: str = ""
    """File or glob of unlabelled production inputs."""
    split: str = ""
    """Column saying which split a row belongs to (train, validation, test, production)."""
    group: str = ""
    """Column naming the entity (customer, patient, session) whose rows must stay in one split."""
    id: str = ""
    """Column that identifies a row."""
    time: str = ""
    """Column saying when the row was true."""
    shape: str = ""
    """Shape of the data set, where detection is wrong: see `auditor.model.Shape`."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Other roles, `{prompt = "question"}`."""
    ignore: tuple[str, ...] = ()
    """Globs of files to leave out."""


@dataclass(frozen=True)
class PiiSettings:
    """`[pii]`: policy for personal data and secrets."""

    model: str = ""
    """spaCy model (installed name or local path) for names and places; empty = the pinned extra if installed."""
    sample: int = 2000
    """Rows per column that the name model reads; 0 = all."""
    languages: tuple[str, ...] = ("en",)
    """Languages of the text."""
    countries: tuple[str, ...] = ("US", "GB")
    """Regions for phone numbers and national ids; ids with a check digit beside their name are found whatever the country."""
    entities: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Per entity: `EMAIL_ADDRESS = "allow"` or `{max_rate = 0.001}`; written directly under `[pii]`."""
    allow_patterns: tuple[str, ...] = ()
    """Regular expressions; a value matching one entirely is not counted."""
    allow_hashes: tuple[str, ...] = ()
    """Salted hashes of values that are not counted (`audit pii-hash`)."""
    salt: str = ""
    """Salt of `allow_hashes`."""


@dataclass(frozen=True)
class LabelSettings:
    """`[labels]`: how labels are judged."""

    pred_probs: str = ""
    """File (.npy, .npz, .parquet) with out-of-fold probabilities of your own model."""
    embeddings: str = ""
    """File (.npy, .npz, .parquet) with one embedding a row."""
    vectors: str = ""
    """Model on this machine whose vectors of the texts the probe reads beside their words, up to 20,000 rows: an installed spaCy package
    with vectors or a folder of one, or a folder with model.onnx and tokenizer.json."""
    max_rows: int = 100_000
    """Rows that the probe learns from; above it a content-hash sample."""
    folds: int = 5
    """Folds of the cross-validation."""


@dataclass(frozen=True)
class SuiteSettings:
    """`[suites]`: Great Expectations suites to run."""

    files: tuple[str, ...] = ()
    """Suite files beside those in `<data>/expectations/`."""
    shipped: bool = True
    """Run the shipped suite of the data set's shape."""


@dataclass(frozen=True)
class TargetSettings:
    """`[targets]`: where the data is to be trained."""

    names: tuple[str, ...] = ()
    """Targets, as listed by `audit targets`."""
    max_length: int = 0
    """Sequence length in tokens; 0 = the target's default."""
    packing: str = ""
    """How rows are packed into sequences: `bfd`, `bfd_split`, `wrapped`, or empty for not at all."""
    max_loss: float = 0.01
    """Share of rows that may be dropped, cut or untrained before it is a veto."""
    tokenizer: str = ""
    """Path of a tokenizer.json."""
    prices: str = ""
    """Path of a prices.toml."""
    epochs: int = 0
    """Epochs; 0 = the target's default."""


@dataclass(frozen=True)
class UseCase:
    """`[use_case]`: what cannot be measured from the data. Empty means unknown, never fine."""

    task: str = ""
    requested_path: str = "fine_tune"
    risk_tier: str = ""
    change_interval_days: float | None = None
    """How often the truth changes, in days."""
    retrain_lead_time_days: float | None = None
    """Data, training, evaluation and approval together, in days."""
    cost_per_error: float | None = None
    """What one wrong output costs."""
    errors_per_month: float | None = None
    worst_error: float | None = None
    """Worst single error; printed apart, never averaged in."""
    monthly_volume: float | None = None
    maintenance_hours_per_month: float | None = None
    owner: str = ""
    monitoring_owner: str = ""
    metric: str = ""
    target: float | None = None
    """Value of `metric` that must be reached, 0 to 1."""
    tolerance: float | None = None
    """Half-width of the interval around the metric that can be lived with, 0 to 1."""
    licence: str = ""
    provenance: str = ""
    consent: str = ""
    narrow: bool | None = None
    """Closed label set or output schema."""
    stable: bool | None = None
    """The same kinds of input and the same mistakes come back, month after month."""
    odd_structure: bool | None = None
    """Input that no existing model reads: signals, unusual layouts, own encodings."""
    human_rework_rate: float | None = None
    """Share of outputs that people repair today, 0 to 1."""
    skill: str = ""
    """Best skill on call: `ml_engineer`, `analyst` or `none`."""
    horizon_months: float | None = None
    """Months for which the maintenance is paid."""
    reviewers: tuple[str, ...] = ()
    """Who approves this."""
    human_review: str = ""
    """Which outputs a person approves, and who; `none` if none does."""
    workflow_review: str = ""
    """When and by whom the workflow itself was reviewed, and what changed."""
    quality_metrics: tuple[str, ...] = ()
    """Metrics watched after launch; a regulated use needs `policy_adherence`, `auditability` and `failure_mode_tests`."""
    freshness_days: float | None = None
    """Greatest age of the newest record that can be lived with, in days."""


@dataclass(frozen=True)
class FailureSettings:
    """`[failures]`: production failures, tagged (`audit triage --template` writes a sheet to fill in)."""

    file: str = ""
    """CSV, JSONL or XLSX, relative to the audited folder."""


@dataclass(frozen=True)
class BaselineSettings:
    """`[baselines]`: what lighter paths reach on a frozen hold-out."""

    file: str = ""
    """JSON or CSV, relative to the audited folder."""
    holdout_sha256: str = ""
    """sha256 of the frozen hold-out file; runs measured on anything else are not counted."""


@dataclass(frozen=True)
class CostSettings:
    """`[costs]`: what building and running costs. Read only after the price of failure is declared."""

    build: float | None = None
    """Once: data, training, evaluation and approval."""
    error_rate_now: float | None = None
    """Share of outputs that are wrong today, 0 to 1."""
    error_rate_after: float | None = None
    """Share expected to be wrong after the change, 0 to 1."""
    unit_cost_delta: float | None = None
    """Change of the cost of one output; negative when it gets cheaper."""
    retrieval: float | None = None
    """Retrieval, a month; 0 when there is none."""
    approvals: float | None = None
    """Approvals, a month."""
    logging: float | None = None
    """Logging and storage, a month."""
    evals: float | None = None
    """Evaluation, a month."""
    human_review: float | None = None
    """People who review outputs, a month."""
    retraining: float | None = None
    """Retraining, a month."""
    serving: float | None = None
    """Serving beside the unit cost, a month."""


@dataclass(frozen=True)
class Trigger:
    """`[[monitoring.triggers]]`: one condition that makes somebody act."""

    id: str
    kind: str
    """`metric`, `drift`, `data_quality`, `event` or `calendar`."""
    signal: str
    """What is looked at: `holdout_accuracy`, `column:amount`, `policy_change`."""
    rule: str = ""
    """When it fires, in words or as `< 0.9`."""
    action: str = "investigate"
    """`investigate`, `relabel`, `retrain`, `rollback` or `human_review`."""
    owner: str = ""
    window_days: float = 30
    """Days that one look covers; without a look for longer it is overdue."""
    min_n: int = 0
    """Below so many rows the signal is unknown."""
    sla_days: float = 7
    """Days from firing to action."""


@dataclass(frozen=True)
class MonitoringSettings:
    """`[monitoring]`: what is watched after launch."""

    plan: str = ""
    """monitoring-plan.yaml written by `audit plan`, relative to the audited folder."""
    triggers: tuple[Trigger, ...] = ()


@dataclass(frozen=True)
class Waiver:
    """`[[waivers]]`: a blocker that somebody answers for, for at most 90 days; it becomes a condition, never a pass."""

    code: str
    owner: str
    reason: str
    expires: str
    """Date, `YYYY-MM-DD`."""
    subject: str = ""
    """Only findings about this subject; empty = all of the code."""
    since: str = ""
    """Date from which it holds, `YYYY-MM-DD`; empty = not said, and its days count from today."""


@dataclass(frozen=True)
class Settings:
    """Everything that decides what is looked at and how it is judged."""

    data: DataSettings = field(default_factory=DataSettings)
    pii: PiiSettings = field(default_factory=PiiSettings)
    labels: LabelSettings = field(default_factory=LabelSettings)
    suites: SuiteSettings = field(default_factory=SuiteSettings)
    targets: TargetSettings = field(default_factory=TargetSettings)
    use_case: UseCase = field(default_factory=UseCase)
    failures: FailureSettings = field(default_factory=FailureSettings)
    baselines: BaselineSettings = field(default_factory=BaselineSettings)
    costs: CostSettings = field(default_factory=CostSettings)
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
    waivers: tuple[Waiver, ...] = ()
    policy: Mapping[str, float] = field(default_factory=dict)
    """`[policy]`: thresholds that differ from the shipped ones; every one is shown on the first page."""
    ignore: Mapping[str, str] = field(default_factory=dict)
    """`[ignore]`: code or prefix of codes -> reason; the reason appears in the report."""
    select: tuple[str, ...] = ()
    """Codes or prefixes to run; empty = all."""
    gate: str = "all"
    """`data` (only the data verdict decides the exit code) or `all`."""
    strict: bool = False
    """Conditions count as not passed."""
    against: tuple[str, ...] = ()
    """Evaluation sets to look for inside the training data."""
    spotcheck: str = ""
    """Sheet of a human spot check."""
    workers: int = 0
    """Processes for Python-bound detectors; 0 = one per core."""
    executor: str = ""
    """Where the work runs: `local` (this process), `process` (worker processes), `ray` (a cluster); empty = worker processes for
    detectors where the data is large enough, this process for the rest."""
    address: str = ""
    """Address of the Ray cluster; empty starts one on this machine."""
    memory_mb: int = 768
    """Megabytes of text files that are kept decoded; beyond that they are parsed again by every step, so memory stays bounded."""
    partition_rows: int = 1 << 20
    """Rows of one partition; the report is the same for any number."""
    cache_dir: str = ""
    """Folder of the cache of partial results; empty = the user's cache folder, `none` = no cache."""

    @property
    def risk(self) -> str:
        """Risk tier in force; an undeclared one counts as low."""
        return self.use_case.risk_tier or "low"

    @property
    def evidence_files(self) -> tuple[str, ...]:
        """Declared evidence, relative to the audited folder; it lies beside the data and is not data."""
        named = (self.failures.file, self.baselines.file, self.monitoring.plan, self.spotcheck)
        return tuple(name for name in named if name)
