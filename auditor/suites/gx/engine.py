"""The execution engine: Great Expectations' metrics, resolved by Polars in one streamed pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from great_expectations.core.batch import BatchData, BatchMarkers
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.exceptions import ExecutionEngineError, MetricResolutionError, ValidationError
from great_expectations.execution_engine import ExecutionEngine, PandasExecutionEngine

from auditor.suites.gx.columns import Columns
from auditor.suites.gx.conditions import to_filter
from auditor.suites.gx.frames import to_pandas
from auditor.suites.gx.keep import ROW_INDEX
from auditor.suites.gx.plans import Domain, Fold, Sample, resolve
from auditor.suites.gx.register import kept


class PolarsBatchData(BatchData):  # type: ignore[misc] # untyped base
    """A batch: a lazy frame, its schema, its number of rows where that is known, and columns that locate a row but are no data (`hidden`)."""

    def __init__(self, execution_engine: ExecutionEngine, frame: pl.LazyFrame, hidden: tuple[str, ...] = (), rows: int | None = None) -> None:
        super().__init__(execution_engine)
        self.frame = frame
        self.schema = frame.collect_schema()
        self.hidden = hidden
        self.columns = Columns(pl.Schema({k: v for k, v in self.schema.items() if k not in hidden}), rows)


class PolarsExecutionEngine(PandasExecutionEngine):  # type: ignore[misc] # untyped base
    """Runs stock expectations on a Polars DataFrame or LazyFrame.

    It is a `PandasExecutionEngine` to Great Expectations, because a metric without a native implementation falls back to
    pandas: it then gets a pandas frame of the columns that it needs, and `fallbacks` says so.

    Args:
        forbid_fallback: raise instead of falling back (each such expectation then has an exception).
        hidden: columns of the batch that locate rows (for `unexpected_index_column_names`) and are no data.
        rows: rows of a LazyFrame, where you know it: from 10 million on uniqueness is found in bounded memory.
        discreet: of errors that others raise keep only the kind, since their messages may quote the data.
    """

    def __init__(
        self,
        *args: Any,
        forbid_fallback: bool = False,
        hidden: tuple[str, ...] = (),
        rows: int | None = None,
        discreet: bool = False,
        **kwargs: Any,
    ) -> None:
        self.passes = 0
        """Passes over the data so far; one a validation, unless an expression was broken or a metric fell back."""
        self.fallbacks: list[tuple[str, tuple[str, ...]]] = []
        """Metrics that pandas computed, with the columns that it got."""
        self._forbid_fallback = forbid_fallback
        self._hidden = hidden
        self._height = rows
        self._discreet = discreet
        self._failed: dict[Any, Exception] = {}
        self._metric = ""
        super().__init__(*args, **kwargs)

    # -- batches

    def load_batch_data(self, batch_id: str, batch_data: Any) -> None:
        """Take a Polars frame as the batch. Raises `ExecutionEngineError` for anything else."""
        if isinstance(batch_data, pl.DataFrame | pl.LazyFrame):
            batch_data = self._as_batch(batch_data)
        if not isinstance(batch_data, PolarsBatchData):
            raise ExecutionEngineError(
                f"PolarsExecutionEngine needs a polars DataFrame or LazyFrame, not {type(batch_data).__name__}"
            )
        self._metric_cache.clear()  # the id of a batch names its asset, not its content
        self._failed.clear()
        ExecutionEngine.load_batch_data(self, batch_id=batch_id, batch_data=batch_data)

    def get_batch_data_and_markers(self, batch_spec: Any) -> tuple[PolarsBatchData, BatchMarkers]:
        """The batch of a `RuntimeDataBatchSpec` that holds a Polars frame."""
        data = batch_spec.batch_data if isinstance(batch_spec, RuntimeDataBatchSpec) else None
        if not isinstance(data, pl.DataFrame | pl.LazyFrame):
            raise ExecutionEngineError("PolarsExecutionEngine reads batches from a polars DataFrame or LazyFrame only")
        batch_spec.batch_data = "PolarsFrame"
        markers = BatchMarkers({"ge_load_time": dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")})
        return self._as_batch(data), markers

    def _as_batch(self, data: pl.DataFrame | pl.LazyFrame) -> PolarsBatchData:
        frame = data.lazy()
        hidden = tuple(h for h in self._hidden if h in frame.collect_schema())
        return PolarsBatchData(self, frame, hidden, data.height if isinstance(data, pl.DataFrame) else self._height)

    def _batch(self, domain_kwargs: Mapping[str, Any] | None) -> PolarsBatchData:
        batch_id = (domain_kwargs or {}).get("batch_id")
        known = self.batch_manager.batch_data_cache
        found = known.get(batch_id) if batch_id else self.batch_manager.active_batch_data
        if not isinstance(found, PolarsBatchData):
            raise ValidationError("No batch is specified, but could not identify a loaded batch.")
        return found

    def columns_of(self, domain_kwargs: Mapping[str, Any] | None) -> Columns:
        """Columns of the batch that a metric is about."""
        return self._batch(domain_kwargs).columns

    # -- rows of a domain

    def _rows(self, domain_kwargs: Mapping[str, Any], *, indexed: bool = False) -> pl.LazyFrame:
        batch = self._batch(domain_kwargs)
        frame = batch.frame.with_row_index(ROW_INDEX) if indexed else batch.frame
        condition = domain_kwargs.get("row_condition")
        if condition:
            frame = frame.filter(to_filter(condition, batch.columns, domain_kwargs.get("condition_parser")))
        keep = kept(batch.columns, domain_kwargs)
        return frame if keep is None else frame.filter(keep)

    # -- the pass

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[Any, Any]:
        """Resolve metrics; a broken one raises for itself and leaves the others resolved.

        The caller asks again for everything after an error, and gives a metric up after three. Answers and errors are
        kept, so that asking again costs nothing.
        """
        wanted = list(metrics_to_resolve)
        todo = [m for m in wanted if m.id not in self._metric_cache and m.id not in self._failed]
        direct, bundled = [], []
        for metric in todo:
            try:
                one, many = self._build_direct_and_bundled_metric_computation_configurations(
                    metrics_to_resolve=[metric], metrics=metrics, runtime_configuration=runtime_configuration
                )
            except Exception as error:  # noqa: BLE001 - providers are foreign code; the error becomes this metric's result
                self._failed[metric.id] = error
                continue
            direct.extend(one)
            bundled.extend(many)
        for configuration in direct:
            metric = configuration.metric_configuration
            self._metric = metric.metric_name
            try:
                self._metric_cache[metric.id] = configuration.metric_fn(**configuration.metric_provider_kwargs)
            except Exception as error:  # noqa: BLE001 - as above
                self._failed[metric.id] = error
        self._metric_cache.update(self.resolve_metric_bundle(bundled))
        for metric in wanted:
            if metric.id in self._failed:
                failure = self._failed[metric.id]
                raise MetricResolutionError(message=self._wording(failure), failed_metrics=(metric,)) from failure
        return {metric.id: self._metric_cache[metric.id] for metric in wanted}

    def resolve_metric_bundle(self, metric_fn_bundle: Iterable[Any]) -> dict[Any, Any]:
        """All native metrics in one pass; those that fail are remembered and left out."""
        bundle = list(metric_fn_bundle)
        if not bundle:
            return {}
        indexed = any(isinstance(b.metric_fn, Sample | Fold) for b in bundle)
        domains: dict[str, Domain] = {}
        for b in bundle:
            kwargs = b.compute_domain_kwargs
            key = repr(sorted((k, repr(v)) for k, v in kwargs.items()))
            metric = b.metric_configuration.id
            if key not in domains:
                try:
                    domains[key] = Domain(self._rows(kwargs, indexed=indexed))
                except (ValueError, TypeError, KeyError, ValidationError) as error:
                    self._failed[metric] = error
                    continue
            domains[key].plans.append((metric, b.metric_fn))
        answers, passes = resolve(list(domains.values()))
        self.passes += passes
        self._failed.update({m: v for m, v in answers.items() if isinstance(v, Exception)})
        return {m: v for m, v in answers.items() if not isinstance(v, Exception)}

    def _wording(self, error: Exception) -> str:
        """Message of an error; Polars quotes plans and values, so of its errors only the kind is kept."""
        if isinstance(error, pl.exceptions.PolarsError):
            return f"{type(error).__name__}: the expression cannot be evaluated on this column's type"
        if self._discreet and not _is_ours(error):
            return f"{type(error).__name__} while it was computed"
        return str(error)

    # -- falling back

    def get_domain_records(self, domain_kwargs: Mapping[str, Any]) -> Any:
        """Rows of a domain as a pandas frame of the columns that the metric needs; every call is noted in `fallbacks`."""
        names = _domain_columns(domain_kwargs)
        columns = self._batch(domain_kwargs).columns
        for name in names:
            columns.dtype(name)
        needed = tuple(dict.fromkeys(names)) or tuple(columns.schema)
        if self._forbid_fallback:
            raise ExecutionEngineError(f"{self._metric} has no native implementation and falling back is forbidden")
        self.fallbacks.append((self._metric, needed))
        self.passes += 1
        return to_pandas(self._rows(domain_kwargs, indexed=True).select(ROW_INDEX, *needed).collect(), index=ROW_INDEX)

    def get_compute_domain(
        self, domain_kwargs: Mapping[str, Any], domain_type: Any, accessor_keys: Iterable[str] | None = None
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        """As in the base class, on `get_domain_records` of this engine."""
        parts = self._partition_domain_kwargs(domain_kwargs, domain_type, accessor_keys)
        return self.get_domain_records(domain_kwargs), parts.compute, parts.accessor


def _domain_columns(domain_kwargs: Mapping[str, Any]) -> list[str]:
    one = [domain_kwargs[k] for k in ("column", "column_A", "column_B") if domain_kwargs.get(k)]
    return [str(c) for c in (*one, *(domain_kwargs.get("column_list") or ()))]


def _is_ours(error: Exception) -> bool:
    """Was it raised by this package, whose messages hold names and types only?"""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame is not None and Path(frame.tb_frame.f_code.co_filename).parent == Path(__file__).parent
