"""XML in which an element that comes again and again is a row: exports of trackers and forums, SemEval's sentences, feeds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from auditor.model import FileNote, Reject
from auditor.sources.json_columns import frame_of, kind_of
from auditor.sources.magic import DAMAGED, open_text
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from auditor.sources.types import Candidate

_HEAD: Final = 1 << 20
_DEEPEST: Final = 4
"""Elements inside one another that lead to the rows."""
_LEAST: Final = 2
"""Elements of one name that are rows; a document without them is a document."""
_SHARE: Final = 0.5
"""Of all elements beside them."""
_WHOLE: Final = r"^(0|-?[1-9]\d{0,17})$"
_NUMBER: Final = r"^-?(0|[1-9]\d{0,17})(\.\d+)?$"

Path = tuple[str, ...]


def read_xml(file: Candidate, container: str) -> ReadResult | None:
    """The rows of an XML file: attributes and elements inside are columns, what comes again inside a row is a list. None where nothing comes again."""
    try:
        with open_text(file.path, container) as stream:
            head = stream.read(_HEAD)
    except DAMAGED:
        return None
    if b"<!ENTITY" in head:
        return ReadResult("xml", notes=(FileNote(file.name, "unreadable", "declares entities of its own, which a parser would expand without end; write it without a DTD"),))
    row = _row_path(file, container)
    if row is None:
        return None
    walk = _Walk(file, container)
    try:
        rows = [_fields(e) for path, e in walk.elements(row) if path == row]
    except RecursionError:
        return ReadResult("xml", notes=(FileNote(file.name, "unreadable", "has elements inside one another without end"),))
    rejects = (Reject(file.name, walk.broken, "not well-formed XML: nothing after this line can be read"),) if walk.broken else ()
    notes = (FileNote(file.name, "truncated", "is XML that breaks off or is damaged", walk.broken),) if walk.broken else ()
    if not rows:
        return ReadResult("xml", (), rejects, len(rejects), notes)
    frame = _typed(frame_of(rows, kind_of(rows)))
    told = FileNote(file.name, "nested_rows", f"is XML: each <{row[-1]}> is a row, which a trainer must be told", 1)
    return ReadResult("xml", (RawTable(frame.lazy(), frame.height),), rejects, len(rejects), (*notes, told))


@dataclass
class _Walk:
    """The elements of a file as they end, forgotten one after the other."""

    file: Candidate
    container: str
    broken: int | None = None
    """Line of the fault that ended it."""

    def elements(self, keep: Path | None) -> Iterator[tuple[Path, ET.Element]]:
        """Elements up to `_DEEPEST` with the path to them; only those of the path `keep` still have what is inside them."""
        path: list[str] = []
        parents: list[ET.Element] = []
        try:
            with open_text(self.file.path, self.container) as stream:
                for event, element in ET.iterparse(stream, events=("start", "end")):  # noqa: S314 - entities are refused before
                    if event == "start":
                        path.append(_bare(element.tag))
                        parents.append(element)
                        continue
                    if len(path) <= _DEEPEST + 1:
                        yield tuple(path), element
                    inside = keep is not None and tuple(path[: len(keep)]) == keep and len(path) > len(keep)
                    path.pop()
                    parents.pop()
                    if not inside:
                        element.clear()
                        if parents:
                            parents[-1].remove(element)
        except ET.ParseError as error:
            self.broken = error.position[0]
        except DAMAGED:
            self.broken = 1


def _row_path(file: Candidate, container: str) -> Path | None:
    """Where the rows are: the outermost elements that come again and are most of what is beside them."""
    counts = Counter(path for path, _ in _Walk(file, container).elements(None))
    beside: Counter[Path] = Counter()
    for path, n in counts.items():
        beside[path[:-1]] += n
    found = [p for p, n in counts.items() if len(p) > 1 and n >= _LEAST and n >= _SHARE * beside[p[:-1]]]
    return min(found, key=lambda p: (len(p), -counts[p])) if found else None


def _bare(tag: str) -> str:
    """A name without its namespace."""
    return tag.rsplit("}", 1)[-1]


def _fields(element: ET.Element) -> dict[str, Any]:
    out: dict[str, Any] = {_bare(k): v for k, v in element.attrib.items()}
    for child in element:
        name, value = _bare(child.tag), _value(child)
        if name not in out:
            out[name] = value
        elif isinstance(out[name], list):
            out[name].append(value)
        else:
            out[name] = [out[name], value]
    text = " ".join("".join([element.text or "", *(child.tail or "" for child in element)]).split()) if len(element) else (element.text or "").strip()
    if text:
        out["text" if "text" not in out else "text_1"] = text
    return out


def _value(element: ET.Element) -> Any:
    if element.attrib or len(element):
        return _fields(element)
    return (element.text or "").strip() or None


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns of nothing but numbers as numbers: all of XML is text."""
    import polars as pl
    import polars.selectors as cs

    def matches(pattern: str) -> set[str]:
        return {c for c in frame.select(cs.string()).columns if frame[c].null_count() < frame.height and bool(frame[c].drop_nulls().str.contains(pattern).all())}

    whole = matches(_WHOLE)
    number = matches(_NUMBER) - whole
    return frame.with_columns(*(frame[c].cast(pl.Int64) for c in sorted(whole)), *(frame[c].cast(pl.Float64) for c in sorted(number)))
