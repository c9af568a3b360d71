"""Columns that give the label away on their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors.class_marks import class_marks
from auditor.detectors.column_results import ColumnFacts
from auditor.detectors.columns import compare
from auditor.detectors.hashing import codes, place_key, text_hash
from auditor.detectors.inputs import Inputs, input_columns, load
from auditor.detectors.results import TargetLeak
from auditor.model import Role, Split
from auditor.scan.request import FILE, ROW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.results import ClassMark
    from auditor.scan.request import Rows

CAP = 20_000
MIN_ROWS = 50
COPY = 0.99
"""Chance-scaled cross-fitted balanced accuracy (R2 for numbers) of one column alone: the label in other words."""
NEAR_COPY = 0.95
BINS = 64
FINE = 512
EXACT_LEVELS = 1000
NAMED = 0.9
"""Share of texts that spell out their own label, and no other."""
SLOT = 0.2
"""Share of texts that have their label's name behind the same characters, from which that is told (our choice)."""
PURE = 0.95
"""Share of the label names behind those characters that are the text's own."""
BEFORE = 12
"""Characters before a label's name that say where it stands."""
CELLS = 5_000_000
"""Values times classes up to which a place of the texts is counted."""
BLANK = 0.02
"""Share of empty texts above which what stands where in the others is not asked."""
PARTS = 8
"""Columns of which a number may be the sum."""


def given_away(rows: Rows) -> tuple[tuple[TargetLeak, ...], tuple[ClassMark, ...], ColumnFacts]:
    """Leaking columns of the training split, worst first, what marks one class, and how columns compare."""
    data = rows.dataset
    if not data.role(Role.LABEL):
        return (), (), ColumnFacts()
    inputs = load(rows, splits=(str(Split.TRAIN),), cap=CAP)
    labelled = inputs.take(np.flatnonzero(inputs.labels.present))
    text = data.role(Role.TEXT)
    told = _ranked([*columns_that_tell(labelled, text[0] if len(text) == 1 else "text"), *_unread_gaps(rows, labelled)])
    known = {leak.column for leak in told}
    worded = any("words: " in leak.kind for leak in told)
    marks = tuple(m for m in class_marks(labelled) if m.column not in known and not (worded and m.how.endswith("the same words")))
    return told, marks, compare(labelled)


def columns_that_tell(inputs: Inputs, text: str = "text") -> tuple[TargetLeak, ...]:
    """Leaking columns among labelled rows; `text` is what their text is called."""
    labels = inputs.labels
    if len(inputs) < MIN_ROWS or labels.kind not in ("single", "number"):
        return ()
    table, found = inputs.table, []
    for j, name in enumerate(table.numeric_names):
        if name in table.derived:
            continue
        column = table.numeric[:, j]
        found.append((name, "copy", _told_by(column, inputs)))
        found += _by_gaps(name, np.isnan(column), inputs)
    for j, name in enumerate(table.category_names):
        levels = table.categories[:, j]
        copy = (name, "copy", _skill(levels.astype(np.int64) + 1, inputs))
        found += [copy] if copy[2] >= NEAR_COPY else _by_gaps(name, levels < 0, inputs)  # of many values most are new to the other half
    for j, name in enumerate(table.worded):
        found += _by_gaps(name, table.unfilled[:, j], inputs)
    found += [(name, "sum", 1.0) for name in _summands(inputs)]
    leaks = [TargetLeak(n, k if s >= COPY else f"near_{k}", s, len(inputs)) for n, k, s in found if s >= NEAR_COPY]
    return _ranked([*leaks, *_words_that_tell(inputs, text)])


def _words_that_tell(inputs: Inputs, text: str) -> list[TargetLeak]:
    """The plainest way in which the texts give the label away."""
    spelled, slot = _spelled(inputs), _slot(inputs)
    if max(spelled, slot) >= NAMED:
        return [TargetLeak(text, "words: the name of the label in it", max(spelled, slot), len(inputs))]
    told = max(((skill, place) for place, skill in _places(inputs)), default=(0.0, ""), key=lambda p: p[0])
    if told[0] >= NEAR_COPY:
        return [TargetLeak(text, f"{'' if told[0] >= COPY else 'near_'}words: {told[1]}", told[0], len(inputs))]
    return [TargetLeak(text, "near_words: the name of the label, always behind the same characters", slot, len(inputs))] if slot >= SLOT else []


def _ranked(leaks: Sequence[TargetLeak]) -> tuple[TargetLeak, ...]:
    return tuple(sorted(leaks, key=lambda leak: (-leak.skill, leak.column, leak.kind)))


def _unread_gaps(rows: Rows, inputs: Inputs) -> Iterator[TargetLeak]:
    """Columns that no learner here reads (points in time, entities, ids) and that are filled for one class only: a trainer may read them."""
    data = rows.dataset
    if len(inputs) < MIN_ROWS or inputs.labels.kind != "single":
        return
    known = {*input_columns(data), *(c for role in (Role.LABEL, Role.ANNOTATOR, Role.SPLIT, Role.MEDIA) for c in data.role(role))}
    types = rows.lazy((str(Split.TRAIN),)).collect_schema()
    names = [c.name for c in data.columns if c.name not in known and c.name in types and not types[c.name].is_nested()]
    if not names:
        return
    filled = [pl.col(n).is_not_null() & ((pl.col(n).str.strip_chars() != "") if types[n] == pl.String else True) for n in names]
    frame = rows.select(tuple(names), splits=(str(Split.TRAIN),), cap=CAP).select(FILE, ROW, *filled)
    here = place_key(frame[FILE].to_numpy().astype(np.uint32), frame[ROW].to_numpy().astype(np.int64))
    order = np.argsort(here)
    wanted = place_key(inputs.file, inputs.row)
    at = order[np.searchsorted(here[order], wanted).clip(0, max(0, len(here) - 1))] if len(here) else np.zeros(0, np.int64)
    if not len(at) or not bool((here[at] == wanted).all()):
        return
    for name in names:
        for _, kind, skill in _by_gaps(name, ~frame[name].to_numpy()[at], inputs):
            if skill >= NEAR_COPY:
                yield TargetLeak(name, kind if skill >= COPY else f"near_{kind}", skill, len(inputs))


def _by_gaps(name: str, missing: NDArray[np.bool_], inputs: Inputs) -> list[tuple[str, str, float]]:
    return [(name, "missingness", _skill(missing.astype(np.int64), inputs))] if 0.02 < missing.mean() < 0.98 else []


def _told_by(column: NDArray[np.float32], inputs: Inputs) -> float:
    """Skill of a number: by its values where they are few, by where it stands among the others, and of a number by a line."""
    values, levels = np.unique(column, return_inverse=True)
    skill = max(_skill(_bins(column, bins), inputs) for bins in (BINS, FINE))  # few rows of a class may share a wide bin with others
    if len(values) <= min(EXACT_LEVELS, len(column) / 5):
        skill = max(skill, _skill(levels.astype(np.int64), inputs))
    y = inputs.labels.number
    return max(skill, _line(column.astype(np.float64), y)) if inputs.labels.kind == "number" and y is not None else skill


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Share of the variance of `y` that a straight line through `x`, or through its ranks, tells; gaps tell nothing."""
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < MIN_ROWS:
        return 0.0
    x, y = x[known], y[known]
    told = 0.0
    for a, b in ((x, y), (_ranks(x), _ranks(y))):
        if a.std() > 0 and b.std() > 0:
            told = max(told, float(np.corrcoef(a, b)[0, 1]) ** 2)
    return told * float(known.mean())


def _ranks(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean rank of each value."""
    _, at, counts = np.unique(x, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - counts / 2)[at], dtype=np.float64)


def _summands(inputs: Inputs) -> list[str]:
    """Columns that add up to the label, row by row: of a formula it is the plainest, and what sums count is known no earlier than they are."""
    y, table = inputs.labels.number, inputs.table
    used = [j for j, n in enumerate(table.numeric_names) if n not in table.derived and np.isfinite(table.numeric[:, j]).all()]
    if inputs.labels.kind != "number" or y is None or len(used) < 2 or len(y) < 10 * len(used) or y.std() == 0:
        return []
    x = table.numeric[:, used].astype(np.float64)
    spread = x.std(axis=0)
    kept = spread > 0
    if kept.sum() < 2:
        return []
    x, names, spread = x[:, kept], [table.numeric_names[j] for j, k in zip(used, kept, strict=True) if k], spread[kept]
    weight = np.linalg.lstsq((x - x.mean(axis=0)) / spread, y - y.mean(), rcond=None)[0] / spread
    signs = np.rint(weight)
    parts = np.flatnonzero((np.abs(signs) == 1) & (np.abs(weight - signs) < 0.01))
    if not 2 <= len(parts) <= PARTS:
        return []
    left = y - x[:, parts] @ signs[parts]
    # a part that hardly moves the sum is there by chance
    parts = parts[spread[parts] > 0.01 * y.std()]
    return [names[j] for j in parts] if left.std() < 1e-3 * y.std() and len(parts) >= 2 else []


def _bins(column: NDArray[np.float32], bins: int) -> NDArray[np.int64]:
    known = column[~np.isnan(column)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.zeros(0)
    return np.where(np.isnan(column), bins, np.searchsorted(edges, column)).astype(np.int64)


def _skill(bins: NDArray[np.int64], inputs: Inputs) -> float:
    """Chance-scaled balanced accuracy, or R2, of the bins' majority (mean), each half judged by the other."""
    half = np.arange(len(bins)) % 2
    if inputs.labels.kind == "number" and inputs.labels.number is not None:
        return _r2(bins, inputs.labels.number, half)
    code = np.unique(inputs.labels.code, return_inverse=True)[1]
    k = int(code.max()) + 1
    if k < 2:
        return 0.0
    right = np.zeros(len(bins), np.bool_)
    for side in (0, 1):
        learn, judge = half != side, half == side
        table = np.zeros((int(bins.max()) + 1, k), np.int64)
        np.add.at(table, (bins[learn], code[learn]), 1)
        fallback = int(np.bincount(code[learn], minlength=k).argmax())
        answer = np.where(table.sum(axis=1) > 0, table.argmax(axis=1), fallback)
        right[judge] = answer[bins[judge]] == code[judge]
    recall = np.bincount(code, weights=right) / np.bincount(code)
    return float((recall.mean() - 1 / k) / (1 - 1 / k))


def _r2(bins: NDArray[np.int64], y: NDArray[np.float64], half: NDArray[np.int64]) -> float:
    guess = np.full(len(y), y.mean())
    for side in (0, 1):
        learn, judge = half != side, half == side
        count = np.bincount(bins[learn], minlength=int(bins.max()) + 1)
        total = np.bincount(bins[learn], weights=y[learn], minlength=int(bins.max()) + 1)
        mean = np.where(count > 0, total / np.maximum(1, count), y[learn].mean())
        guess[judge] = mean[bins[judge]]
    spread = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((y - guess) ** 2).sum()) / spread if spread > 0 else 0.0


def _places(inputs: Inputs) -> Iterator[tuple[str, float]]:
    """What the first and the last line (of several) and word (of some) tell: a header, a signature, a queue's number."""
    if inputs.text is None or inputs.labels.kind != "single":
        return
    texts = [t.strip() for t in inputs.text]
    if np.mean([not t for t in texts]) > BLANK:  # that there is no text would tell, not what it says
        return
    several = np.array(["\n" in t for t in texts])
    some = np.array([t.count(" ") > 1 for t in texts])
    classes = int(inputs.labels.code.max()) + 1
    for place, has, cells in (
        ("its first line", several, [t.split("\n", 1)[0] for t in texts]),
        ("its last line", several, [t.rsplit("\n", 1)[-1] for t in texts]),
        ("its first word", some, [t.split(None, 1)[0] if t else "" for t in texts]),
        ("its last word", some, [t.rsplit(None, 1)[-1] if t else "" for t in texts]),
    ):
        ids = codes(text_hash(cells))
        counts = np.bincount(ids)
        known = has & (counts[ids] > 1)  # what comes once tells nothing of another row
        if not known.any():
            continue
        ids = codes(np.where(known, ids + 1, 0).astype(np.uint64))
        if len(counts) > 1 and (int(ids.max()) + 1) * classes <= CELLS:
            yield place, _skill(ids, inputs)


def _names(inputs: Inputs) -> list[str]:
    """The classes as a text would name them; none where one is too short to be told from other words."""
    if inputs.text is None or inputs.labels.kind != "single":
        return []
    names = [_plain(n) for n in inputs.labels.names]
    return names if names and min(len(n) for n in names) > 1 else []


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").replace("-", " ").split())


def _whole(name: str) -> re.Pattern[str]:
    """A name as whole words, where it is written in letters that are set apart by spaces."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)" if name.isascii() else re.escape(name))


def _spelled(inputs: Inputs) -> float:
    """Share of texts that contain their own label's name, less the share that contain another's."""
    names = _names(inputs)
    if not names or inputs.text is None:
        return 0.0
    texts = [_plain(t) for t in inputs.text]
    words = [_whole(n) for n in names]
    own = np.mean([bool(words[c].search(t)) for c, t in zip(inputs.labels.code, texts, strict=True)])
    if own < NAMED:
        return 0.0
    wrong = [any(n in t and words[i].search(t) for i, n in enumerate(names) if i != c and n not in names[c]) for c, t in zip(inputs.labels.code, texts, strict=True)]
    return float(own - np.mean(wrong))


def _slot(inputs: Inputs) -> float:
    """Share of texts that have their own label's name behind the same characters (`Category: `), where other names hardly stand."""
    names = _names(inputs)
    if not names or inputs.text is None:
        return 0.0
    texts = [_plain(t) for t in inputs.text]
    before: Counter[str] = Counter()
    for c, t in zip(inputs.labels.code, texts, strict=True):
        at = {m.start() for m in _whole(names[c]).finditer(t)} if names[c] in t else set()
        before.update({("\n" + t)[max(0, i + 1 - BEFORE) : i + 1] for i in at})
    if not before or before.most_common(1)[0][1] < max(MIN_ROWS / 2, SLOT * len(texts)):
        return 0.0
    place = before.most_common(1)[0][0]
    named: Counter[str] = Counter()
    own: Counter[str] = Counter()
    longest = sorted(set(names), key=len, reverse=True)
    for c, t in zip(inputs.labels.code, texts, strict=True):
        _, there, behind = ("\n" + t).partition(place)
        if not there:
            continue
        found = next((n for n in longest if behind.startswith(n) and not behind[len(n) : len(n) + 1].isalnum()), None)
        if found is not None:
            named[found] += 1
            own[found] += found == names[c]
    right, all_named = sum(own.values()), sum(named.values())
    # of one class alone it is how its texts are written
    several = sum(n > 1 for n in own.values()) > 1 and max(own.values(), default=0) < PURE * max(1, right)
    return right / len(texts) if several and right >= PURE * max(1, all_named) else 0.0
