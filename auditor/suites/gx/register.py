"""Put native metrics into Great Expectations' registry.

The registry finds a provider by the engine's class name and then along its bases, so a metric registered here wins over
the one for pandas, and one that is not registered here falls back to it. Great Expectations' decorators take no engine but
their own, hence `register_metric` itself: `<name>.aggregate_fn` makes the plan, `<name>` (without a function) is what the
engine resolves together with all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from great_expectations.core.metric_function_types import MetricFunctionTypes, MetricPartialFunctionTypes
from great_expectations.expectations import metrics as core_metrics  # registers the core metrics
from great_expectations.expectations import registry
from great_expectations.expectations.metrics.metric_provider import MetricProvider

from auditor.suites.gx.columns import Columns
from auditor.suites.gx.plans import Plan

if TYPE_CHECKING:
    from auditor.suites.gx.engine import PolarsExecutionEngine

_COMPUTE_KEYS = ("batch_id", "row_condition", "condition_parser")
"""Domain arguments that make another frame of the batch; `ignore_row_if` is part of the condition instead."""


_ALL_MISSING = ("both_values_are_missing", "all_values_are_missing")
_ANY_MISSING = ("either_value_is_missing", "any_value_is_missing")


def kept(columns: Columns, domain: Mapping[str, Any]) -> pl.Expr | None:
    """Rows that `ignore_row_if` of a domain leaves, or None for all. Raises `ValueError` for an unknown rule."""
    rule = domain.get("ignore_row_if")
    names = domain.get("column_list") or [domain[k] for k in ("column_A", "column_B") if domain.get(k)]
    if rule is None or not names or rule in ("neither", "never"):
        return None
    missing = [columns.missing(str(n)) for n in names]
    if rule in _ALL_MISSING:
        return ~pl.all_horizontal(missing)
    if rule in _ANY_MISSING:
        return ~pl.any_horizontal(missing)
    raise ValueError(f'Unrecognized value of ignore_row_if ("{rule}").')


@dataclass(frozen=True)
class Asked:
    """What a metric is asked about."""

    metric: str
    columns: Columns
    domain: Mapping[str, Any]
    values: Mapping[str, Any]

    @property
    def column(self) -> str:
        """The column of a column metric."""
        return str(self.domain["column"])

    @property
    def column_list(self) -> list[str]:
        """The columns of a pair or of a multi-column metric."""
        if self.domain.get("column_list"):
            return [str(c) for c in self.domain["column_list"]]
        return [str(self.domain["column_A"]), str(self.domain["column_B"])]

    @property
    def keep(self) -> pl.Expr | None:
        """Rows that `ignore_row_if` leaves, or None where it leaves all. Raises `ValueError` for an unknown rule."""
        return kept(self.columns, self.domain)

    @property
    def result_format(self) -> dict[str, Any]:
        """Result format as a dictionary."""
        given = self.values.get("result_format") or {}
        return given if isinstance(given, dict) else {"result_format": str(getattr(given, "value", given))}

    @property
    def identity(self) -> str:
        """Text that is equal for equal questions about the same condition, whatever the result format."""
        domain = sorted((k, repr(v)) for k, v in self.domain.items())
        values = sorted((k, repr(v)) for k, v in self.values.items() if k != "result_format")
        return repr((domain, values))


class NativeMetric(MetricProvider):  # type: ignore[misc] # untyped base
    """Metric that Polars computes; its dependency on its own plan is what `MetricProvider` finds by default."""


def register(engine: type[PolarsExecutionEngine], name: str, plan: Callable[[Asked], Plan]) -> None:
    """Compute the core metric `name` natively, by the plan that `plan` makes. Raises `KeyError` for an unknown metric."""
    known = registry._registered_metrics[name]  # noqa: SLF001 - there is no public view of the keys

    def partial(
        cls: type,  # noqa: ARG001 - fixed by the caller
        execution_engine: PolarsExecutionEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Mapping[str, Any],
        **_: Any,
    ) -> tuple[Plan, dict[str, Any], dict[str, Any]]:
        columns = execution_engine.columns_of(metric_domain_kwargs)
        asked = Asked(name, columns, metric_domain_kwargs or {}, metric_value_kwargs or {})
        compute = {k: metric_domain_kwargs[k] for k in _COMPUTE_KEYS if metric_domain_kwargs.get(k) is not None}
        return plan(asked), compute, {}

    shared: dict[str, Any] = {
        "metric_domain_keys": known["metric_domain_keys"],
        "metric_value_keys": known["metric_value_keys"],
        "execution_engine": engine,
        "metric_class": NativeMetric,
        "metric_fn_type": MetricPartialFunctionTypes.AGGREGATE_FN,
    }
    registry.register_metric(metric_name=f"{name}.aggregate_fn", metric_provider=partial, **shared)
    registry.register_metric(metric_name=name, metric_provider=None, **shared)


def register_known(engine: type[PolarsExecutionEngine], name: str, value: Callable[[Asked], Any]) -> None:
    """A metric that the schema alone answers."""
    known = registry._registered_metrics[name]  # noqa: SLF001 - as above

    def provide(
        cls: type,  # noqa: ARG001 - fixed by the caller
        execution_engine: PolarsExecutionEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Mapping[str, Any],
        **_: Any,
    ) -> Any:
        columns = execution_engine.columns_of(metric_domain_kwargs)
        return value(Asked(name, columns, metric_domain_kwargs or {}, metric_value_kwargs or {}))

    registry.register_metric(
        metric_name=name,
        metric_domain_keys=known["metric_domain_keys"],
        metric_value_keys=known["metric_value_keys"],
        execution_engine=engine,
        metric_class=NativeMetric,
        metric_provider=provide,
        metric_fn_type=MetricFunctionTypes.VALUE,
    )


def core_metric_names() -> frozenset[str]:
    """Names of all metrics that Great Expectations registers."""
    assert core_metrics is not None
    return frozenset(registry._registered_metrics)  # noqa: SLF001 - as above
