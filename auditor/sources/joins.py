"""Two files that are one table: inputs and labels under the same key, as competitions hand them out, or row by row; or two languages line by line."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from auditor.sources.answers import LANGUAGES
from auditor.sources.lines import how_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from auditor.sources.types import Candidate, RawTable

_KEY: Final = re.compile(r"^(id|uuid|guid|key|index|row_id|_id)$|(_id|_uuid|_key|id)$|^id_", re.IGNORECASE)
_X_OR_Y: Final = re.compile(r"(?<![A-Za-z])(x|texts?|features?|inputs?|y|labels?|targets?)(?![A-Za-z])", re.IGNORECASE)
_MOST_LABELS: Final = 3
"""Columns of a file of labels at most."""
_MOST_ROWS: Final = 2_000_000
"""Rows of the narrower file, which is held in memory."""
_MOST_TABLES: Final = 20
"""Tables of different columns among which pairs are looked for."""
_FOUND: Final = 0.99
"""Share of the keys of either file that the other one must have."""


class Joined(NamedTuple):
    """Two tables that are one."""

    wide: int
    narrow: int
    """Places among the tables; the narrow one has no rows of its own."""
    by: str
    """What goes together, in words."""
    table: RawTable


def joined(tables: Sequence[tuple[str, int, RawTable]]) -> list[Joined]:
    """Pairs of tables of one split (given with its name, and the bytes of the file) that have nothing but a key in common, each with one row a key."""
    schemas = [t.frame.collect_schema() for *_, t in tables]
    forms = Counter((split, *sorted(schema)) for (split, *_), schema in zip(tables, schemas, strict=True))
    # what stands in several files of one form is cut up, not split by columns
    single = [i for i, (split, *_) in enumerate(tables) if forms[split, *sorted(schemas[i])] == 1]
    if len(single) > _MOST_TABLES:
        return []
    width = {i: (len(schemas[i]), tables[i][1], -i) for i in single}
    out: list[Joined] = []
    taken: set[int] = set()
    for i, j in itertools.permutations(single, 2):
        if {i, j} & taken or tables[i][0] != tables[j][0] or width[i] <= width[j]:
            continue
        common = schemas[i].keys() & schemas[j].keys()
        key = next(iter(common), "")
        if len(common) != 1 or len(schemas[j]) < 2 or not _KEY.search(key) or tables[j][2].rows > _MOST_ROWS:
            continue
        table = _together(tables[i][2], tables[j][2], key)
        if table is not None:
            out.append(Joined(i, j, f"'{key}'", table))
            taken |= {i, j}
    return out


def _together(wide: RawTable, narrow: RawTable, key: str) -> RawTable | None:
    if min(wide.rows, narrow.rows) < _FOUND * max(wide.rows, narrow.rows):
        return None
    left, right = wide.frame.select(key).collect(engine="streaming")[key], narrow.frame.collect(engine="streaming")
    if left.dtype != right.schema[key] or left.null_count() or right[key].null_count() or left.n_unique() != left.len() or right[key].n_unique() != right.height:
        return None
    if left.is_in(right[key].implode()).sum() < _FOUND * max(left.len(), right.height):
        return None

    def beside(frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame.join(right.lazy(), on=key, how="left", maintain_order="left")

    cut: Any = wide.cut
    return replace(wide, frame=beside(wide.frame), cut=None if cut is None else lambda first, rows: beside(cut(first, rows)))


def in_two_languages(tables: Sequence[tuple[Candidate, str, RawTable]]) -> list[Joined]:
    """Pairs of files (each given with its format and its table) of lines that are called alike but for a language: `train.en`, `train.de`.

    Line by line, as machine translation keeps them: both must have as many lines, none of them blank.
    """
    by_stem: dict[str, list[tuple[str, int]]] = {}
    for i, (file, form, table) in enumerate(tables):
        stem, _, language = file.name.rpartition(".")
        if stem and form == "text" and language.lower() in LANGUAGES and list(table.frame.collect_schema()) == ["text"]:
            by_stem.setdefault(stem, []).append((language, i))
    out = []
    for found in by_stem.values():
        if len(found) != 2:
            continue
        (first, i), (second, j) = sorted(found, key=lambda f: f[1])
        (one, _, a), (other, _, b) = tables[i], tables[j]
        if a.rows == b.rows and _lines(one) == a.rows and _lines(other) == b.rows:
            out.append(Joined(i, j, "line", _beside(a, b, {"text": first}, {"text": second})))
    return out


def inputs_and_labels(tables: Sequence[tuple[Candidate, str, RawTable]]) -> list[Joined]:
    """Pairs of files of one split that are called alike but for X and y, or features and labels: `X_train.csv`, `y_train.csv`. Row by row."""
    by_stem: dict[tuple[str, str], list[tuple[bool, int]]] = {}
    for i, (file, split, _) in enumerate(tables):
        found = _X_OR_Y.search(file.name)
        if found:
            stem = (file.name[: found.start()] + "*" + file.name[found.end() :]).split(".")[0].lower()
            by_stem.setdefault((stem, split), []).append((found[0].lower()[0] in "yl" or found[0].lower().startswith("ta"), i))
    out = []
    for pair in by_stem.values():
        if sorted(told for told, _ in pair) != [False, True]:
            continue
        (_, i), (_, j) = sorted(pair)
        a, b = tables[i][2], tables[j][2]
        inputs, labels = a.frame.collect_schema(), b.frame.collect_schema()
        named = {c: "label" for c in labels if len(labels) == 1 and c in {"text", "column_0", "0"} and "label" not in inputs}
        if a.rows == b.rows and len(labels) <= _MOST_LABELS and not inputs.keys() & {named.get(c, c) for c in labels}:
            out.append(Joined(i, j, "line", _beside(a, b, {}, named)))
    return out


def _lines(file: Candidate) -> int:
    """Lines of a file, blank ones too."""
    count, last = 0, b"\n"
    with file.path.open("rb") as stream:
        while block := stream.read(1 << 20):
            count, last = count + how_many(b"\n", block), block[-1:]
    return count + (last != b"\n")


def _beside(a: RawTable, b: RawTable, first: dict[str, str], second: dict[str, str]) -> RawTable:
    def together(left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
        import polars as pl

        return pl.concat([left.rename(first), right.rename(second)], how="horizontal")

    left, right = a.cut, b.cut
    cut: Any = None if left is None or right is None else lambda at, rows: together(left(at, rows), right(at, rows))
    return replace(a, frame=together(a.frame, b.frame), cut=cut, sliceable=a.sliceable and b.sliceable)
