"""Known damage to a clean set. Each operation takes and returns training and hold-out rows; a label of "" is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator


@dataclass
class Split:
    """Rows as the auditor will see them."""

    text: bool
    x: NDArray
    y: NDArray
    hx: NDArray
    hy: NDArray
    confusable: dict[str, str]
    """For each class the one it is most easily taken for."""


def _flip(y: NDArray, share: float, rng: Rng, partner: dict[str, str] | None) -> NDArray:
    y = y.copy()
    known = np.flatnonzero(y != "")
    classes = np.unique(y[known].astype(str))
    for i in rng.permutation(known)[: round(share * len(known))]:
        others = classes[classes != y[i]]
        if partner and y[i] in partner:
            y[i] = partner[y[i]]
        elif len(others):
            y[i] = others[rng.integers(len(others))]
    return y


def uniform(s: Split, share: float, rng: Rng) -> None:
    s.y, s.hy = _flip(s.y, share, rng, None), _flip(s.hy, share, rng, None)


def confused(s: Split, share: float, rng: Rng) -> None:
    s.y, s.hy = _flip(s.y, share, rng, s.confusable), _flip(s.hy, share, rng, s.confusable)


def _take(s: Split, index: NDArray) -> None:
    s.x, s.y = s.x[index], s.y[index]


def copies_replace(s: Split, share: float, rng: Rng) -> None:
    n = len(s.y)
    keep = rng.permutation(n)[: max(4, int(n * (1 - share)))]
    _take(s, np.concatenate([keep, rng.choice(keep, n - len(keep))]))


def copies_inflate(s: Split, factor: float, rng: Rng) -> None:
    n = len(s.y)
    _take(s, np.concatenate([np.arange(n), rng.integers(0, n, int(n * factor))]))


def _near(s: Split, index: NDArray, rng: Rng) -> NDArray:
    if not s.text:
        return s.x[index] + rng.normal(0, 0.01, (len(index), s.x.shape[1])) * (np.nanstd(s.x, 0) + 1e-9)
    out = []
    for i in index:
        words = str(s.x[i]).split()
        choice = rng.random()
        if choice < 0.4 and len(words) > 3:
            words.pop(rng.integers(len(words)))
        elif choice < 0.7:
            words.append(str(rng.choice(["please", "thanks", "pls", "hi"])))
        else:
            words = [w.upper() for w in words]
        out.append(" ".join(words))
    return np.array(out, dtype=object)


def near_copies(s: Split, unique: float, rng: Rng) -> None:
    """Row-count gaming: `unique` of the rows blown up to the old count by near-copies."""
    n = len(s.y)
    keep = rng.permutation(n)[: max(8, int(n * unique))]
    more = rng.choice(keep, n - len(keep))
    s.x, s.y = np.concatenate([s.x[keep], _near(s, more, rng)]), np.concatenate([s.y[keep], s.y[more]])


def copied_then_split(s: Split, times: float, rng: Rng) -> None:
    x, y = np.concatenate([s.x, s.hx]), np.concatenate([s.y, s.hy])
    drawn = rng.permutation(np.repeat(np.arange(len(y)), int(times)))[: len(y)]
    cut = int(0.8 * len(y))
    s.x, s.y, s.hx, s.hy = x[drawn[:cut]], y[drawn[:cut]], x[drawn[cut:]], y[drawn[cut:]]


def conflicts(s: Split, share: float, rng: Rng) -> None:
    more = rng.integers(0, len(s.y), int(len(s.y) * share))
    s.x, s.y = np.concatenate([s.x, s.x[more]]), np.concatenate([s.y, _flip(s.y[more], 1.0, rng, None)])


def leak(s: Split, share: float, rng: Rng) -> None:
    k = int(len(s.hy) * share)
    source, target = rng.integers(0, len(s.y), k), rng.permutation(len(s.hy))[:k]
    s.hx, s.hy = s.hx.copy(), s.hy.copy()
    s.hx[target], s.hy[target] = s.x[source], s.y[source]


def missing(s: Split, share: float, rng: Rng) -> None:
    if s.text:
        def thin(t: str) -> str:
            return " ".join(w for w in str(t).split() if rng.random() > share)

        s.x, s.hx = np.array([thin(t) for t in s.x], dtype=object), np.array([thin(t) for t in s.hx], dtype=object)
        return
    s.x, s.hx = s.x.copy(), s.hx.copy()
    s.x[rng.random(s.x.shape) < share] = np.nan
    s.hx[rng.random(s.hx.shape) < share] = np.nan


def unlabelled(s: Split, share: float, rng: Rng) -> None:
    s.y = s.y.copy()
    s.y[rng.permutation(len(s.y))[: int(len(s.y) * share)]] = ""


def drop_classes(s: Split, share: float, rng: Rng) -> None:
    classes = np.unique(s.y[s.y != ""].astype(str))
    k = min(max(1, round(len(classes) * share)), len(classes) - 1)
    gone = set(rng.permutation(classes)[:k])
    keep, hold = np.array([c not in gone for c in s.y]), np.array([c not in gone for c in s.hy])
    s.x, s.y, s.hx, s.hy = s.x[keep], s.y[keep], s.hx[hold], s.hy[hold]


def imbalance(s: Split, ratio: float, rng: Rng) -> None:
    classes = rng.permutation(np.unique(s.y.astype(str)))
    keep: list[int] = []
    for j, c in enumerate(classes):
        rows = rng.permutation(np.flatnonzero(s.y == c))
        keep += list(rows[: max(1, int(len(rows) * ratio ** (-j / max(1, len(classes) - 1))))])
    _take(s, np.array(keep))


def coarse(s: Split, _: float, rng: Rng) -> None:
    """Texts cut at a quarter of the median length, numbers to two levels."""
    if s.text:
        cut = int(np.median([len(str(t)) for t in s.x]) * 0.25)
        s.x, s.hx = np.array([str(t)[:cut] for t in s.x], dtype=object), np.array([str(t)[:cut] for t in s.hx], dtype=object)
        return
    middle = np.nanmedian(s.x, axis=0)
    s.x, s.hx = (s.x > middle).astype(float), (s.hx > middle).astype(float)


def fewer(s: Split, share: float, rng: Rng) -> None:
    n, m = len(s.y), len(s.hy)
    _take(s, rng.permutation(n)[: max(6, int(n * share))])
    keep = rng.permutation(m)[: max(6, int(m * share))]
    s.hx, s.hy = s.hx[keep], s.hy[keep]


def select_short(s: Split, share: float, rng: Rng) -> None:
    """Selection bias: the short texts, or the low side of the summed features, only."""
    if s.text:
        value, held = np.array([len(str(t)) for t in s.x]), np.array([len(str(t)) for t in s.hx])
    else:
        mean, scale = np.nanmean(s.x, 0), np.nanstd(s.x, 0) + 1e-9
        value, held = np.nan_to_num((s.x - mean) / scale).sum(1), np.nan_to_num((s.hx - mean) / scale).sum(1)
    limit = np.quantile(value, share)
    s.x, s.y, s.hx, s.hy = s.x[value <= limit], s.y[value <= limit], s.hx[held <= limit], s.hy[held <= limit]


def shuffle_labels(s: Split, _: float, rng: Rng) -> None:
    s.y, s.hy = s.y[rng.permutation(len(s.y))], s.hy[rng.permutation(len(s.hy))]


Operation = tuple[Callable[[Split, float, Rng], None], float]

SINGLE: dict[str, tuple[Operation, ...]] = {
    "clean": (),
    **{f"uniform {s}": ((uniform, s),) for s in (0.05, 0.1, 0.2, 0.4)},
    **{f"confused {s}": ((confused, s),) for s in (0.1, 0.25, 0.4)},
    **{f"copies_replace {s}": ((copies_replace, s),) for s in (0.5, 0.9)},
    "copies_inflate 2": ((copies_inflate, 2),),
    **{f"near_copies {s}": ((near_copies, s),) for s in (0.05, 0.2)},
    "copied_then_split 4": ((copied_then_split, 4),),
    "conflicts 0.4": ((conflicts, 0.4),),
    **{f"leak {s}": ((leak, s),) for s in (0.2, 0.7)},
    **{f"missing {s}": ((missing, s),) for s in (0.15, 0.5)},
    "unlabelled 0.7": ((unlabelled, 0.7),),
    **{f"drop_classes {s}": ((drop_classes, s),) for s in (0.1, 0.5)},
    "imbalance 30": ((imbalance, 30),),
    "coarse": ((coarse, 0),),
    **{f"fewer {s}": ((fewer, s),) for s in (0.4, 0.15, 0.05)},
    "select_short 0.35": ((select_short, 0.35),),
    "shuffle_labels": ((shuffle_labels, 0),),
}
"""Every condition by name."""

def near_added(s: Split, share: float, rng: Rng) -> None:
    """Gaming: near-copies added to rows that all stay."""
    more = rng.integers(0, len(s.y), int(len(s.y) * share))
    s.x, s.y = np.concatenate([s.x, _near(s, more, rng)]), np.concatenate([s.y, s.y[more]])


def _hard(s: Split) -> tuple[NDArray, NDArray]:
    """Hold-out and training rows that a model gets wrong; it has seen the other half of them at most."""
    from truth import _model

    half = np.arange(len(s.y)) % 2 == 0
    wrong = np.zeros(len(s.y), dtype=bool)
    for part in (half, ~half):
        wrong[~part] = _model(s.text).fit(s.x[part], s.y[part].astype(str)).predict(s.x[~part]) != s.y[~part].astype(str)
    held = _model(s.text).fit(s.x, s.y.astype(str)).predict(s.hx) != s.hy.astype(str)
    return held, wrong


def move_hard(s: Split, share: float, _: Rng) -> None:
    """Gaming: the hold-out rows that are got wrong go to training."""
    held, _wrong = _hard(s)
    gone = np.flatnonzero(held)[: int(share * held.sum())]
    s.x, s.y = np.concatenate([s.x, s.hx[gone]]), np.concatenate([s.y, s.hy[gone]])
    s.hx, s.hy = np.delete(s.hx, gone, axis=0), np.delete(s.hy, gone)


def delete_hard(s: Split, share: float, _: Rng) -> None:
    """Gaming: rows that are got wrong are deleted from both."""
    held, wrong = _hard(s)
    gone, out = np.flatnonzero(wrong)[: int(share * wrong.sum())], np.flatnonzero(held)[: int(share * held.sum())]
    s.x, s.y, s.hx, s.hy = np.delete(s.x, gone, axis=0), np.delete(s.y, gone), np.delete(s.hx, out, axis=0), np.delete(s.hy, out)


def delete_hard_class(s: Split, _: float, __: Rng) -> None:
    """Gaming: the class that is got wrong most often disappears from the data, not from the declared list."""
    _held, wrong = _hard(s)
    classes = np.unique(s.y.astype(str))
    worst = max(classes, key=lambda c: (wrong[s.y == c].mean(), c))
    keep, hold = s.y != worst, s.hy != worst
    s.x, s.y, s.hx, s.hy = s.x[keep], s.y[keep], s.hx[hold], s.hy[hold]


def shuffle_rows(s: Split, _: float, rng: Rng) -> None:
    a, b = rng.permutation(len(s.y)), rng.permutation(len(s.hy))
    s.x, s.y, s.hx, s.hy = s.x[a], s.y[a], s.hx[b], s.hy[b]


GAMING: dict[str, tuple[Operation, ...]] = {
    "game copies x2": ((copies_inflate, 1),),
    "game copies x10": ((copies_inflate, 9),),
    "game near-copies x2": ((near_added, 1),),
    "game delete hard class": ((delete_hard_class, 0),),
    "game move hard rows": ((move_hard, 1.0),),
    "game delete hard rows": ((delete_hard, 1.0),),
    "game shuffle rows": ((shuffle_rows, 0),),
}
"""What somebody might do to a clean set for a better score."""

SAME = ("same columns", "same files", "same parquet")
"""The clean set written another way."""

MENDED_BY = {
    "uniform": ("LBL002", "LBL004"), "confused": ("LBL002", "LBL004"), "conflicts": ("LBL002", "LBL003"), "leak": ("LEK001",),
    "copied_then_split": ("LEK001", "DUP002"), "drop_classes": ("BAL002",), "imbalance": ("BAL003", "LRN005"), "fewer": ("BAL003", "LRN002", "LRN005"),
    "select_short": ("DRF001",), "near_copies": ("DUP002", "LRN002"), "copies_replace": ("DUP002", "LRN002"), "shuffle_labels": ("LRN001", "LRN004"),
}  # fmt: skip
"""Findings whose mending undoes a corruption."""

SMALL = ("clean", "uniform 0.1", "uniform 0.4", "confused 0.25", "copies_replace 0.9", "near_copies 0.05", "leak 0.7", "missing 0.5", "drop_classes 0.1", "drop_classes 0.5", "fewer 0.15", "fewer 0.05", "select_short 0.35", "shuffle_labels")

_POOL: tuple[tuple[Callable[[Split, float, Rng], None], tuple[float, ...]], ...] = (
    (imbalance, (10,)), (drop_classes, (0.2,)), (fewer, (0.3, 0.1)), (uniform, (0.1, 0.3)), (confused, (0.1, 0.2)),
    (unlabelled, (0.5,)), (missing, (0.2, 0.4)), (copies_replace, (0.4, 0.7)), (conflicts, (0.3,)), (leak, (0.3,)),
)  # fmt: skip


def combinations(count: int, rng: Rng) -> dict[str, tuple[Operation, ...]]:
    """`count` random pairs and triples of operations, in an order that makes sense."""
    out: dict[str, tuple[Operation, ...]] = {}
    for _ in range(count):
        chosen = sorted(rng.choice(len(_POOL), int(rng.integers(2, 4)), replace=False))
        ops = tuple((_POOL[i][0], _POOL[i][1][int(rng.integers(len(_POOL[i][1])))]) for i in chosen)
        out["+".join(f"{f.__name__} {s}" for f, s in ops)] = ops
    return out
