"""Declared evidence, loaded: failures and baselines from the files that `audit.toml` names, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.decision import croissant
from auditor.decision.baselines import Baselines, read_baselines
from auditor.decision.plan import Plan
from auditor.decision.plan import read as read_plan
from auditor.decision.triage import Triage, read_triage
from auditor.errors import ConfigError
from auditor.model import Split
from auditor.scan.request import Study

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Rows
    from auditor.settings import Settings


FAILURES = ("failures.csv", "failures.jsonl")
BASELINES = ("baselines.json", "baselines.csv")
PLANS = ("monitoring-plan.yaml",)
"""Names under which evidence beside the data is found without being named in audit.toml."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Evidence files as read; None where there is none."""

    triage: Triage | None = None
    baselines: Baselines | None = None
    plan: Plan | None = None
    croissant: croissant.Croissant | None = None
    production_rows: int | None = None
    """Rows of the production sample; None where there is none."""
    files: frozenset[str] = frozenset()
    """sha256 of the files of a data set that has a hold-out; empty where it has none."""

    def beside(self, data: Dataset) -> Declared:
        """The same, with what the data set itself says."""
        files = frozenset(f.sha256 for f in data.files) if Split.HOLDOUT in data.splits else frozenset()
        return replace(self, production_rows=data.production or None, files=files)


def inside(root: Path, name: str) -> Path:
    """Path of an evidence file below the audited folder.

    Raises:
        ConfigError: the name is absolute or leads out of the folder: an audited folder may not point at other files.
    """
    base = root if root.is_dir() else root.parent
    path = base / name
    if Path(name).is_absolute() or not path.resolve().is_relative_to(base.resolve()):
        raise ConfigError(f"{name!r} leads out of the audited folder; keep evidence files inside it")
    return path


def _found(root: Path, named: str, usual: tuple[str, ...]) -> Path | None:
    """The named file, or the first of the usual names that is there; None without any."""
    if named:
        return inside(root, named)
    return next((root / name for name in usual if (root / name).is_file() and not (root / name).is_symlink()), None) if root.is_dir() else None


@dataclass(frozen=True)
class EvidenceStudy(Study[Declared]):
    """Evidence files that are read beside the data, so that the checks of the declared side judge facts like all others."""

    failures: str
    baselines: str
    metric: str
    holdout_sha256: str
    plan: str = ""

    @classmethod
    def named_in(cls, settings: Settings) -> EvidenceStudy:
        """The study of the files that `settings` name."""
        frozen = settings.baselines.holdout_sha256
        return cls(settings.failures.file, settings.baselines.file, settings.use_case.metric, frozen, settings.monitoring.plan)

    def run(self, rows: Rows, facts: Facts) -> Declared:  # noqa: ARG002 - reads no row
        """Evidence beside the data set that `rows` come from."""
        return self.read(rows.dataset.root).beside(rows.dataset)

    def read(self, root: str) -> Declared:
        """Evidence below `root`.

        Raises:
            ConfigError: a named file is missing or wrong; with file, line and what to do.
        """
        base = Path(root)
        failures, baselines, plan = _found(base, self.failures, FAILURES), _found(base, self.baselines, BASELINES), _found(base, self.plan, PLANS)
        runs = read_baselines(baselines, metric=self.metric, holdout_sha256=self.holdout_sha256) if baselines else None
        described = _found(base, "", (croissant.NAME,))
        return Declared(
            triage=read_triage(failures) if failures else None,
            baselines=runs,
            plan=read_plan(plan) if plan else None,
            croissant=croissant.read(described) if described else None,
        )


def load(root: str, settings: Settings) -> Declared:
    """Evidence that `settings` names, read from below `root`.

    Raises:
        ConfigError: a named file is missing or wrong; with file, line and what to do.
    """
    return EvidenceStudy.named_in(settings).read(root)
