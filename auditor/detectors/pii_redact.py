"""Replaces found spans in the cells of one file, by format. The scan's detector decides; nothing is found twice differently."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from auditor.detectors.pii_forms import context_words
from auditor.detectors.pii_lexers import Token, decoded, fields, lines, values
from auditor.detectors.pii_placeholder import is_placeholder
from auditor.detectors.pii_policy import mode, policy_of
from auditor.detectors.pii_presidio import Span
from auditor.detectors.pii_spec import Spec, Tier
from auditor.detectors.secrets import value_span
from auditor.sources.names import told, withheld

if TYPE_CHECKING:
    import polars as pl

    from auditor.settings import Settings

_NAME = "COLUMN_NAME"
"""What the name of a column or field is counted as."""
_ROUNDS = 5
"""How often a cell is looked at again: with one span gone, what it overlapped may show."""
_BLOCK = 4_000_000
"""Characters that are edited at once, so that memory does not grow with the tokens of the file."""
Counts = Counter[tuple[str, str]]


class Edit(NamedTuple):
    """Characters of a value and what takes their place (a mark needs no quoting in CSV or JSON)."""

    start: int
    end: int
    mark: str


class Applied(NamedTuple):
    """A text with edits done, and the way back to the offsets before."""

    text: str
    left: list[int]
    """For each offset of `text`: where in the original a span that starts there starts."""
    right: list[int]
    """For each offset of `text`: where in the original a span that ends there ends."""


class Redactor:
    """Finds and replaces, under one policy."""

    def __init__(
        self, settings: Settings, doubtful: frozenset[tuple[str, str]], numbers: frozenset[str], stand_in: Callable[[str], str] | None
    ) -> None:
        self.numbers = numbers
        """Columns of numbers that are emptied."""
        self._policy = policy_of(settings.pii)
        self._specs = {s.entity: s for s in self._policy.specs() if mode(settings.pii, s.entity)[0] != "allow"}
        self._doubtful = doubtful
        self._stand_in = stand_in
        self._names = _name_model(settings)

    def file(self, path: Path, target: Path, format_: str) -> Counts:
        """Write `path` to `target` without what was found; returns the spans replaced by (path in the row, entity)."""
        with path.open("rb") as stream:
            head = stream.read(16)
        if head.startswith(b"PAR1"):
            return self._parquet(path, target)
        if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
            return self._arrow(path, target, stream=not head.startswith(b"ARROW1"))
        return self._text(path, target, format_)

    # -- cells -------------------------------------------------------------------------------------------------------

    def spans(self, texts: Sequence[str], path: str) -> dict[int, list[Span]]:
        """Index -> spans to replace in the texts of one path."""
        import polars as pl

        from auditor.detectors.pii import forms_of
        from auditor.detectors.pii_detect import detect

        series = pl.Series("t", texts, dtype=pl.String)
        found = {i: list(s) for i, s in detect(series, self._policy, context_words(path))}
        if self._names:
            from auditor.detectors.pii_names import names_in

            for i, named in enumerate(names_in(texts, self._names)):
                taken = found.get(i, [])
                found[i] = taken + [s for s in named if all(s.end <= t.start or s.start >= t.end for t in taken)]
        forms = dict(zip(found, forms_of(series.gather(list(found))).to_list(), strict=True)) if found else {}
        out = {i: [s for s in spans if self._wanted(s, texts[i], path, forms[i])] for i, spans in found.items()}
        return {i: spans for i, spans in out.items() if spans}

    def _wanted(self, span: Span, text: str, path: str, form: str | None) -> bool:
        spec: Spec | None = self._specs.get(span.entity)
        if spec is None:
            return span.entity in {"PERSON", "LOCATION", "NRP"}
        if spec.tier is Tier.C or self._policy.allowed(text[span.start : span.end]) or is_placeholder(spec, text, span.start, span.end):
            return False
        return form is None or not any(path.endswith(p) and span.entity == e for p, e in self._doubtful)

    def _mark(self, span: Span, value: str) -> str:
        if self._stand_in is None:
            return f"<{span.entity}>"
        tag = self._stand_in(f"{span.entity}\0{value.casefold()}")
        if span.entity == "EMAIL_ADDRESS":
            return f"user{tag}@example.com"
        return f"<{span.entity}_{tag}>"

    def edits(self, texts: Sequence[str], path: str) -> tuple[dict[int, list[Edit]], Counts]:
        """Index -> what to replace in the texts of one path, in their own offsets, and how many spans that is by entity.

        A replaced text is looked at again: with one span gone, what it overlapped may show.
        """
        out: dict[int, list[Edit]] = {}
        counts: Counts = Counter()
        todo = list(range(len(texts)))
        for _ in range(_ROUNDS):
            now = [applied(texts[i], out.get(i, [])) for i in todo]
            found = self.spans([a.text for a in now], path)
            for k, spans in found.items():
                for s in spans:
                    value = now[k].text[s.start : s.end]
                    a, b = value_span(s.entity, value)
                    edit = Edit(now[k].left[s.start + a], now[k].right[s.start + b], self._mark(s, value[a:b]))
                    # a span that takes in an earlier mark replaces it
                    others = [e for e in out.get(todo[k], []) if e.end <= edit.start or e.start >= edit.end]
                    out[todo[k]] = sorted([*others, edit])
                    counts[path, s.entity] += 1
            todo = [todo[k] for k in found]
            if not todo:
                break
        return out, counts

    # -- text formats ------------------------------------------------------------------------------------------------

    def _text(self, path: Path, target: Path, format_: str) -> Counts:
        import gzip

        from auditor.sources.magic import kind, open_text

        with path.open("rb") as stream:
            container = kind(stream.read(4096), path.name)
        with open_text(path, container) as stream:
            data = stream.read()
        text, encode = _decode(data)
        lexer = _lexer(text, format_, path.name)
        pieces: list[str] = []
        counts: Counts = Counter()
        for start, end in _blocks(text, format_):
            block = text[start:end]
            done, n = self._edited(block, list(lexer(block, start == 0)), markup=format_ == "xml")
            pieces.append(done)
            counts.update(n)
        data = encode("".join(pieces))
        if container == "gzip":
            data = gzip.compress(data, mtime=0)
        elif container in {"zstd", "bz2", "xz"}:
            data = _compress(data, container)
        target.write_bytes(data)
        return counts

    def _edited(self, text: str, tokens: list[Token], *, markup: bool = False) -> tuple[str, Counts]:
        """`text` with the found spans of its tokens replaced, character by character where they stand; in `markup` marks are no elements."""
        by_path: dict[str, list[Token]] = defaultdict(list)
        changes: list[tuple[int, int, str]] = []
        counts: Counts = Counter()
        for t in tokens:
            if not t.names:
                by_path[t.path].append(t)
            elif withheld(name := decoded(text[t.start : t.end], t.kind)[0]):
                changes.append((t.start, t.end, told(name)))
                counts[told(name), _NAME] += 1
        for path, found in by_path.items():
            if _column(path) in self.numbers:
                for t in found:
                    changes.append((t.start, t.end, "null" if t.kind == "number" else ""))
                    counts[path, "NUMBER_COLUMN"] += 1
                continue
            strings = [t for t in found if t.kind != "number"]
            more, n = self._token_changes(text, strings, path)
            changes += more
            counts.update(n)
        pieces, at = [], 0
        for start, end, new in sorted(changes):
            pieces += [text[at:start], escape(new) if markup else new]
            at = end
        return "".join([*pieces, text[at:]]), counts

    def _token_changes(self, text: str, tokens: list[Token], path: str) -> tuple[list[tuple[int, int, str]], Counts]:
        raw = [text[t.start : t.end] for t in tokens]
        found, counts = self.edits([_printable(decoded(r, t.kind)[0]) for r, t in zip(raw, tokens, strict=True)], path)
        out: list[tuple[int, int, str]] = []
        for i, edits in found.items():
            start, (_, places) = tokens[i].start, decoded(raw[i], tokens[i].kind)
            out += [(start + places[e.start], start + places[e.end], e.mark) for e in edits]
        return out, counts

    # -- columnar formats --------------------------------------------------------------------------------------------

    def _parquet(self, path: Path, target: Path) -> Counts:
        import polars as pl

        frame, counts = self.frame(pl.read_parquet(path))
        kept = {k: v for k, v in pl.read_parquet_metadata(path).items() if k != "ARROW:schema"}
        frame.write_parquet(target, metadata=kept or None)
        return counts

    def _arrow(self, path: Path, target: Path, *, stream: bool) -> Counts:
        import polars as pl

        frame, counts = self.frame(pl.read_ipc_stream(path) if stream else pl.read_ipc(path))
        if stream:
            frame.write_ipc_stream(target)
        else:
            frame.write_ipc(target)
        return counts

    def frame(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, Counts]:
        """The frame with redacted strings and emptied number columns, same columns and types."""
        import polars as pl

        from auditor.detectors.pii_leaves import has_strings
        from auditor.sources.names import spoken

        counts: Counts = Counter()
        for name, dtype in frame.schema.items():
            if spoken(name) in self.numbers and not has_strings(dtype):
                counts[name, "NUMBER_COLUMN"] += frame.height
                frame = frame.with_columns(pl.lit(None, dtype).alias(name))
            elif has_strings(dtype):
                column, n = self._column(frame[name])
                counts.update(n)
                frame = frame.with_columns(column)
        named = {n: told(n) for n in frame.columns if withheld(n)}
        counts.update({(new, _NAME): 1 for new in named.values()})
        return frame.rename(named), counts

    def _column(self, column: pl.Series) -> tuple[pl.Series, Counts]:
        import polars as pl

        from auditor.detectors.pii_leaves import leaves

        counts: Counts = Counter()
        new: dict[str, dict[tuple[int, str], str]] = {}
        for leaf in leaves(column):
            texts = leaf.text.to_list()
            changed, n = self.edits(texts, leaf.path)
            counts.update(n)
            if changed:
                rows = leaf.index.gather(list(changed)).to_list()
                new[leaf.path] = {(row, texts[i]): applied(texts[i], e).text for row, (i, e) in zip(rows, changed.items(), strict=True)}
        if not new:
            return column, counts
        cells = column.to_list()
        for row in sorted({r for by in new.values() for r, _ in by}):
            cells[row] = _rebuilt(cells[row], column.name, row, new)
        if isinstance(column.dtype, pl.Enum):
            return pl.Series(column.name, cells, dtype=pl.String), counts
        return pl.Series(column.name, cells, dtype=column.dtype), counts


def _rebuilt(value: Any, path: str, row: int, new: dict[str, dict[tuple[int, str], str]]) -> Any:
    """One nested cell with its changed strings."""
    if isinstance(value, str):
        return new.get(path, {}).get((row, value), value)
    if isinstance(value, dict):
        return {k: _rebuilt(v, f"{path}.{k}", row, new) for k, v in value.items()}
    if isinstance(value, list):
        return [_rebuilt(v, path + "[]", row, new) for v in value]
    return value


def applied(text: str, edits: Sequence[Edit]) -> Applied:
    """`text` with `edits` (sorted, not overlapping) done."""
    pieces: list[str] = []
    left: list[int] = []
    right: list[int] = [0]
    at = 0
    for e in edits:
        pieces += [text[at : e.start], e.mark]
        left += [*range(at, e.start), *[e.start] * len(e.mark)]
        right += [*range(at + 1, e.start + 1), *[e.end] * len(e.mark)]
        at = e.end
    pieces.append(text[at:])
    left += range(at, len(text) + 1)
    right += range(at + 1, len(text) + 1)
    return Applied("".join(pieces), left, right)


def _name_model(settings: Settings) -> str:
    from auditor.detectors.pii_names import find_model

    return find_model(settings.pii.model) if settings.pii.sample == 0 else ""


def _column(path: str) -> str:
    """Column of a path: what stands before the first `.` or `[]`."""
    return path.split("[]", 1)[0].split(".", 1)[0]


def _blocks(text: str, format_: str) -> Iterator[tuple[int, int]]:
    """Consecutive pieces of `text` that end with a row, about `_BLOCK` characters each; a JSON document is one piece."""
    start = 0
    while format_ != "json" and len(text) - start > _BLOCK:
        end = text.find("\n", start + _BLOCK) + 1
        # in CSV a line break between quotes ends no row
        while format_ == "csv" and end and text.count('"', start, end) % 2 and end - start < 2 * _BLOCK:
            end = text.find("\n", end) + 1
        if not end:
            break
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def _lexer(text: str, format_: str, name: str) -> Callable[[str, bool], Iterable[Token]]:
    """What finds the values of a piece of the file, told whether it is the first."""
    from auditor.sources.csv_dialect import single_column, sniff

    if format_.startswith("json"):
        return lambda block, _: values(block, naming=True)
    if format_ == "csv":
        head = text[: 1 << 18] if len(text) <= 1 << 18 else text[: text.rfind("\n", 0, 1 << 18) + 1]
        dialect = sniff(head, 0.5 if ".csv" in name.lower() or ".tsv" in name.lower() else 0.8) or single_column(head)
        if dialect:
            return lambda block, first: fields(block, dialect.delimiter, dialect.names, header=dialect.header and first)  # a first row with an address in it is read as values
    return lambda block, _: lines(block)


def _decode(data: bytes) -> tuple[str, Callable[[str], bytes]]:
    """Text of `data` and the way back, exact for any bytes."""
    for bom, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(bom):
            return data[len(bom) :].decode(codec, "surrogatepass" if codec != "utf-8" else "surrogateescape"), (
                lambda t, b=bom, c=codec: b + t.encode(c, "surrogatepass" if c != "utf-8" else "surrogateescape")
            )
    return data.decode("utf-8", "surrogateescape"), lambda t: t.encode("utf-8", "surrogateescape")


def _printable(text: str) -> str:
    """`text` with lone surrogates (invalid bytes) as one replacement character each, so that Polars can hold it."""
    return text if text.isascii() else "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def _compress(data: bytes, container: str) -> bytes:
    import bz2
    import lzma

    if container == "zstd":
        import zstandard

        return bytes(zstandard.compress(data))
    return bz2.compress(data) if container == "bz2" else lzma.compress(data)
