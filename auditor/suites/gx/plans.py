"""What a metric asks of the batch, and the one `collect_all` that answers all of them.

A plan is one of

    Scalar   an aggregating expression; all of a domain share one `select`
    Count    how many rows a condition flags
    Table    a small frame made from the domain (groups of a column, the head of the batch)
    Sample   the first rows that a condition flags; metrics of one condition share one frame

Each condition is evaluated once, as a column that its count and its sample share. Samples are frames of their own on
purpose: an `implode` of filtered values inside the shared `select` makes the streaming engine hold whole columns (930 MB
instead of 422 MB at 5M rows x 9 conditions), a `filter().head()` does not.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
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
class Flags:
    """A condition that looks at one row only: true where the row is flagged. Equal keys of one domain are one column."""

    key: Hashable
    expr: pl.Expr


@dataclass(frozen=True)
class Count:
    """How many rows are flagged; raises `error` where any row has a value that cannot be judged (`unfit`)."""

    flags: Flags
    unfit: Flags | None = None
    error: Exception | None = None

    def post(self, flagged: int | None, unfit: int | None) -> int:
        """The count."""
        if unfit and self.error is not None:
            raise self.error
        return int(flagged or 0)


@dataclass(frozen=True)
class Table:
    """A small frame, and what the metric makes of it."""

    make: Rows
    post: Callable[[pl.DataFrame], Any]


@dataclass(frozen=True)
class Sample:
    """The first `limit` rows (None: all) that are flagged, with `columns`; equal keys of one domain share a frame."""

    key: Hashable
    rows: Flags | Rows
    columns: tuple[str, ...]
    limit: int | None
    post: Callable[[pl.DataFrame], Any]


Plan = Scalar | Count | Table | Sample


@dataclass
class Domain:
    """Rows that metrics are about: the batch under a row condition, and the metrics asked of it."""

    frame: pl.LazyFrame
    plans: list[tuple[Any, Plan]] = field(default_factory=list)


Answers = dict[Any, Any]
"""Value by metric, or the exception that stands in its place."""


@dataclass
class _Frame:
    """One lazy frame of the collect and how its result answers metrics."""

    frame: pl.LazyFrame
    answer: Callable[[pl.DataFrame], Iterable[tuple[Any, Callable[[], Any]]]]
    members: list[tuple[Any, Plan]]
    domain: Domain


def _flagged(domain: Domain) -> tuple[pl.LazyFrame, dict[Hashable, str]]:
    """The domain with a column for each condition, and the name of each condition's column."""
    wanted: dict[Hashable, pl.Expr] = {}
    for _, plan in domain.plans:
        found = [plan.flags, plan.unfit] if isinstance(plan, Count) else [getattr(plan, "rows", None)]
        wanted.update({f.key: f.expr for f in found if isinstance(f, Flags)})
    names = {key: f"__gx_flag{i}" for i, key in enumerate(wanted)}
    flagged = [expr.alias(names[key]) for key, expr in wanted.items()]
    return (domain.frame.with_columns(flagged) if flagged else domain.frame), names


def _sum(flags: Flags | None, names: dict[Hashable, str]) -> pl.Expr:
    return pl.lit(0) if flags is None else pl.col(names[flags.key]).sum()


def _shared(domain: Domain, base: pl.LazyFrame, names: dict[Hashable, str]) -> Iterator[_Frame]:
    """The one `select` of all scalars and counts of a domain."""
    members = [(m, p) for m, p in domain.plans if isinstance(p, Scalar | Count)]
    if not members:
        return
    exprs: list[pl.Expr] = []
    for i, (_, plan) in enumerate(members):
        pair = (plan.expr, pl.lit(0)) if isinstance(plan, Scalar) else (_sum(plan.flags, names), _sum(plan.unfit, names))
        exprs.extend(e.alias(f"m{i}{side}") for e, side in zip(pair, "ab", strict=True))

    def answer(out: pl.DataFrame) -> Iterable[tuple[Any, Callable[[], Any]]]:
        row = out.row(0)
        for i, (metric, plan) in enumerate(members):
            yield metric, partial(_value, plan, row[2 * i], row[2 * i + 1])

    yield _Frame(base.select(exprs), answer, list(members), domain)


def _value(plan: Scalar | Count, first: Any, second: Any) -> Any:
    if isinstance(plan, Count):
        return plan.post(first, second)
    return plan.post(first) if plan.post else first


def _table(domain: Domain, metric: Any, plan: Table) -> _Frame:
    return _Frame(
        plan.make(domain.frame), lambda out: [(metric, lambda: plan.post(out))], [(metric, plan)], domain
    )


def _sample(domain: Domain, base: pl.LazyFrame, names: dict[Hashable, str], members: list[tuple[Any, Sample]]) -> _Frame:
    limits = [plan.limit for _, plan in members]
    limit = None if None in limits else max(x for x in limits if x is not None)
    columns = list(dict.fromkeys(c for _, plan in members for c in plan.columns))
    rows = members[0][1].rows
    picked = base.filter(pl.col(names[rows.key])) if isinstance(rows, Flags) else rows(domain.frame)

    def answer(out: pl.DataFrame) -> Iterable[tuple[Any, Callable[[], Any]]]:
        for metric, plan in members:
            yield metric, partial(plan.post, out if plan.limit is None else out.head(plan.limit))

    selected = picked.select(columns)
    return _Frame(selected if limit is None else selected.head(limit), answer, list(members), domain)


def _frames(domains: Sequence[Domain]) -> list[_Frame]:
    made: list[_Frame] = []
    for domain in domains:
        base, names = _flagged(domain)
        made.extend(_shared(domain, base, names))
        made.extend(_table(domain, m, p) for m, p in domain.plans if isinstance(p, Table))
        samples: dict[Hashable, list[tuple[Any, Sample]]] = {}
        for metric, plan in domain.plans:
            if isinstance(plan, Sample):
                samples.setdefault(plan.key, []).append((metric, plan))
        made.extend(_sample(domain, base, names, members) for members in samples.values())
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


_READ_AHEAD = "POLARS_ROW_GROUP_PREFETCH_SIZE"


@contextlib.contextmanager
def _little_read_ahead() -> Iterator[None]:
    """Read two row groups of Parquet ahead, unless the user has set how many.

    The scan outruns the expressions otherwise and decoded row groups pile up: 18 expectations over 20M rows peak at
    1.1-1.5 GB with Polars' own choice and at 0.7 GB with two, for the same CPU. Polars has no setting for it but this
    variable, which it reads when a scan starts.
    """
    if _READ_AHEAD in os.environ:
        yield
        return
    os.environ[_READ_AHEAD] = "2"
    try:
        yield
    finally:
        os.environ.pop(_READ_AHEAD, None)


def resolve(domains: Sequence[Domain]) -> tuple[Answers, int]:
    """Answer every plan of every domain in one streamed pass; how many passes it took (1 unless an expression is broken).

    A broken expression is found on a frame without rows, or else by halving, and costs only its own metric.
    """
    return _resolve(_frames(domains))


def _resolve(frames: list[_Frame]) -> tuple[Answers, int]:
    if not frames:
        return {}, 0
    try:
        with _little_read_ahead():
            outs = pl.collect_all([f.frame for f in frames], engine="streaming")
        return _read(frames, outs), 1
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
