"""FIL: what is on disk can be read, is what it says, and is there once."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.model import Evidence, Finding, Pillar, Severity, Split, Status
from auditor.scan.overlap import FileOverlap, stem_family

if TYPE_CHECKING:
    from auditor.model import Dataset, FileNote
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

MAX_LOST: Final = 0.01
"""Share of rows that may be unreadable before it is a veto (gate table of the score's specification, our policy)."""
_SMELL: Final = re.compile(r"(?:^|[-_ .(])(?:final|copy|v\d+|new|real|old|backup|bak|tmp|latest|\d\))(?=$|[-_ .)])", re.IGNORECASE)


class Unreadable(Check):
    """Files that could not be read at all: pointers without their data (Git LFS, DVC), empty, damaged or misnamed files.

    Measured as files, and as their share of all files with data. An auditor that skipped them in silence would judge another
    data set than the one you train on. A share above 1 % is a veto, since what is missing may be anything.
    What to do: fetch the data (`git lfs pull`, `dvc pull`), copy damaged files again, or delete files that are empty for good.
    """

    code = "FIL001"
    title = "Every data file can be read"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER
    kinds = ("lfs_pointer", "dvc_pointer", "unreadable", "truncated", "empty")

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per file, or one that says all was read."""
        notes = [n for n in data.notes if n.kind in self.kinds]
        total = max(1, len({f.path for f in data.files} | {n.file for n in notes}))
        for note in notes:
            share = 1 / total
            blank = note.kind == "empty"
            fix = {"lfs_pointer": "git lfs pull", "dvc_pointer": "dvc pull", "empty": "delete the file or fill it"}.get(note.kind, "copy or download the file again")
            yield self.finding(
                Status.WARN if blank else Status.FAIL,
                note.file,
                f"{note.file} {note.message}",
                severity=Severity.MINOR if blank else Severity.BLOCKER if share > MAX_LOST else Severity.MAJOR,
                evidence=Evidence(share, n=total, unit="share of files", method="first bytes, then the format's own reader"),
                fix=fix,
            )
        if not notes:
            yield self.finding(Status.PASS, "dataset", f"all {len(data.files)} data files were read")


class Rejected(Check):
    """Rows that could not be read: broken JSON, rows with missing or extra fields, quotes never closed, invalid UTF-8.

    Measured as rows and as a share of all rows; each is listed under `rejects` with file, line and reason. Trainers drop such
    rows in silence or stop at the first. Above 1 % it is a veto, below it a condition.
    What to do: mend or delete the listed lines at the source that writes them.
    """

    code = "FIL002"
    title = "Every row can be read"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding over all files."""
        lost, total = data.rejected_rows, data.rows + data.rejected_rows
        share = lost / max(1, total)
        evidence = Evidence(share, share, share, total, "share of rows", "row by row")
        if not lost:
            yield self.finding(Status.PASS, "dataset", f"all {total} rows were read", evidence=evidence)
            return
        where = ", ".join(f"{r.file}:{r.line} ({r.reason})" for r in [r for r in data.rejects if r.lost][:3])
        yield self.finding(
            Status.FAIL,
            "dataset",
            f"{lost} of {total} rows ({percent(share) if share < 0.00005 else f'{share:.2%}'}) could not be read: {where}{', ...' if lost > 3 else ''}",
            severity=Severity.BLOCKER if share > MAX_LOST else Severity.MAJOR,
            evidence=evidence,
            fix="mend or delete the listed lines; all are under `rejects` in the JSON report",
        )


class Format(Check):
    """Things about a file's format that trainers trip over although its rows could be read.

    Wrong encodings, a byte order mark, a JSON array in a .jsonl, NaN in JSON, a missing header, cells that don't fit their
    column, one column with different types in different files. Counted per file. Each is a condition where rows may be read
    differently by somebody else, otherwise advice.
    What to do: write UTF-8 without a byte order mark, one object a line, with a header line, one type a column.
    """

    code = "FIL003"
    title = "Files are in the format they claim"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR
    strong = ("encoding", "array_in_jsonl", "json_stream", "mistyped", "mixed_types", "ambiguous_split")
    weak = ("bom", "nested_rows", "no_header", "no_train", "joined", "turns", "class_of_file", "duplicate_columns", "preamble", "missing_marks")

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per file and kind."""
        notes = [n for n in data.notes if n.kind in (*self.strong, *self.weak)]
        for note in notes:
            yield self.finding(Status.WARN, note.file or "dataset", _said(note), severity=Severity.MAJOR if note.kind in self.strong else Severity.MINOR, evidence=Evidence(float(note.count), n=note.count, unit="places"))
        if not notes:
            yield self.finding(Status.PASS, "dataset", "encodings, headers and types are as expected")


def _said(note: FileNote) -> str:
    line = f":{note.line}" if note.line else ""
    return f"{note.file}{line} {note.message}" if note.file else note.message


class Foreign(Check):
    """Files whose columns share little with the rest, so that they look like another data set in the same folder.

    Measured by the share of column names in common with the largest group of files (below half = foreign). They are left out
    and listed, never mixed in. Files that hold the same conversations in another form (messages, instruction and output, prompt and
    completion) are read with the rest, and told: a condition among training files, advice for a hold-out.
    What to do: audit them on their own, move them, or name the files that belong in `audit.toml`.
    """

    code = "FIL004"
    title = "All files belong to one data set"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR
    fixes: ClassVar = {
        "other_schema": "audit {} by itself",
        "sheets": "save each sheet that holds data as a file of its own, and move what explains them out",
        "other_form": "write all rows in one form: audit convert",
        "other_form_of_holdout": "write all rows in one form: audit convert",
    }

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per foreign file."""
        for note in (n for n in data.notes if n.kind in self.fixes):
            severity = Severity.MINOR if note.kind == "other_form_of_holdout" else Severity.MAJOR
            yield self.finding(Status.WARN, note.file, f"{note.file} {note.message}", severity=severity, fix=self.fixes[note.kind].format(note.file))


_COPY: Final = re.compile(r"(?i)\b(copy|kopie|copie|copia|backup|bak|old)\b|\(\d+\)|_(copy|backup|bak|old)\b")
"""Names that say themselves that they are the copy."""


class Copies(Check):
    """Files that are the same, byte by byte, under several names.

    Found by sha256. A copy inside one split counts its rows twice; a copy across splits is leakage (LEK001 counts its rows).
    What to do: keep one and delete the rest.
    """

    code = "FIL005"
    title = "No file is there twice"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per set of equal files."""
        by_hash: defaultdict[str, list[str]] = defaultdict(list)
        for file in sorted(data.files, key=lambda f: (bool(_COPY.search(f.path)), f.split != Split.TRAIN, len(f.path), f.path)):
            by_hash[file.sha256].append(file.path)
        for paths in by_hash.values():
            if len(paths) > 1:
                yield self.finding(Status.WARN, paths[0], f"the same bytes under {len(paths)} names: {', '.join(paths)}", evidence=Evidence(float(len(paths)), n=len(data.files), unit="files"), fix=f"keep {paths[0]} and delete the rest")


class Versions(Check):
    """Several versions of one file, so that nobody can say which one is meant: `final_v2_real_final.csv`.

    Files of one split whose names differ only by words such as final, copy, v2, new, old or a number are compared row by
    row; the figure is the share of rows of the smaller that the larger has too. Above 50 % the canonical file is unclear: a
    condition for fine-tuning and a veto for custom training (gate table of the score's specification, our policy).
    What to do: keep the one that is meant, move the others out, and version with Git, DVC or a dated release.
    """

    code = "FIL006"
    title = "Each file is there in one version"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Row overlap, where names suggest versions."""
        families = Counter((stem_family(f.path), f.split) for f in data.files)
        return (FileOverlap(),) if any(n > 1 for n in families.values()) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per pair that overlaps, and one for names that smell."""
        if any(True for _ in self.needs(data, settings)):
            for pair in facts[FileOverlap()]:
                if pair.share > 0.5:
                    yield self.finding(
                        Status.FAIL,
                        pair.smaller,
                        f"{pair.smaller} and {pair.larger} look like versions of one file: {pair.share:.0%} of the smaller's rows are in the larger",
                        evidence=Evidence(pair.share, n=pair.rows, unit="share of rows", method="equal rows by content hash"),
                        fix="keep the version that is meant and move the other out of the folder",
                    )
        smelly = [f.path for f in data.files if _SMELL.search(f.path.rsplit("/", 1)[-1].rsplit(".", 1)[0])]
        if smelly and len(data.files) > 1:
            yield self.finding(Status.WARN, smelly[0], f"names that speak of versions: {', '.join(smelly[:5])}", severity=Severity.MINOR, evidence=Evidence(float(len(smelly)), n=len(data.files), unit="files"), fix="name files by what they hold")


CHECKS = (Unreadable(), Rejected(), Format(), Foreign(), Copies(), Versions())
