"""Commands that work on the data itself: redact, suite, targets, convert, spotcheck, pii-hash."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from pathlib import Path

import click

from auditor.errors import UsageError

_PATH = click.Path(path_type=Path)


@click.command(epilog="\b\nExamples:\n  audit redact ./data -o ./clean\n  audit redact ./data -o ./clean --surrogate")
@click.argument("path", type=_PATH)
@click.option("-o", "--output", "out", type=_PATH, required=True, metavar="PATH", help="New folder (or file, where PATH is one).")
@click.option("--surrogate", is_flag=True, help="Equal values get equal stand-ins instead of <EMAIL_ADDRESS>.")
@click.option("--config", type=_PATH, metavar="FILE", help="Configuration instead of PATH/audit.toml.")
def redact(path: Path, out: Path, surrogate: bool, config: Path | None) -> None:
    """Write the data set at PATH anew with personal data and secrets replaced; every other byte of content is kept."""
    from auditor.redact import redact as work
    from auditor.settings_file import load
    from auditor.sources.names import masked

    done = work(path, out, load(path, config, os.environ), surrogate=surrogate)
    for (place, entity), count in sorted(done.replaced.items()):
        click.echo(f"{count:8}  {entity}  in {masked(place)}")
    for column in done.emptied:
        click.echo(f" emptied  column '{column}'")
    click.echo(f"{sum(done.replaced.values())} spans replaced in {len(done.files)} files; {len(done.copied)} other files copied unread")
    for name in done.copied[:20]:
        click.echo(f"   unread  {masked(name)}: copied as it is, with whatever personal data it holds")
    if len(done.copied) > 20:
        click.echo(f"   unread  and {len(done.copied) - 20} more")


@click.command(epilog="\b\nExamples:\n  audit suite ./data -o suite.json\n  audit suite ./data/train.csv")
@click.argument("path", type=_PATH)
@click.option("-o", "--output", "out", type=_PATH, metavar="FILE", help="Suite file; standard output when left out.")
@click.option("--force", is_flag=True, help="Overwrite an existing suite, with what people changed in it.")
def suite(path: Path, out: Path | None, *, force: bool) -> None:
    """Propose a Great Expectations suite from the data at PATH, with the reason for each expectation in its notes."""
    import json

    from auditor.output import say, write_text
    from auditor.scan.rows import SourceRows
    from auditor.settings_file import load
    from auditor.sources.discover import discover
    from auditor.suites.propose import propose

    if out is not None and out.exists() and not force:
        raise UsageError(f"{out} exists, and somebody may have changed it; --force overwrites it")
    settings = load(path, None, os.environ)
    source = discover(path, settings)
    rows = SourceRows(source, settings)
    proposed = propose(rows.lazy(tuple(s for s in source.dataset.splits if s != "production") or None), source.dataset)
    text = json.dumps(proposed, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        say(text)
    else:
        write_text(out, text)
        click.echo(f"{len(proposed['expectations'])} expectations written to {out}", err=True)


def _fitted(text: str) -> str:
    """Lines broken at the width of the terminal, indented; whole where the output goes to a file or another program."""
    if not sys.stdout.isatty():
        return text
    width = max(40, shutil.get_terminal_size().columns)
    out = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        out.append(textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
    return "\n".join(out)


@click.command(epilog="\b\nExamples:\n  audit targets\n  audit targets openai")
@click.argument("name", required=False)
def targets(name: str | None) -> None:
    """List the fine-tuning targets with their status, or print the rules of one with level, source and date."""
    from auditor.output import say
    from auditor.targets.catalogue import describe, list_targets

    if name:
        say(_fitted(describe(name).rstrip("\n")))
        return
    for target in list_targets():
        closing = f" (closes {target.closes})" if target.closes else ""
        say(f"{target.name:16} {target.status + closing:28} {target.rules:3} rules, as of {target.as_of}  {target.title}")


@click.command(epilog="\b\nExamples:\n  audit convert train.json --to trl-sft -o train.jsonl")
@click.argument("path", type=_PATH)
@click.option("--to", "target", required=True, metavar="TARGET", help="Target whose shape is written; see `audit targets`.")
@click.option("-o", "--output", "out", type=_PATH, required=True, metavar="FILE", help="File to write, one JSON object a line.")
def convert(path: Path, target: str, out: Path) -> None:
    """Rewrite the rows at PATH in the shape TARGET takes, and say row by row what cannot be carried over without loss."""
    from auditor.targets.convert import convert as work

    done = work(path, target, out)
    for refusal in done.refused[:20]:
        click.echo(f"{refusal.file}:{refusal.line or '?'}: not written: {refusal.reason}")
    if done.refused_rows > 20:
        click.echo(f"... and {done.refused_rows - 20} more rows not written")
    for note, rows in done.notes:
        click.echo(f"{rows} rows: {note}")
    lines = "" if done.lines == done.written else f" in {done.lines} lines"
    click.echo(f"{done.written} of {done.rows} rows written{lines} to {out} as {done.format}{', without loss' if done.lossless else ''}")
    sys.exit(0 if not done.refused_rows else 1)


@click.command(epilog="\b\nExamples:\n  audit spotcheck ./data -n 100 -o sheet.csv\n  audit ./data --spotcheck sheet.csv")
@click.argument("path", type=_PATH)
@click.option("-n", "--rows", "count", type=click.IntRange(10, 10_000), default=100, show_default=True, help="Rows to review.")
@click.option("-o", "--output", "out", type=_PATH, required=True, metavar="FILE", help="Sheet to fill in (CSV).")
@click.option("--force", is_flag=True, help="Overwrite an existing sheet, with what people filled in.")
def spotcheck(path: Path, count: int, out: Path, *, force: bool) -> None:
    """Draw rows for people to check: half the most suspicious labels, half at random, in an order that gives nothing away.

    The sheet shows text and label of each row, so it holds data: keep it where the data may be.
    """
    from auditor.output import writable
    from auditor.settings_file import load
    from auditor.spotcheck import draw

    if out.exists() and not force:
        raise UsageError(f"{out} exists, and people may have filled it in; --force overwrites it")
    writable(out)
    written = draw(path, load(path, None, os.environ), count, out)
    click.echo(f"{written} rows in {out}; fill in the column `verdict` with right or wrong, then: audit {path} --spotcheck {out}")


@click.command("pii-hash", epilog="\b\nExample:\n  printf 'press@example.org' | audit pii-hash --config ./data/audit.toml")
@click.option("--config", type=_PATH, metavar="FILE", help="Configuration with the salt; ./audit.toml when left out.")
def pii_hash(config: Path | None) -> None:
    """Salted hash of a value read from standard input, for `[pii] allow_hashes`: the value itself never enters the file."""
    from auditor.detectors.pii_policy import pii_hash as digest
    from auditor.settings_file import load

    value = sys.stdin.read().strip("\n")
    if not value:
        raise UsageError("no value on standard input")
    settings = load(Path(), config, os.environ)
    click.echo(digest(value, settings.pii.salt))


COMMANDS = (redact, suite, targets, convert, spotcheck, pii_hash)
