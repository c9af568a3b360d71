"""What a metric asks of the batch, and the one `collect_all` that answers all of them.

A plan is one of

    Scalar   an aggregating expression; all of a domain share one `select`
    Table    a small frame made from the domain (groups of a column, the head of the batch)
    Sample   the first rows that do not meet a condition; metrics of one condition share one frame

Samples are frames of their own on purpose: an `implode` of filtered values inside the shared `select` makes the streaming
engine hold whole columns (930 MB instead of 422 MB at 5M rows x 9 conditions), a `filter().head()` does not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from auditor.suites.gx.columns import Columns

ROW_INDEX = "__gx_row"
"""Name of the column with the 0-based position of a row in the batch."""

Rows = Callable[[pl.LazyFrame], pl.LazyFrame]


@dataclass(frozen=True)
class Scalar:
    """One value; `post` turns what Polars gives into what the metric means (and may raise)."""

    expr: pl.Expr
    post: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Table:
    """A small frame, and what the metric makes of it."""

    make: Rows
    post: Callable[[pl.DataFrame], Any]


@dataclass(frozen=True)
class Sample:
    """The first `limit` rows (None: all) of `rows`, with `columns`; equal keys of one domain share a frame."""

    key: Hashable
    rows: Rows
    columns: tuple[str, ...]
    limit: int | None
    post: Callable[[pl.DataFrame], Any]


Plan = Scalar | Table | Sample


@dataclass
class Domain:
    """Rows that metrics are about: the batch under a row condition, and the metrics asked of it."""

    frame: pl.LazyFrame
    plans: list[tuple[Any, Plan]] = field(default_factory=list)


Answers = dict[Any, Any]
"""Value by metric, or the exception that stands in its place."""


def _head(rows: pl.LazyFrame, limit: int | None) -> pl.LazyFrame:
    return rows if limit is None else rows.head(limit)


@dataclass
class _Frame:
    """One lazy frame of the collect and how its result answers metrics."""

    frame: pl.LazyFrame
    answer: Callable[[pl.DataFrame], Iterable[tuple[Any, Callable[[], Any]]]]
    members: list[tuple[Any, Plan]]
    domain: Domain


def _scalars(domain: Domain, members: list[tuple[Any, Scalar]]) -> _Frame:
    def answer(out: pl.DataFrame) -> Iterable[tuple[Any, Callable[[], Any]]]:
        for (metric, plan), value in zip(members, out.row(0), strict=True):
            yield metric, (lambda p=plan, v=value: p.post(v) if p.post else v)

    exprs = [plan.expr.alias(f"m{i}") for i, (_, plan) in enumerate(members)]
    return _Frame(domain.frame.select(exprs), answer, list(members), domain)


def _table(domain: Domain, metric: Any, plan: Table) -> _Frame:
    return _Frame(
        plan.make(domain.frame), lambda out: [(metric, lambda: plan.post(out))], [(metric, plan)], domain
    )


def _sample(domain: Domain, members: list[tuple[Any, Sample]]) -> _Frame:
    limits = [plan.limit for _, plan in members]
    limit = None if None in limits else max(x for x in limits if x is not None)
    columns = list(dict.fromkeys(c for _, plan in members for c in plan.columns))
    first = members[0][1]

    def answer(out: pl.DataFrame) -> Iterable[tuple[Any, Callable[[], Any]]]:
        for metric, plan in members:
            part = out if plan.limit is None else out.head(plan.limit)
            yield metric, (lambda p=plan, d=part: p.post(d))

    return _Frame(_head(first.rows(domain.frame).select(columns), limit), answer, list(members), domain)


def _frames(domains: Sequence[Domain]) -> list[_Frame]:
    made: list[_Frame] = []
    for domain in domains:
        scalars = [(m, p) for m, p in domain.plans if isinstance(p, Scalar)]
        if scalars:
            made.append(_scalars(domain, scalars))
        made.extend(_table(domain, m, p) for m, p in domain.plans if isinstance(p, Table))
        shared: dict[Hashable, list[tuple[Any, Sample]]] = {}
        for metric, plan in domain.plans:
            if isinstance(plan, Sample):
                shared.setdefault(plan.key, []).append((metric, plan))
        made.extend(_sample(domain, members) for members in shared.values())
    return made


def _read(frames: list[_Frame], outs: list[pl.DataFrame]) -> Answers:
    answers: Answers = {}
    for frame, out in zip(frames, outs, strict=True):
        for metric, value in frame.answer(out):
            try:
                answers[metric] = value()
            except (TypeError, ValueError, ArithmeticError, pl.exceptions.PolarsError) as error:
                answers[metric] = error
    return answers


def resolve(domains: Sequence[Domain]) -> tuple[Answers, int]:
    """Answer every plan of every domain in one streamed pass; how many passes it took (1 unless an expression is broken).

    A broken expression is found on a frame without rows, or else by halving, and costs only its own metric.
    """
    return _resolve(_frames(domains))


def _resolve(frames: list[_Frame]) -> tuple[Answers, int]:
    if not frames:
        return {}, 0
    try:
        return _read(frames, pl.collect_all([f.frame for f in frames], engine="streaming")), 1
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        failure = error
    plans = [(f.domain, member) for f in frames for member in f.members]
    if len(plans) == 1:
        return {plans[0][1][0]: failure}, 1
    broken: Answers = {}
    sound: list[tuple[Domain, tuple[Any, Plan]]] = []
    for domain, (metric, plan) in plans:
        error_found = _dry_run(domain, plan)
        if error_found is None:
            sound.append((domain, (metric, plan)))
        else:
            broken[metric] = error_found
    if broken:
        answers, passes = _resolve(_regroup(sound))
        return {**answers, **broken}, passes + 1
    half = len(sound) // 2
    left, left_passes = _resolve(_regroup(sound[:half]))
    right, right_passes = _resolve(_regroup(sound[half:]))
    return {**left, **right}, 1 + left_passes + right_passes


def _regroup(plans: Sequence[tuple[Domain, tuple[Any, Plan]]]) -> list[_Frame]:
    domains: dict[int, Domain] = {}
    for domain, member in plans:
        domains.setdefault(id(domain), Domain(domain.frame)).plans.append(member)
    return _frames(list(domains.values()))


def _dry_run(domain: Domain, plan: Plan) -> Exception | None:
    """The error that a plan raises on the same columns without rows, or None."""
    empty = Domain(pl.DataFrame(schema=domain.frame.collect_schema()).lazy(), [("dry", plan)])
    try:
        for frame in _frames([empty]):
            frame.frame.collect()
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        return error
    return None


def group_counts(columns: Columns, name: str) -> Rows:
    """Rows `(value, len)` of each distinct value that is not missing; the same plan for all metrics, so it runs once."""
    present = ~columns.missing(name)

    def make(frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame.filter(present).group_by(pl.col(name).alias("value")).len("len")

    return make
