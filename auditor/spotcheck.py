"""The human spot check: draw rows to review, blind, and turn the filled-in sheet into an interval that outranks estimates.

Half of the sheet comes from the rows that the probe suspects most, half from all others, in mixed order and without saying
which is which. The estimate is stratified, p = W1 p1 + W2 p2, and its interval exact: it holds every p that a likelihood-ratio
test on the two binomial samples does not reject at 5 %, with the test's probability taken at the worst split of p between the
strata. It never uses the probe's opinion as a fact.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import AuditError, ConfigError, UsageError
from auditor.output import write_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from auditor.detectors.results import ProbeFacts
    from auditor.model import Dataset
    from auditor.scan.rows import SourceRows
    from auditor.settings import Settings

COLUMNS = ("sheet", "id", "file", "row", "label", "content", "verdict", "correct_label")
WRONG = frozenset({"wrong", "no", "n", "0", "false", "incorrect", "bad", "x"})
RIGHT = frozenset({"right", "ok", "yes", "y", "1", "true", "correct", "good"})
UNSURE = frozenset({"?", "unsure", "unclear"})
SKIPPED = frozenset({"", "skip"})
SHOWN = 2000
"""Characters of a row's content on the sheet."""
GRID = 60
"""Points at which the split between the strata is tried."""
ALPHA = 0.05


@dataclass(frozen=True)
class Drawn:
    """One row of a sheet."""

    file: int
    row: int
    top: bool


def draw(path: str | Path, settings: Settings, n: int, out: Path) -> int:
    """Draw `n` labelled training rows of the data at `path` into the CSV file `out`; rows written.

    The sheet shows the rows' content and label: it is made to be read by people who may read the data.

    Raises:
        UsageError: for fewer than 2 rows, or when the sheet cannot be written.
        AuditError: when the data have no labels that could be ranked.
    """
    from auditor.detectors.studies import DuplicateStudy, LeakStudy, ProbeStudy
    from auditor.scan import engine
    from auditor.scan.rows import SourceRows
    from auditor.sources.discover import discover

    if n < 2:
        raise UsageError("spotcheck -n: at least 2 rows")
    source = discover(Path(path), settings)
    done = engine.run(source, (DuplicateStudy(), LeakStudy(), ProbeStudy()), settings)
    probe = done.facts[ProbeStudy()]
    drawn, top_size, total = choose(probe, n)
    rows = SourceRows(source, settings)
    lines = _lines(rows, drawn, top_size, total)
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    write_text(out, sheet.getvalue())
    return len(lines)


def choose(probe: ProbeFacts, n: int) -> tuple[list[Drawn], int, int]:
    """Rows to review, size of the top stratum, and of both together.

    The top stratum is the review list (at least n/2 rows, at most half of all). Both halves are drawn by content-independent
    hashes of place, so that the same data give the same sheet.

    Raises:
        AuditError: when no label could be ranked.
    """
    import numpy as np

    scores = probe.scores
    if scores is None or len(scores) < 2:
        raise AuditError(f"nothing to spot-check: {probe.reason or 'no label could be ranked'}")
    total = len(scores)
    half = max(1, min(n // 2, total // 2))
    top_size = int(min(max(half, int(scores.candidate.sum())), max(half, total // 2)))
    order = np.lexsort((scores.row, scores.file, scores.quality))
    strata = ((order[:top_size], True, half), (order[top_size:], False, min(n - half, total - top_size)))
    drawn = []
    for members, top, want in strata:
        keys = [_hash(f"{int(scores.file[i])}:{int(scores.row[i])}") for i in members]
        chosen = sorted(range(len(members)), key=keys.__getitem__)[:want]
        drawn += [Drawn(int(scores.file[members[i]]), int(scores.row[members[i]]), top) for i in chosen]
    drawn.sort(key=lambda d: _hash(f"order:{d.file}:{d.row}"))
    return drawn, top_size, total


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _id(sheet: str, file: str, row: int, *, top: bool) -> str:
    """Looks like noise, and says which stratum only to who computes both."""
    return _hash(f"{sheet}\0{file}\0{row}\0{top}")[:12]


def _lines(rows: SourceRows, drawn: list[Drawn], top_size: int, total: int) -> list[tuple[str | int, ...]]:
    import polars as pl

    from auditor.detectors.inputs import input_columns
    from auditor.detectors.table import cell_text
    from auditor.model import Role
    from auditor.scan.request import FILE, ROW

    data = rows.dataset
    sheet = f"v1.{total}.{top_size}.{data.digest[:12]}"
    shown = input_columns(data)
    label = next(iter(data.role(Role.LABEL)), None)
    frame = rows.select((*dict.fromkeys((*shown, *((label,) if label else ()))),))
    wanted = pl.DataFrame({FILE: [d.file for d in drawn], ROW: [d.row for d in drawn]}, schema={FILE: frame.schema[FILE], ROW: frame.schema[ROW]})
    found = {(r[FILE], r[ROW]): r for r in frame.join(wanted, on=[FILE, ROW]).iter_rows(named=True)}
    lines: list[tuple[str | int, ...]] = []
    for d in drawn:
        values = found[d.file, d.row]
        name = data.files[d.file].path
        content = cell_text(values[shown[0]]) if len(shown) == 1 else "\n".join(f"{c}: {cell_text(values[c])}" for c in shown)
        text = cell_text(values[label]) if label else ""
        lines.append((sheet, _id(sheet, name, d.row, top=d.top), name, d.row, _inert(text), _inert(content[:SHOWN]), "", ""))
    return lines


def _inert(text: str) -> str:
    """Text that a spreadsheet shows and does not run."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


@dataclass(frozen=True)
class Filled:
    """What people found on a sheet; of each pair the first is the top stratum."""

    weight: float
    """Share of the top stratum in all rows that were ranked, 0 to 1."""
    judged: tuple[int, int]
    wrong: tuple[int, int]
    unsure: tuple[int, int] = (0, 0)
    """Rows that people looked at and could not decide; not among those judged."""


def sheet_at(root: Path, name: str) -> Path:
    """The sheet that audit.toml names relative to the audited folder, or the command line to the working folder."""
    beside = (root if root.is_dir() else root.parent) / name
    return beside if beside.is_file() else Path(name)


def read(path: str | Path, data: Dataset) -> tuple[float, float, float, int]:
    """Share of wrong labels by a filled-in sheet: value, lower and upper 95 % bound, rows judged.

    Raises:
        ConfigError: as `filled` does.
    """
    found = filled(Path(path), data.digest[:12])
    value, low, high = stratified(found.wrong[0], found.judged[0], found.wrong[1], found.judged[1], found.weight)
    return value, low, high, sum(found.judged)


def doubtful(path: Path, data: Dataset) -> float:
    """Upper 95 % bound of the share of wrong labels where all that people could not decide is wrong.

    Raises:
        ConfigError: as `filled` does.
    """
    found = filled(path, data.digest[:12])
    judged, wrong = ([n + m for n, m in zip(counts, found.unsure, strict=True)] for counts in (found.judged, found.wrong))
    return stratified(wrong[0], judged[0], wrong[1], judged[1], found.weight)[2]


def filled(target: Path, digest: str = "") -> Filled:
    """What a filled-in sheet says; whatever the data without their `digest`, to be told of a mistake in it before they are scanned.

    `verdict` is wrong/right (no/yes, 0/1, x/ok); empty or `?` counts as not judged.

    Raises:
        ConfigError: when there is no sheet, it is not one of ours, belongs to other data than those of `digest`, holds words it should not, or is not filled in.
    """
    if not target.is_file():
        raise ConfigError(f"spot check '{target.name}': no such file; `audit spotcheck PATH -o FILE` draws one")
    try:
        with target.open(newline="", encoding="utf-8-sig") as stream:
            head = stream.readline()
            stream.seek(0)
            records = list(csv.DictReader(stream, delimiter=max(",;\t", key=head.count)))  # spreadsheets of half the world save semicolons
    except (OSError, UnicodeDecodeError, csv.Error):
        raise ConfigError(f"spot check '{target.name}': not a readable CSV file") from None
    if not records or not {"sheet", "id", "file", "row", "verdict"} <= set(records[0]):
        raise ConfigError(f"spot check '{target.name}': not a sheet of `audit spotcheck` (columns {', '.join(COLUMNS)})")
    sheet = records[0]["sheet"] or ""
    parts = sheet.split(".")
    if len(parts) != 4 or parts[0] != "v1" or not parts[1].isdigit() or not parts[2].isdigit():
        raise ConfigError(f"spot check '{target.name}': the column 'sheet' was changed")
    if digest and parts[3] != digest:
        raise ConfigError(f"spot check '{target.name}': it was drawn from other data than these (or they changed since): draw a new one")
    total, top_size = int(parts[1]), int(parts[2])
    judged = [0, 0]
    wrong = [0, 0]
    unsure = [0, 0]
    seen: set[str] = set()
    for line, record in enumerate(records, start=2):
        stratum = _stratum(record, sheet, target.name, line)
        if record["id"] in seen:
            raise ConfigError(f"spot check '{target.name}' line {line}: the row is there twice")
        seen.add(record["id"])
        said = (record["verdict"] or "").strip().lower()
        if said in UNSURE or said in SKIPPED:
            unsure[stratum] += said in UNSURE
            continue
        if said not in WRONG and said not in RIGHT:
            raise ConfigError(f"spot check '{target.name}' line {line}: verdict must be right or wrong (empty = not judged)")
        judged[stratum] += 1
        wrong[stratum] += said in WRONG
    if not sum(judged):
        raise ConfigError(f"spot check '{target.name}': no row is judged; fill in the column 'verdict' with right or wrong")
    return Filled(top_size / total, (judged[0], judged[1]), (wrong[0], wrong[1]), (unsure[0], unsure[1]))


def _stratum(record: dict[str, str], sheet: str, name: str, line: int) -> int:
    row = record["row"] or ""
    if record["sheet"] == sheet and row.isdigit():
        for stratum, top in enumerate((True, False)):
            if record["id"] == _id(sheet, record["file"], int(row), top=top):
                return stratum
    raise ConfigError(f"spot check '{name}' line {line}: sheet, id, file or row were changed")


def stratified(wrong_top: int, n_top: int, wrong_rest: int, n_rest: int, weight: float) -> tuple[float, float, float]:
    """Estimate and exact 95 % bounds of `weight * p_top + (1 - weight) * p_rest` from two binomial samples.

    A stratum without a judged row is unknown (0 to 1); its estimate is then the middle for the value.
    """
    import numpy as np

    p_top = wrong_top / n_top if n_top else 0.5
    p_rest = wrong_rest / n_rest if n_rest else 0.5
    value = weight * p_top + (1 - weight) * p_rest
    if not n_top or not n_rest:
        one = _one(wrong_top, n_top) if n_top else (0.0, 1.0)
        other = _one(wrong_rest, n_rest) if n_rest else (0.0, 1.0)
        return value, weight * one[0] + (1 - weight) * other[0], weight * one[1] + (1 - weight) * other[1]
    unconstrained = _log_binomial(n_top, np.arange(n_top + 1) / n_top).diagonal()[:, None] + _log_binomial(n_rest, np.arange(n_rest + 1) / n_rest).diagonal()[None, :]

    def plausible(p: float) -> bool:
        return _p_value(p, (wrong_top, wrong_rest), (n_top, n_rest), weight, unconstrained) >= ALPHA

    return value, _search(plausible, value, 0.0), _search(plausible, value, 1.0)


def _p_value(p: float, wrong: tuple[int, int], n: tuple[int, int], weight: float, unconstrained: NDArray[np.float64]) -> float:
    """Largest probability, over all splits of `p` between the strata, of a sheet whose likelihood ratio speaks as loudly against `p`."""
    import numpy as np

    least = max(0.0, (p - (1 - weight)) / weight) if weight else 0.0
    most = min(1.0, p / weight) if weight else 1.0
    top = np.linspace(least, most, GRID)
    rest = ((p - weight * top) / (1 - weight)).clip(0, 1) if weight < 1 else np.zeros(GRID)
    a, b = _log_binomial(n[0], top), _log_binomial(n[1], rest)
    profile = np.full(unconstrained.shape, -np.inf)
    for i in range(GRID):
        np.maximum(profile, a[i][:, None] + b[i][None, :], out=profile)
    ratio = unconstrained - profile
    event = (ratio >= ratio[wrong] - 1e-9).astype(np.float64)
    return float(np.einsum("gi,ij,gj->g", np.exp(a), event, np.exp(b), optimize=True).max())


def _log_binomial(n: int, p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log probabilities of 0..n successes, one row for each p."""
    import numpy as np

    k = np.arange(n + 1)
    choose = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(n + 1)])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(choose + np.where(k > 0, k * np.log(p[:, None]), 0) + np.where(n - k > 0, (n - k) * np.log1p(-p[:, None]), 0), dtype=np.float64)


def _search(plausible: Callable[[float], bool], inside: float, outside: float) -> float:
    """Bound between a value that is plausible and one that need not be, by bisection, rounded outwards."""
    if plausible(outside):
        return outside
    for _ in range(16):
        middle = (inside + outside) / 2
        if plausible(middle):
            inside = middle
        else:
            outside = middle
    return outside


def _one(wrong: int, n: int) -> tuple[float, float]:
    """Clopper-Pearson interval of one sample."""
    from scipy.stats import beta

    low = float(beta.ppf(ALPHA / 2, wrong, n - wrong + 1)) if wrong else 0.0
    high = float(beta.ppf(1 - ALPHA / 2, wrong + 1, n - wrong)) if wrong < n else 1.0
    return low, high
