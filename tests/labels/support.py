"""A data set from columns, and the facts of the label studies about it, without a file."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from auditor.detectors.studies import (
    DriftStudy,
    DuplicateStudy,
    LeakStudy,
    OrderStudy,
    PairStudy,
    ProbeStudy,
    StabilityStudy,
    TextStudy,
)
from auditor.model import Column, Dataset, FileInfo, Role, RoleChoice, Shape
from auditor.scan.request import FILE, ROW, SPLIT, Facts
from auditor.settings import Settings

FAMILIES = ("LBL", "DUP", "LEK", "BAL", "LRN", "DRF", "TXT")


@dataclass
class Table:
    """Rows at hand, in the manner of the engine's."""

    frame: pl.DataFrame
    dataset: Dataset
    settings: Settings

    def count(self, splits=None):
        return self.frame.height if splits is None else self.frame.filter(pl.col(SPLIT).is_in(splits)).height

    def lazy(self, splits=None):
        return (self.frame if splits is None else self.frame.filter(pl.col(SPLIT).is_in(splits))).lazy()

    def select(self, columns, *, splits=None, cap=None, together=()):
        frame = self.frame if splits is None else self.frame.filter(pl.col(SPLIT).is_in(splits))
        return frame.select(FILE, ROW, SPLIT, *columns).head(cap) if cap else frame.select(FILE, ROW, SPLIT, *columns)


def table(columns, roles, shape=Shape.CLASSIFICATION, *, split=None, classes=(), settings=None):
    frame = pl.DataFrame(columns, strict=False)
    n = frame.height
    splits = split or ["train"] * n
    files = sorted(set(splits))
    row = dict.fromkeys(files, 0)
    numbers = []
    for s in splits:
        numbers.append(row[s])
        row[s] += 1
    frame = frame.with_columns(
        pl.Series(FILE, [files.index(s) for s in splits], dtype=pl.UInt32), pl.Series(ROW, numbers, dtype=pl.UInt32), pl.Series(SPLIT, splits, dtype=pl.String)
    )
    data = Dataset(
        name="t",
        root=".",
        files=tuple(FileInfo(f"{s}.csv", 1, "0" * 64, "csv", s, splits.count(s)) for s in files),
        ignored=(),
        columns=tuple(Column(c, str(t)) for c, t in frame.schema.items() if not c.startswith("__")),
        roles=tuple(RoleChoice(Role(r), tuple(c), "") for r, c in roles.items()),
        shape=shape,
        shape_reason="",
        rejects=(),
        rejected_rows=0,
        classes=tuple(classes),
        digest="d" * 64,
    )
    return Table(frame, data, settings or Settings())


def texts(rows, labels, **more):
    return table({"text": rows, "label": labels}, {"text": ["text"], "label": ["label"]}, **more)


def tabular(matrix, labels, **more):
    names = [f"f{j}" for j in range(matrix.shape[1])]
    return table({**{n: matrix[:, j] for j, n in enumerate(names)}, "label": labels}, {"feature": names, "label": ["label"]}, **more)


def facts(rows, *studies):
    """Answers of the studies (all by default), each after what it reads."""
    found = Facts()
    for study in studies or (DuplicateStudy(), LeakStudy(), ProbeStudy(), StabilityStudy(), PairStudy(), DriftStudy(), OrderStudy(), TextStudy()):
        found.put(study, study.run(rows, found))
    return found


def judged(rows, *codes, found=None):
    """Findings of the checks under the codes (or prefixes)."""
    from auditor.registry import all_checks

    known = found or facts(rows)
    return [f for c in all_checks() if c.code.startswith(codes or FAMILIES) for f in c.judge(rows.dataset, known, rows.settings)]
