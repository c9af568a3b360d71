"""USE: what the team declares about the use, and the evidence it gives. Each code is one requirement of a path.

The requirements themselves stand in `auditor.decision`, because each gate asks for those of its own path; the checks here
report those of the requested one, and document them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from auditor.checks.base import Check
from auditor.decision import DECIDED_HERE, finding_of, reported
from auditor.decision.evidence import EvidenceStudy
from auditor.decision.policy import HEAVY
from auditor.model import Pillar, Severity

if TYPE_CHECKING:
    from auditor.model import Dataset, Finding
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings


class Requirement(Check):
    """A requirement of the requested path; where a path is requested that trains nothing, path requirements are advice."""

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The evidence files that the settings name."""
        return (EvidenceStudy.named_in(settings),)

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """The outcome of this code, if the path asks for it."""
        if self.code in DECIDED_HERE:  # needs the score, the date or the ladder: `decide` adds it
            return
        advice = settings.use_case.requested_path not in HEAVY
        for need in reported(settings, facts[EvidenceStudy.named_in(settings)]):
            if need.code == self.code:
                yield finding_of(need, advice=advice)


class FailurePrice(Requirement):
    """Whether the price of failure is declared: cost of one wrong output, errors a month, and the worst single error apart.

    Unit: money a month, any currency, at least 0. Price the failure before you price the build: as long as nobody says what
    being wrong costs, nothing can pay back, and build costs are not even read.
    What to do: set `cost_per_error`, `errors_per_month` and `worst_error` under `[use_case]`; 0 is an answer, empty is unknown.
    Source: readiness specification, section 1 (8) and 2.3.
    """

    code = "USE001"
    title = "What a wrong output costs is known"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class TargetDeclared(Requirement):
    """Whether a metric, the value it must reach (0 to 1) and a tolerance are declared.

    Without a target every result can be called a success. An undeclared tolerance is that of the risk tier (0.05 to 0.01).
    What to do: set `metric`, `target` and `tolerance` under `[use_case]`. Source: section 1 (10, 23) and 2.3.
    """

    code = "USE002"
    title = "Success is defined before the work"
    pillar = Pillar.MEASURABLE
    severity = Severity.BLOCKER


class BaselinesMeasured(Requirement):
    """Whether results of lighter paths (prompt, workflow, retrieval) on a frozen hold-out exist, with metric, value and n.

    Unit: runs that count. Each is compared with the target with its Wilson 95 % interval. Runs with another metric or on
    another hold-out do not count. The lightest set-up that honestly hits the target wins, so it has to be tried.
    What to do: measure them and name the file under `[baselines]`. Source: section 1 (10, 12) and 2.3.
    """

    code = "USE003"
    title = "Lighter paths were measured"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class OwnerNamed(Requirement):
    """Whether an owner and an owner of monitoring are named. `nobody` is an answer, and a veto; empty is unknown.

    If nobody owns monitoring after launch, the model decays from the first day.
    What to do: set `owner` and `monitoring_owner` under `[use_case]`. Source: section 1 (34) and 2.3.
    """

    code = "USE004"
    title = "Somebody owns it after launch"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.BLOCKER


class TriggersDecided(Requirement):
    """Whether it is written down before launch when to retrain, roll back or stop. Unit: triggers, of the kinds metric, drift,
    data_quality, event and calendar; a regulated use needs at least one event and one metric trigger. Triggers of a plan that has
    expired are not decided any more.

    What to do: run `audit plan` and name its file under `[monitoring]`, or list `[[monitoring.triggers]]`.
    Source: section 1 (35, 37, 40) and 5.
    """

    code = "USE005"
    title = "Triggers for retraining are decided"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.BLOCKER


class LicenceDeclared(Requirement):
    """Whether a licence or right to train on the data is declared. A condition at low risk; from medium upwards a veto of the
    path gates, from high upwards of the data gate too.

    What to do: set `licence` under `[use_case]`. Source: section 2.3 and 2.6b.
    """

    code = "USE006"
    title = "The licence is known"
    pillar = Pillar.PERMITTED
    severity = Severity.MAJOR


class OriginDeclared(Requirement):
    """Whether provenance and consent are declared. A condition up to medium risk, from high upwards a veto.

    You have to understand where data come from to understand what a model makes of them.
    What to do: set `provenance` and `consent` under `[use_case]`; `none needed, because ...` is an answer. Source: section 1 (41).
    """

    code = "USE007"
    title = "Origin and consent are known"
    pillar = Pillar.PERMITTED
    severity = Severity.MAJOR


class FailuresTagged(Requirement):
    """Number of production failures tagged prompt, system, model or human judgement: below 30 unknown, then provisional, enough
    at 30, 100, 100, 200 (low to regulated); high and regulated risk also need 20 tagged by two people, regulated a kappa of 0.6.

    100 tags tell a share to within 10 points, 20 only to within 20: too little to choose a path by.
    What to do: fill in the sheet of `audit triage --template` and name it under `[failures]`. Source: section 1 (4) and 2.5.
    """

    code = "USE008"
    title = "Production failures were tagged"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class TruthHolds(Requirement):
    """Days between changes of the truth, against days that retraining takes (data, training, evaluation, approval).

    Weights hold yesterday's truth; below twice the lead time they would be out of date for most of their life, and retrieval is
    the answer whatever the data say. What to do: set `change_interval_days` and `retrain_lead_time_days` under `[use_case]`.
    Source: section 1 (14) and 2.6.
    """

    code = "USE009"
    title = "The truth holds longer than retraining takes"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.BLOCKER


class CapacitySuffices(Requirement):
    """Maintenance hours a month against what the path needs (policy: configure 2, human in the loop 4, retrieve 8, fine-tune 12,
    custom 40). Capacity can demote a path though the data are ready.

    What to do: set `maintenance_hours_per_month` under `[use_case]`, or choose a lighter path. Source: section 1 (33, 42).
    """

    code = "USE010"
    title = "The team can look after it"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.BLOCKER


class TierDeclared(Requirement):
    """Whether the risk tier (low, medium, high, regulated) is declared. An undeclared one counts as low; the tier sets thresholds.

    What to do: set `risk_tier` under `[use_case]`. Source: section 2.6b.
    """

    code = "USE011"
    title = "The risk tier is declared"
    pillar = Pillar.PERMITTED
    severity = Severity.MINOR


class SpotChecked(Requirement):
    """Whether a human spot check is named where the risk asks for one: 100 rows at high risk, 300 rows by two people at
    regulated, 100 more for custom training. Estimates of label noise do not replace it.

    What to do: fill in the sheet of `audit spotcheck` and name it as `spotcheck`. Source: section 2.5.
    """

    code = "USE012"
    title = "People looked at the labels"
    pillar = Pillar.MEASURABLE
    severity = Severity.BLOCKER


class PaysBack(Requirement):
    """Months until the monthly saving has paid for the build, at 1.0, 1.1 or 1.5 times the build cost by risk tier; limit 24.

    `saving = volume * (error rate now - after) * cost per error - volume * unit cost delta - running costs`. The worst single
    error is never averaged in. Figures by which more errors would be avoided than there are (`errors_per_month`) say nothing. What to
    do: fill in `[costs]` and `monthly_volume`. Source: section 1 (29) and 2.6.
    """

    code = "USE013"
    title = "It pays back, also when it costs more"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class CostLinesFilled(Requirement):
    """Number of monthly cost lines (retrieval, approvals, logging, evals, human review, retraining, serving) that are empty.

    The bill grows by what no one priced. What to do: fill in every line under `[costs]`; 0 is an answer. Source: section 1 (28).
    """

    code = "USE014"
    title = "No cost line is forgotten"
    pillar = Pillar.JUSTIFIED
    severity = Severity.MAJOR


class WorkflowReviewed(Requirement):
    """Whether the workflow itself was reviewed before the model.

    What to do: set `workflow_review` (when, by whom, what changed) under `[use_case]`. Source: section 1 (30).
    """

    code = "USE015"
    title = "The workflow was looked at first"
    pillar = Pillar.JUSTIFIED
    severity = Severity.MAJOR


class ReviewDeclared(Requirement):
    """Whether it is declared which outputs a person approves, and who. Advice up to medium risk, a condition at high (with
    named reviewers), a veto at regulated.

    What to do: set `human_review` and `reviewers` under `[use_case]`. Source: section 1 (17, 32).
    """

    code = "USE016"
    title = "It is known what people approve"
    pillar = Pillar.PERMITTED
    severity = Severity.MINOR


class TaskNarrow(Requirement):
    """Whether the task has a closed label set or output schema; asked for fine-tuning only.

    What to do: cut the task down, then set `narrow = true` under `[use_case]`. Source: section 1 (5, 13) and 2.6.
    """

    code = "USE017"
    title = "The task is narrow"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class MistakesRepeat(Requirement):
    """Whether inputs and mistakes repeat: declared as `stable`, or measured as a share of at least 0.5 of the failures under the
    three most frequent tags. Asked for fine-tuning only: weights learn patterns, not accidents.

    What to do: set `stable` under `[use_case]`, or tag more failures. Source: section 1 (16).
    """

    code = "USE018"
    title = "The same mistakes come back"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class WaiversHold(Requirement):
    """Waivers that do not hold: expired, or running for more than 90 days. A waiver turns a blocker into a condition, never into
    a pass; one that does not hold changes nothing and is a condition itself.

    What to do: mend the cause, or decide anew with owner, reason and a date within 90 days. Source: section 2.2.
    """

    code = "USE019"
    title = "Waivers hold"
    pillar = Pillar.PERMITTED
    severity = Severity.MAJOR


class ScoreReached(Requirement):
    """Lower end of the readiness score (0 to 100) against the threshold of risk tier and path: 50, 65, 80, 85, for custom
    training 5 more.

    Calibrated scores whose most probable value is below it are a veto, lower ends below it a condition (an unknown veto from
    high risk upwards); scores that are not calibrated are never more than a condition. It is one condition among others and
    outweighs none. What to do: the fixes with the greatest gain. Source: section 2.4 and 2.5.
    """

    code = "USE020"
    title = "The score reaches what the risk asks for"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER


class HoldoutFrozen(Requirement):
    """Whether the runs under `[baselines]` name the sha256 of one frozen hold-out, which is also the one that lies beside the data:
    leaks and size are judged of that one. Unit: runs that do not.

    What to do: set `holdout_sha256` under `[baselines]` and in every run. Source: section 2.7.
    """

    code = "USE021"
    title = "Every run saw the same hold-out"
    pillar = Pillar.MEASURABLE
    severity = Severity.MAJOR


class ModelShare(Requirement):
    """Share of tagged failures that are the model's own, 0 to 1, with its Wilson 95 % interval; changing weights needs a lower end of
    at least 0.30. Prompt-level failures want instructions, system-level ones want the system mended.

    What to do: fix what most failures come from. Source: section 2.6.
    """

    code = "USE023"
    title = "The model itself is what fails"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class HorizonPaid(Requirement):
    """Months for which maintenance is paid, at least 12; for custom training a veto, together with an ML engineer on call.

    What to do: set `horizon_months` and `skill` under `[use_case]`. Source: section 1 (33).
    """

    code = "USE024"
    title = "Maintenance is paid for a year"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.MAJOR


class FineTuningTried(Requirement):
    """For custom training only: a fine-tuned baseline whose interval stays below the target, or input that no existing model reads.

    What to do: fine-tune an existing model and add its run to the baselines, or set `odd_structure`. Source: section 2.6.
    """

    code = "USE025"
    title = "Fine-tuning was tried first"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class RegulatedMetrics(Requirement):
    """At risk tier regulated: whether `quality_metrics` has policy adherence, auditability and failure-mode tests.

    What to do: add them under `[use_case]` and measure them. Source: section 1 (24).
    """

    code = "USE026"
    title = "A regulated use watches what it must"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.BLOCKER


class LighterEliminated(Requirement):
    """Whether evidence eliminates each lighter path: configuration by its baseline and by what fixing all prompt-level failures could
    reach, retrieval by its baseline or by there being no system-level failures, human review by the share of judgement.

    What is merely unknown eliminates nothing. What to do: take the lighter path, or measure it. Source: section 2.6.
    """

    code = "USE027"
    title = "Every lighter path is eliminated"
    pillar = Pillar.JUSTIFIED
    severity = Severity.BLOCKER


class ProductionSampled(Requirement):
    """Rows of the production sample against what the risk tier asks for: 0, 200, 500, 1000 (low to regulated), 500 for custom
    training. Too few are a condition up to medium risk, from high upwards a veto.

    What to do: sample more unlabelled production inputs, `[data] production`. Source: section 2.5.
    """

    code = "USE028"
    title = "The production sample is large enough"
    pillar = Pillar.MEASURABLE
    severity = Severity.MAJOR


CHECKS = (
    FailurePrice(), TargetDeclared(), BaselinesMeasured(), OwnerNamed(), TriggersDecided(), LicenceDeclared(),
    OriginDeclared(), FailuresTagged(), TruthHolds(), CapacitySuffices(), TierDeclared(), SpotChecked(),
    PaysBack(), CostLinesFilled(), WorkflowReviewed(), ReviewDeclared(), TaskNarrow(), MistakesRepeat(),
    WaiversHold(), ScoreReached(), HoldoutFrozen(), ModelShare(), HorizonPaid(), FineTuningTried(),
    RegulatedMetrics(), LighterEliminated(), ProductionSampled(),
)  # fmt: skip
