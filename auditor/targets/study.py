"""Putting it together: files and targets → one report. The place to begin reading this package."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter as Counts
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from auditor.errors import SourceError
from auditor.settings import TargetSettings
from auditor.sources.names import spoken_path
from auditor.targets.columns import NAME, Columns, columns_of
from auditor.targets.engine import VALIDATION, Engine, Source
from auditor.targets.filerules import duplicates, effective, file_hits
from auditor.targets.formats import BY_NAME, record_of
from auditor.targets.jsonpos import spelled
from auditor.targets.lengths import as_range
from auditor.targets.report import Issue, Outcome, Range, TargetReport
from auditor.targets.request import GENERIC, METADATA, READABLE, row_suffix
from auditor.targets.spec import Rule, Target, check_names, load, names
from auditor.targets.tally import SHOWN, Group
from auditor.targets.tokens import Counter, counter_of
from auditor.targets.verdict import Judge, untrained

_ENTRIES: Final = "llamafactory"
"""The target whose trainer reads `dataset_info.json`."""
_VALIDATION = re.compile(r"(?:^|[-_.])(?:validation|valid|val|dev)$", re.IGNORECASE)

def compatibility(
    paths: Iterable[Path | str], targets: Sequence[str], settings: TargetSettings | None = None
) -> TargetReport:
    """What `targets` would do with the files at `paths`.

    Raises:
        ConfigError: a target or the tokenizer is not known.
        SourceError: a file cannot be read.
    """
    given = settings or TargetSettings()
    found = []
    for path in map(Path, paths):
        found += sorted(p for p in path.rglob("*") if p.is_file() and p.name not in METADATA and row_suffix(p) in READABLE) if path.is_dir() else [path]
    sources = [Source(p, spoken_path(p.name), "validation" if _VALIDATION.search(p.name.split(".")[0]) else "train") for p in found]
    return study(sources, tuple(targets), given.max_length, given.tokenizer, given.packing)


def study(
    sources: Sequence[Source], wanted: tuple[str, ...], max_length: int = 0, tokenizer: str = "", packing: str = ""
) -> TargetReport:
    """The same for files whose split is known."""
    check_names(wanted)
    if not sources:
        raise SourceError("no training or validation file that targets could read")
    if all(s.split == VALIDATION for s in sources):  # what there is is what is to be trained, whatever its name
        sources = [Source(s.path, s.name) for s in sources]
    asked = tuple(dict.fromkeys(name for name in wanted if name != "auto"))
    studied = tuple(load(name) for name in dict.fromkeys((*asked, GENERIC)))
    counter = counter_of(tokenizer)
    engines = _engines(sources, studied, counter, max_length, packing)
    engine = engines[GENERIC]
    shape = engine.formats.most_common(1)[0][0] if engine.formats else "unknown"
    return TargetReport(
        files=tuple(s.name for s in sources),
        rows=engine.rows,
        format=shape,
        formats=tuple(sorted(engine.formats.items(), key=lambda item: (-item[1], item[0]))),
        reason=_reason(engine, shape),
        outcomes=tuple(_outcome(engines[t.id], engines[t.id].judge.targets.index(t), t) for t in studied),
        requested=wanted,
        duplicates=duplicates(engine),
        effective=effective(engine),
        suits=_suits(engine, shape),
    )


def _engines(sources: Sequence[Source], studied: tuple[Target, ...], counter: Counter, max_length: int, packing: str) -> dict[str, Engine]:
    """The engine that reads for each target, after it has read.

    Where a `dataset_info.json` names the columns, LLaMA-Factory's rules (and the own ones, where they are other than the
    usual) see the rows by it, and the others see them as they stand. Without LLaMA-Factory it is asked for only where the
    rows have no other format.
    """
    columns = {s.path: found for s in sources if (found := columns_of(s.path)) is not None}
    own = {GENERIC} if any(c.entry and not c.plain for c in columns.values()) else set()
    by_entry = [t for t in studied if t.id in {_ENTRIES, *own}] if columns and any(t.id == _ENTRIES for t in studied) else []
    engines: dict[str, Engine] = {}

    def feed(targets: Sequence[Target], given: Mapping[Path, Columns] | None) -> None:
        engine = Engine(targets, counter, max_length, packing, given)
        for source in sources:
            engine.feed(source)
        engines.update(dict.fromkeys((t.id for t in targets), engine))

    if by_entry:
        feed(by_entry, columns)
    left = [t for t in studied if t not in by_entry]
    if left:
        feed(left, None)
    if not by_entry and any(c.entry for c in columns.values()) and set(engines[GENERIC].formats) <= {"unknown", "unreadable"}:
        feed([t for t in studied if t.id == GENERIC], columns)
    return engines


def _suits(engine: Engine, shape: str) -> tuple[str, ...]:
    """Active targets that read the format, those first of all that take some of the first rows as they are."""
    by_entry = (_ENTRIES,) if any(f.columns and f.columns.entry for f in engine.files) else ()
    if by_entry:  # what the others read is the row as it stands
        shape = Counts(record_of(value).format for value in engine.samples).most_common(1)[0][0] if engine.samples else "unknown"
    found = [t for t in map(load, names()) if t.id != GENERIC and shape in t.accept and t.status == "active"]
    rows = [(value, record) for value in engine.samples if (record := record_of(value)).format == shape]
    if any(record.shape == "kto" and shape != "kto" for _, record in rows):  # who doesn't read the label learns what is unwanted
        found = [t for t in found if any(r.check == "label_type" for r in t.rules)]
    judge = Judge(found)
    refused = [v.rejected | v.dropped for v in (judge.judge(value) for value, _ in rows) if not v.untrained]
    taking = tuple(t.id for i, t in enumerate(found) if any(not bits >> i & 1 for bits in refused) or not rows)
    answered = not rows or any(not untrained(record) for _, record in rows)
    return tuple(dict.fromkeys((*by_entry, *(taking or (tuple(t.id for t in found) if answered else ())))))


def _reason(engine: Engine, shape: str) -> str:
    entries = sorted({f.columns.entry for f in engine.files if f.columns and f.columns.entry})
    if entries:
        return f"by {', '.join(entries)} in {NAME}"
    others = ", ".join(f"{count:,} as {name}" for name, count in engine.formats.most_common()[1:])
    more = f"; the others read {others}" if others else ""
    if shape not in BY_NAME:
        first = next((value for value in engine.samples if isinstance(value, dict)), {})
        keys = ", ".join(spelled((str(key),))[2:] for key in list(first)[:8])
        return "no row has the keys of a known format" + (f"; those of the first are {keys}" if keys else "") if not others else f"most rows have the keys of no known format{more}"
    keys = ", ".join(BY_NAME[shape].required)
    if shape in {"chat", "prompt"} and engine.samples and all(untrained(record_of(value)) for value in engine.samples):
        more = f", but no answer to learn ({_unanswered(engine.samples)}){more}"
    return f"{engine.formats[shape]:,} of {engine.rows:,} rows have the keys {keys}{more}"


def _unanswered(samples: Sequence[object]) -> str:
    """Why no trainer finds an answer: the speaker has another name, it stands under a key of the row's own, or there is none."""
    records = [record_of(value) for value in samples]
    if all(any(m.role == "?" and m.native is not None for m in r.messages) for r in records):
        return "no message has a role that trainers know as the assistant's"
    keys = ", ".join(spelled((str(key),))[2:] for key in records[0].extra[:6])
    return f"rows for reinforcement learning, or the answer stands under another key: {keys}" if keys else "rows for reinforcement learning, perhaps"


def _outcome(engine: Engine, index: int, target: Target) -> Outcome:
    rejected = sum(n for (bits, _, _), n in engine.fates.items() if bits >> index & 1)
    taken = [(dropped, nothing, n) for (bits, dropped, nothing), n in engine.fates.items() if not bits >> index & 1]
    skipped = sum(n for dropped, _, n in taken if dropped >> index & 1)
    nothing = sum(n for dropped, empty, n in taken if empty and not dropped >> index & 1)
    length, training = engine.lengths[index], target.training
    over, gone = Range(*length.over), as_range(length.gone)
    cut = over if training.excess == "truncate" else Range(0, 0, 0)
    vanish = over if training.excess == "drop" else Range(0, 0, 0)
    fixed = training.fixed(engine.messages, engine.named, engine.training) + engine.given
    whole = length.scale.range(engine.trained_units, engine.given_trained)
    both = Range(engine.both[index][0], engine.both[index][1], engine.both[index][1])
    sure = skipped + nothing
    silent = cut + vanish
    issues, sound = _issues(engine, index, target)
    return Outcome(
        target=target.id,
        title=target.title,
        status=target.status_on(dt.date.today()),  # noqa: DTZ011 - a closing date is a day, not an instant
        status_text=target.status_text,
        version=target.version,
        as_of=target.as_of.isoformat(),
        rows=engine.rows,
        training=engine.training,
        accepted=engine.rows - rejected,
        rejected=rejected,
        dropped=Range(skipped + vanish.low, skipped + vanish.value, skipped + vanish.high),
        truncated=cut,
        untrained=Range(*(nothing + e for e in length.emptied)) if training.excess == "truncate" else Range(nothing, nothing, nothing),
        lost=Range(sure + silent.low - both.low, sure + silent.value - both.value, sure + silent.high - both.high),
        tokens=length.scale.range(engine.units, fixed),
        billed_tokens=_less(length.scale.range(engine.units, fixed), as_range(length.unread)),
        target_tokens=whole,
        kept_tokens=_less(whole, gone),
        max_length=length.limit,
        excess=training.excess,
        method=_method(engine),
        exact=length.scale.low == length.scale.high or (engine.given > 0 and not engine.units),
        epochs=epochs_of(target, engine.training),
        issues=issues,
        file_ok=sound,
        packed=engine.packed(index),
    )


def _method(engine: Engine) -> str:
    """How tokens were counted."""
    if not engine.given:
        return engine.counter.method
    return f"{engine.counter.method}; rows that are tokenized already as they stand" if engine.units else "rows are tokenized already"


def _less(whole: Range, gone: Range) -> Range:
    """What is left, end by end."""
    low, value, high = (max(0, a - b) for a, b in zip((whole.low, whole.value, whole.high), (gone.low, gone.value, gone.high), strict=True))
    # With a higher estimate more is cut: the ends may change places.
    return Range(min(low, value, high), value, max(low, value, high))


def epochs_of(target: Target, rows: int) -> tuple[int, int]:
    """Epochs that the target runs by default, as a range.

    OpenAI's notebook (Chat_finetuning_data_prep.ipynb @2e65270): 3 epochs; with 3n < 100 as many as give 100 examples, at
    most 25; with 3n > 25,000 as many as give 25,000, at least 1. The API itself takes `auto`.
    """
    if target.training.epoch_rule != "openai" or not rows:
        return target.training.epochs
    epochs = 3
    if rows * epochs < 100:
        epochs = min(25, 100 // rows)
    elif rows * epochs > 25_000:
        epochs = max(1, 25_000 // rows)
    return epochs, epochs


def _issues(engine: Engine, index: int, target: Target) -> tuple[tuple[Issue, ...], bool]:
    """Issues of a target, worst first, and whether its rules about files hold."""
    shown = tuple(f.source.name for f in engine.files)
    found: list[Issue] = []
    sound = True
    for i, (owner, rule) in enumerate(engine.judge.rules):
        if owner != index:
            continue
        group = engine.groups.get(i, Group())
        for place, count in file_hits(engine, target, rule):
            group.count += count
            sound = sound and rule.level != "error"
            if len(group.places) < SHOWN:
                group.places.append(place)
        if rule.check == "status" and target.status_on(dt.date.today()) == "closed" and rule.level == "error":  # noqa: DTZ011
            group.count += 1
            sound = False
        if group.count:
            found.append(group.issue(target.id, rule, shown))
    found.sort(key=lambda issue: (_ORDER.index(issue.level), -issue.count, issue.rule))
    return tuple(found), sound


_ORDER = ("error", "loss", "warning", "advice", "info")


def notes(target: Target) -> tuple[Rule, ...]:
    """Rules that only inform."""
    return tuple(r for r in target.rules if r.check == "note")
