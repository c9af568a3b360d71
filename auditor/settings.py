"""All settings, frozen: defaults < `audit.toml` or `[tool.audit]` in pyproject.toml < AUDIT_* < command line.

Each class is one table of `audit.toml`; the field docstrings are its documentation. Loading is in `settings_file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RISK_TIERS = ("low", "medium", "high", "regulated")
PATHS = ("configure", "retrieve", "human_in_loop", "fine_tune", "custom_train")


@dataclass(frozen=True)
class DataSettings:
    """`[data]`: what the files and columns are, where the names don't say it."""

    label: str = ""
    """Label column."""
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
    """Regions for phone numbers and national ids."""
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


@dataclass(frozen=True)
class Settings:
    """Everything that decides what is looked at and how it is judged."""

    data: DataSettings = field(default_factory=DataSettings)
    pii: PiiSettings = field(default_factory=PiiSettings)
    labels: LabelSettings = field(default_factory=LabelSettings)
    suites: SuiteSettings = field(default_factory=SuiteSettings)
    targets: TargetSettings = field(default_factory=TargetSettings)
    use_case: UseCase = field(default_factory=UseCase)
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

    @property
    def risk(self) -> str:
        """Risk tier in force; an undeclared one counts as low."""
        return self.use_case.risk_tier or "low"
