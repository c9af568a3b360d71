"""Run suites with Great Expectations on Polars, all in one pass, and turn what comes out into our own values."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from auditor.errors import ConfigError
from auditor.model import RowRef
from auditor.scan.request import FILE, ROW
from auditor.suites.load import Item, Suite, nearest
from auditor.suites.results import ExpectationResult, SuiteResult

if TYPE_CHECKING:
    import polars as pl

MAX_REFS = 20
"""Rows named in a result."""
_TECHNICAL = ("batch_id", "result_format", "catch_exceptions", "meta", "notes", "severity", "id", "rendered_content", "windows", "description")
_COUNTS = ("row_count", "column_count", "unique_value_count", "proportion", "kl_divergence", "of_type", "type_list", "type_to_be")
"""Parts of the names of expectations whose observed value is a count, a rate or a type; others may observe a value."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Great Expectations from logging, drawing progress bars and catching everyone's warnings.

    Its log records quote exceptions, which may quote data.
    """
    logger = logging.getLogger("great_expectations")
    level, capturing = logger.level, logging._warnings_showwarning is not None  # type: ignore[attr-defined] # noqa: SLF001 - no public view
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
        if not capturing:
            logging.captureWarnings(False)


def run_suites(suites: Sequence[Suite], frame: pl.LazyFrame, files: tuple[str, ...], rows: int | None = None) -> tuple[SuiteResult, ...]:
    """Results of all suites; `frame` may have the technical columns `FILE` and `ROW`, which suites do not see.

    `rows` is how many it has, or more, where that is known.

    Raises `ConfigError` for an expectation or an argument that Great Expectations does not know.
    """
    import warnings

    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        items = [(suite, item) for suite in suites for item in suite.items]
        configured = [_configured(suite, item) for suite, item in items]
        outcomes, fallbacks, passes = _validated(configured, frame, rows)
        results = [_result(item, outcomes.get(i), configured[i], fallbacks, files) for i, (_, item) in enumerate(items)]
    out: list[SuiteResult] = []
    at = 0
    for suite in suites:
        mine = tuple(results[at : at + len(suite.items)])
        at += len(suite.items)
        out.append(SuiteResult(suite.name, suite.label, mine, suite.skipped, passes))
    return tuple(out)


def _configured(suite: Suite, item: Item) -> Any:
    """The expectation as Great Expectations has it. Raises `ConfigError`."""
    from great_expectations.exceptions import ExpectationNotFoundError, InvalidExpectationConfigurationError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    place = f"{suite.label}: {item.where}"
    try:
        kind = get_expectation_impl(item.type)
    except ExpectationNotFoundError as error:
        known = list_registered_expectation_implementations()
        raise ConfigError(f"{place}: unknown expectation {item.type!r}{nearest(item.type, known)}") from error
    fields = sorted(set(kind.__fields__) - set(_TECHNICAL))
    for name in item.kwargs:
        if name not in kind.__fields__:
            raise ConfigError(f"{place}: {item.type} has no argument {name!r}{nearest(name, fields)} (it has {', '.join(fields)})")
    configuration = ExpectationConfiguration(type=item.type, kwargs=dict(item.kwargs), severity=item.severity)
    try:
        configuration.to_domain_obj()
    except (InvalidExpectationConfigurationError, ValueError, TypeError) as error:
        raise ConfigError(f"{place}: {item.type}: {_first_line(error)}") from error
    return configuration


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[1:3]) if len(lines) > 1 else (lines[0] if lines else type(error).__name__)


def _validated(
    configured: list[Any], frame: pl.LazyFrame, rows: int | None
) -> tuple[dict[int, Any], list[tuple[str, tuple[str, ...]]], int]:
    """Validation result by position, metrics that pandas computed, passes over the data."""
    import great_expectations as gx
    from great_expectations.validator.validator import Validator

    from auditor.suites.gx import PolarsExecutionEngine

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    names = frame.collect_schema().names()
    hidden = tuple(h for h in (FILE, ROW) if h in names)
    engine = PolarsExecutionEngine(hidden=hidden, rows=rows, discreet=True)
    engine.load_batch_data("rows", frame)
    validator = Validator(execution_engine=engine, data_context=context)
    for i, configuration in enumerate(configured):
        configuration.meta = {"position": i}
        configuration.kwargs["batch_id"] = "rows"
    result_format: dict[str, Any] = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": MAX_REFS,
        "exclude_unexpected_values": True,
        "return_unexpected_index_query": False,
    }
    if hidden == (FILE, ROW):
        result_format["unexpected_index_column_names"] = list(hidden)
    found = validator.graph_validate(configured, runtime_configuration={"result_format": result_format})
    return {r.expectation_config.meta["position"]: r for r in found}, engine.fallbacks, engine.passes


def _result(
    item: Item, outcome: Any, configuration: Any, fallbacks: list[tuple[str, tuple[str, ...]]], files: tuple[str, ...]
) -> ExpectationResult:
    wording = _wording(configuration, item)
    error = "Great Expectations gave no result" if outcome is None else _error(outcome.exception_info)
    result: Mapping[str, Any] = (outcome.result or {}) if outcome is not None and not error else {}
    fell_back = {c for metric, columns in fallbacks if set(columns) & set(item.columns) and _belongs(metric, configuration) for c in columns}
    unexpected, elements = result.get("unexpected_count"), result.get("element_count")
    return ExpectationResult(
        type=item.type,
        severity=item.severity,
        columns=item.columns,
        success=None if error else bool(outcome.success),
        wording=wording,
        error=error,
        unexpected=int(unexpected) if unexpected is not None and elements is not None else None,
        elements=int(elements) - int(result.get("missing_count") or 0) if elements is not None else None,
        observed=_observed(item, result),
        refs=_refs(result.get("partial_unexpected_index_list") or [], files),
        fallback=tuple(sorted(fell_back)),
        note=item.note,
    )


def _belongs(metric: str, configuration: Any) -> bool:
    kind = type(configuration.to_domain_obj())
    named = getattr(kind, "map_metric", None)
    return metric in getattr(kind, "metric_dependencies", ()) or (named is not None and metric.startswith(named))


def _error(info: Mapping[str, Any] | None) -> str:
    """Why an expectation could not be evaluated, or an empty text. Messages of others may quote data and are not kept."""
    if not info:
        return ""
    if "raised_exception" in info:  # raised by Great Expectations while it judged the metrics
        if not info["raised_exception"]:
            return ""
        lines = str(info.get("exception_traceback") or "").strip().splitlines() or [""]
        kind = lines[-1].split(":")[0].rsplit(".", 1)[-1]
        return f"{kind or 'an error'} while it was judged: bounds and values do not compare"
    for entry in info.values():  # raised by a metric; the engine is discreet about those
        message = str(entry["exception_message"]).strip()
        return message.splitlines()[0] if message else "a metric raised an error"
    return ""


def _observed(item: Item, result: Mapping[str, Any]) -> str:
    value = result.get("observed_value")
    if value is None or not any(part in item.type for part in _COUNTS):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value) if isinstance(value, int | str) else ""


def _refs(found: list[Any], files: tuple[str, ...]) -> tuple[RowRef, ...]:
    refs: list[RowRef] = []
    for group in found:
        if isinstance(group, Mapping) and isinstance(group.get(FILE), list):
            refs.extend(RowRef(files[int(f)], int(r)) for f, r in zip(group[FILE], group[ROW], strict=True))
    return tuple(refs[:MAX_REFS])


def _wording(configuration: Any, item: Item) -> str:
    """What is expected, by Great Expectations' own renderer; sets of values are counted, not quoted."""
    from great_expectations.render.renderer.inline_renderer import InlineRenderer

    contents = InlineRenderer(render_object=configuration).get_rendered_content()
    for content in contents:
        value = content.to_json_dict().get("value", {})
        template, params = value.get("template"), value.get("params") or {}
        if template:
            return _substituted(template, {k: v.get("value") for k, v in params.items()}, item)
    return f"{item.type.replace('_', ' ')} ({', '.join(item.columns)})"


def _substituted(template: str, params: Mapping[str, Any], item: Item) -> str:
    values = item.kwargs.get("value_set")
    if values:
        template = re.sub(r"(\$v__\d+[ ,]*)+", f"a set of {len(values)} values ", template)

    def fill(match: re.Match[str]) -> str:
        given = params.get(match.group(1))
        return match.group(0) if given is None else str(given)

    return " ".join(re.sub(r"\$(\w+)", fill, template).split())
