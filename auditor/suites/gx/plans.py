"""What a metric asks of the batch, and the one `collect_all` that answers all of them.

A plan is one of

    Scalar   an aggregating expression
    Count    how many rows a condition flags
    Sample   the first rows that a condition flags; metrics of one condition share what is kept
    Fold     a value made of a few columns of all rows
    Table    a small frame made from the domain (groups of a column)
    Tally    how many rows a condition picks that only a frame of its own can pick

Each condition is evaluated once, as a column that its count and its sample share. All but the last two of a domain are one
frame: what is kept for samples and folds is taken aside as the rows stream by (`keep.py`).
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

import polars as pl

from auditor.suites.gx.columns import Columns
from auditor.suites.gx.keep import ROW_INDEX, Keep, Keeper

_COUNT = "__gx_count"

Rows = Callable[[pl.LazyFrame], pl.LazyFrame]


class Chosen(NamedTuple):
    """Rows that were picked, and how many they are, where that is known before they are read."""

    frame: pl.LazyFrame
    total: int | None = None


Pick = Callable[[pl.LazyFrame, Sequence[str]], Chosen]
"""Flagged rows of a frame, with the columns named at least."""


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
class Whole:
    """A condition on all rows together, judged when they have been read by `marks`, columns about one row.

    `pick` gets the marks of the rows in `where` (None: of all), and the columns that samples ask for, and gives back those
    that are flagged. Marks of one name are one column, so a name says what is in it; equal keys of one domain are kept once.
    """

    key: Hashable
    marks: Mapping[str, pl.Expr]
    where: Flags | None
    pick: Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Picked:
    """A condition that takes a frame of its own; equal keys of one domain are one frame."""

    key: Hashable
    rows: Pick


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
class Tally:
    """How many rows are picked."""

    rows: Picked


@dataclass(frozen=True)
class Fold:
    """What the metric makes of the rows of a `Whole`, which have `columns` beside the marks."""

    rows: Whole
    columns: tuple[str, ...]
    post: Callable[[pl.DataFrame], Any]


@dataclass(frozen=True)
class Sample:
    """The first `limit` rows (None: all) that are flagged, with `columns`; equal keys of one domain are kept once."""

    key: Hashable
    rows: Flags | Whole | Picked
    columns: tuple[str, ...]
    limit: int | None
    post: Callable[[pl.DataFrame], Any]


Plan = Scalar | Count | Table | Tally | Fold | Sample


@dataclass
class Domain:
    """Rows that metrics are about: the batch under a row condition, and the metrics asked of it."""

    frame: pl.LazyFrame
    plans: list[tuple[Any, Plan]] = field(default_factory=list)


Answers = dict[Any, Any]
"""Value by metric, or the exception that stands in its place."""

Answer = Callable[[pl.DataFrame], Iterable[tuple[Any, Callable[[], Any]]]]


@dataclass
class _Frame:
    """One lazy frame of the collect and how its result answers metrics."""

    frame: pl.LazyFrame
    answer: Answer
    members: list[tuple[Any, Plan]]
    domain: Domain
    alone: bool = False
    """Read by itself: beside others it would share their scan, and the slower of two holds what the faster has read (1.7 GB for 13M rows of CSV)."""


def _conditions(plan: Plan) -> Iterator[Flags | None]:
    """Conditions on one row that a plan is about."""
    if isinstance(plan, Count):
        yield from (plan.flags, plan.unfit)
    elif isinstance(plan, Sample | Fold):
        yield plan.rows.where if isinstance(plan.rows, Whole) else plan.rows if isinstance(plan.rows, Flags) else None


def _streamed(plan: Plan) -> bool:
    return isinstance(plan, Scalar | Count | Fold) or (isinstance(plan, Sample) and not isinstance(plan.rows, Picked))


def _stream(domain: Domain) -> Iterator[_Frame]:
    """The one frame of all that is computed or kept as rows stream by."""
    members = [(m, p) for m, p in domain.plans if _streamed(p)]
    if not members:
        return
    flags = {f.key: f.expr for _, p in members for f in _conditions(p) if f is not None}
    names = {key: f"__gx_flag{i}" for i, key in enumerate(flags)}
    wholes = [p.rows for _, p in members if isinstance(p, Sample | Fold) and isinstance(p.rows, Whole)]
    marks = {name: expr for whole in wholes for name, expr in whole.marks.items()}
    groups: dict[Hashable, list[tuple[Any, Sample | Fold]]] = {}
    for metric, plan in members:
        if isinstance(plan, Sample | Fold):
            key = ("whole", plan.rows.key) if isinstance(plan, Fold) or isinstance(plan.rows, Whole) else ("sample", plan.key)
            groups.setdefault(key, []).append((metric, plan))
    keeps = [_keep([p for _, p in group], names) for group in groups.values()]
    single = [(m, p) for m, p in members if isinstance(p, Scalar | Count)]
    exprs = [e.alias(f"m{i}{side}") for i, (_, p) in enumerate(single) for e, side in zip(_pair(p, names), "ab", strict=True)]
    made = [*(e.fill_null(value=False).alias(names[k]) for k, e in flags.items()), *(e.alias(n) for n, e in marks.items())]
    base = domain.frame.with_columns(made) if made else domain.frame
    keeper = Keeper(keeps)
    if keeps:
        needed = [ROW_INDEX, *(c for k in keeps for c in (*k.columns, k.flag) if c), *(c for e in exprs for c in e.meta.root_names())]
        base = base.select(list(dict.fromkeys(needed)))
        kept = base.map_batches(keeper, streamable=True, predicate_pushdown=False, projection_pushdown=False, slice_pushdown=False)
    else:
        kept = base

    def answer(out: pl.DataFrame) -> Iterable[tuple[Any, Callable[[], Any]]]:
        row = out.row(0)
        for i, (metric, plan) in enumerate(single):
            yield metric, partial(_value, plan, row[2 * i], row[2 * i + 1])
        for i, group in enumerate(groups.values()):
            rows = functools.cache(partial(_rows, keeper, i, base, group[0][1].rows))
            for metric, asked in group:
                yield metric, partial(_of_rows, asked, rows)

    yield _Frame(kept.select(exprs or [pl.len()]), answer, list(members), domain)


def _keep(plans: Sequence[Sample | Fold], names: Mapping[Hashable, str]) -> Keep:
    columns = [c for p in plans for c in p.columns]
    rows = plans[0].rows
    if isinstance(rows, Whole):
        return Keep(tuple(dict.fromkeys([*rows.marks, *columns])), None if rows.where is None else names[rows.where.key])
    limits = [p.limit for p in plans if isinstance(p, Sample)]
    limit = None if None in limits else max(x for x in limits if x is not None)
    return Keep(tuple(dict.fromkeys(columns)), names[rows.key], limit)


def _pair(plan: Scalar | Count, names: Mapping[Hashable, str]) -> tuple[pl.Expr, pl.Expr]:
    def total(flags: Flags | None) -> pl.Expr:
        return pl.lit(0) if flags is None else pl.col(names[flags.key]).sum()

    return (plan.expr, pl.lit(0)) if isinstance(plan, Scalar) else (total(plan.flags), total(plan.unfit))


def _value(plan: Scalar | Count, first: Any, second: Any) -> Any:
    if isinstance(plan, Count):
        return plan.post(first, second)
    return plan.post(first) if plan.post else first


def _rows(keeper: Keeper, index: int, base: pl.LazyFrame, rows: Flags | Whole | Picked) -> pl.DataFrame:
    """What was kept, and of a whole what it picks."""
    kept = keeper.give(index, base.collect_schema)
    return rows.pick(kept) if isinstance(rows, Whole) else kept


def _of_rows(plan: Sample | Fold, rows: Callable[[], pl.DataFrame]) -> Any:
    return plan.post(rows()) if isinstance(plan, Fold) else _first(plan, rows())


def _first(plan: Sample, rows: pl.DataFrame) -> Any:
    return plan.post(rows[list(plan.columns)][: plan.limit])


def _table(domain: Domain, metric: Any, plan: Table) -> _Frame:
    return _Frame(
        plan.make(domain.frame), lambda out: [(metric, lambda: plan.post(out))], [(metric, plan)], domain
    )


def _picked(domain: Domain, members: list[tuple[Any, Tally | Sample]]) -> _Frame:
    """The rows of a condition's samples and, where it is asked for, how many it picks, as one frame.

    Were they two, the optimizer would share what they have in common instead of the scan, and decode the file once more.
    """
    samples = [p for _, p in members if isinstance(p, Sample)]
    columns = list(dict.fromkeys(c for p in samples for c in p.columns))
    limits = [p.limit for p in samples]
    rows = members[0][1].rows
    assert isinstance(rows, Picked)
    frame, total = rows.rows(domain.frame, columns)
    tallied = [pl.len().alias(_COUNT)] if len(samples) < len(members) and total is None else []
    frame = frame.select(*columns, *tallied)
    if total == 0:
        frame = frame.head(0)

    def answer(out: pl.DataFrame) -> Iterable[tuple[Any, Callable[[], Any]]]:
        count = total if total is not None else int(out.item(0, _COUNT)) if tallied and out.height else 0
        for metric, plan in members:
            yield metric, partial(_first, plan, out) if isinstance(plan, Sample) else lambda: count

    most = None if None in limits else max([1, *(n for n in limits if n is not None)])
    return _Frame(frame if most is None else frame.head(most), answer, list(members), domain, alone=True)


def _frames(domains: Sequence[Domain]) -> list[_Frame]:
    made: list[_Frame] = []
    for domain in domains:
        made.extend(_stream(domain))
        made.extend(_table(domain, m, p) for m, p in domain.plans if isinstance(p, Table))
        picks: dict[Hashable, list[tuple[Any, Tally | Sample]]] = {}
        for metric, plan in domain.plans:
            if isinstance(plan, Tally | Sample) and isinstance(plan.rows, Picked):
                picks.setdefault(plan.rows.key, []).append((metric, plan))
        made.extend(_picked(domain, members) for members in picks.values())
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


_READ_AHEAD: Final = "POLARS_ROW_GROUP_PREFETCH_SIZE"
_CHUNK: Final = "POLARS_IDEAL_MORSEL_SIZE"


@contextlib.contextmanager
def _small_steps() -> Iterator[None]:
    """Read two row groups of Parquet ahead and stream 25,000 rows at a time, unless the user has set how many.

    The scan outruns the expressions otherwise and decoded row groups pile up: 18 expectations over 20M rows peak at
    1.1-1.5 GB with Polars' own choice and at 0.7 GB with two, for the same CPU. Polars has no setting for what is read ahead
    but this variable, which it reads when a scan starts.
    """
    ahead, chunk = _READ_AHEAD not in os.environ, _CHUNK not in os.environ
    if ahead:
        os.environ[_READ_AHEAD] = "2"
    if chunk:
        pl.Config.set_streaming_chunk_size(25_000)
    try:
        yield
    finally:
        if ahead:
            os.environ.pop(_READ_AHEAD, None)
        if chunk:
            pl.Config.set_streaming_chunk_size(None)


def resolve(domains: Sequence[Domain]) -> tuple[Answers, int]:
    """Answer every plan of every domain in one streamed pass, but for those that pick rows by a frame of their own; how many passes it took.

    A broken expression is found on a frame without rows, or else by halving, and costs only its own metric.
    """
    return _resolve(_frames(domains))


def _resolve(frames: list[_Frame]) -> tuple[Answers, int]:
    if not frames:
        return {}, 0
    try:
        with _small_steps():
            together, alone = [f for f in frames if not f.alone], [f for f in frames if f.alone]
            outs = pl.collect_all([f.frame for f in together], engine="streaming") if together else []
            outs += [f.frame.collect(engine="streaming") for f in alone]
        return _read([*together, *alone], outs), bool(together) + len(alone)
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
