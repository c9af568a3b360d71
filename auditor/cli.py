"""The command line. Imports click and the standard library only; everything heavy is loaded by the command that needs it."""

from __future__ import annotations

import difflib
import gc
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor import __version__
from auditor.cli_data import COMMANDS as DATA_COMMANDS
from auditor.cli_decision import COMMANDS as DECISION_COMMANDS
from auditor.errors import AuditError, DeclaredError, Interrupted, UsageError

if TYPE_CHECKING:
    from auditor.audit import Examined
    from auditor.model import Report
    from auditor.settings import Settings

EPILOG = """\b
Examples:
  audit ./data                                     the report on the terminal
  audit ./data -f html -o report.html              a file for the approval ticket
  audit ./data -f json -o r.json -f markdown       JSON to a file, Markdown to the terminal
  audit ./data --gate data                         only the data verdict decides (CI, pre-commit)
  audit ./data --rows flagged.jsonl                the flagged rows, for fixing
  audit explain LEK001                             what a rule measures and what to do

\b
Exit codes: 0 gate passed · 1 not passed · 2 usage or configuration · 3 insufficient evidence · 4 could not audit · 130 interrupted
"""


class DefaultGroup(click.Group):
    """A group whose first word may be left out: `audit ./data` is `audit run ./data`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` in front of anything that is neither a command nor a question about the group."""
        own = {"--help", "-h", "--version"}
        if args and args[0] not in self.commands and args[0] not in own:
            _mistyped(args[0], self.commands)
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _mistyped(word: str, commands: Iterable[str]) -> None:
    """Says so when a word is nearly a command and no file.

    Raises:
        UsageError: with the command.
    """
    near = difflib.get_close_matches(word, list(commands), 1, 0.75)
    if near and word.isalpha() and not Path(word).exists():
        raise UsageError(f"{word}: no such command, file or folder; did you mean `audit {near[0]}`?")


@click.group(cls=DefaultGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="audit")
def cli() -> None:
    """Is this data set ready, and is fine-tuning or custom training justified at all?

    `audit PATH` reads a file or folder, measures it, and ends in two verdicts: one on the data, one on the path.
    Nothing in the folder is executed and nothing leaves this machine; the network is used for a remote PATH only.
    """


@cli.command("run", epilog=EPILOG)
@click.argument("path")
@click.option("-f", "--format", "formats", multiple=True, metavar="FORMAT", help="terminal (default), json, markdown, html, sarif or junit; repeatable.")
@click.option("-o", "--output", "outputs", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="File for a report: goes to the format its suffix names, else to the one at the same position.")
@click.option("--gate", type=click.Choice(["data", "all"]), help="Which verdicts decide the exit code: the data's only, or both (default).")
@click.option("--strict", is_flag=True, help="Conditions count as not passed.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Configuration instead of PATH/audit.toml.")
@click.option("--rows", "rows_file", type=click.Path(path_type=Path), metavar="FILE", help="Write the flagged rows, one JSON object a line (places, never values; the first 100,000 of a kind).")
@click.option("--label-scores", "label_scores", type=click.Path(path_type=Path), metavar="FILE", help="Write label quality of every labelled row (.csv or .parquet).")
@click.option("--label", metavar="COLUMN", help="Label column, where its name does not say so, or @file where each file holds one class; [data] label in audit.toml.")
@click.option("--target", "targets", metavar="NAMES", help="Check against fine-tuning targets, comma-separated; see `audit targets`.")
@click.option("--tokenizer", metavar="FILE", help="tokenizer.json for exact token counts.")
@click.option("--prices", metavar="FILE", help="prices.toml of yours for the cost of fine-tuning; an example is in `audit explain TGT011`.")
@click.option("--against", multiple=True, metavar="FILE", help="Evaluation set to look for inside the training data, local or remote; repeatable, globs allowed.")
@click.option("--spotcheck", metavar="SHEET", help="Sheet of a human spot check, filled in; see `audit spotcheck`.")
@click.option("--pii-sample", metavar="N|all", help="Rows per column the name model reads.")
@click.option("--select", metavar="CODES", help="Only these rules (codes or prefixes, comma-separated).")
@click.option("--ignore", metavar="CODES", help="Not these rules; use [ignore] in audit.toml to give a reason.")
@click.option("--storage-option", "storage", multiple=True, metavar="KEY=VALUE", help="Option of the object store of a remote PATH (region, endpoint, ...); credentials are better in the environment.")
@click.option("--workers", type=click.IntRange(0), metavar="N", help="Processes for detectors; 0 = one per core.")
@click.option("--executor", type=click.Choice(["local", "process", "ray"]), help="Where the work runs: this process, worker processes, a Ray cluster.")
@click.option("--address", metavar="ADDRESS", help="Address of the Ray cluster; without one it is started on this machine.")
@click.option("--cache-dir", metavar="DIR", help="Folder of partial results; counts and places only, never a value.")
@click.option("--no-cache", is_flag=True, help="Neither read nor keep partial results.")
@click.option("--timings", is_flag=True, help="Say on stderr where the time went.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no report on the terminal; the exit code answers.")
@click.option("-v", "--verbose", count=True, help="All findings; -vv also diagnostics and tracebacks (without values).")
def run_command(path: str, **options: Any) -> None:
    """Audit the file or folder at PATH, local or s3://, gs://, az://, hf://datasets/, https:// (`run` may be left out)."""
    from contextlib import ExitStack

    from auditor.audit import examine
    from auditor.progress import Shown
    from auditor.settings_file import load
    from auditor.sources.remote import is_remote, local_copy, options_of, shown

    _logging(options["verbose"])
    plan = _outputs(options["formats"], options["outputs"])
    storage = options_of(options["storage"])
    with ExitStack() as copies:
        progress = copies.enter_context(Shown(sys.stderr, quiet=options["quiet"]))

        def here(name: str) -> str:
            return str(copies.enter_context(local_copy(name, storage, progress))) if is_remote(name) else name

        root = Path(here(path))
        options["against"] = tuple(map(here, options["against"]))
        settings = _override(load(root, options["config"], os.environ), options)
        written = _written(plan, options)
        try:
            examined = examine(root, settings, progress, shown(path) if is_remote(path) else "")
        except DeclaredError as error:
            if error.key == "data.label" and options["label"]:  # it overrides what a file says
                raise UsageError(f"--label {error.value}: {error.why}") from None
            raise
        _apart(written, root, examined.report, settings)
    _write(examined, plan, options)
    sys.exit(examined.report.verdict.exit_code)


def _outputs(formats: Sequence[str], outputs: Sequence[Path]) -> list[tuple[str, Path | None]]:
    from auditor.reports import formats as known_formats

    known = known_formats()
    for name in formats:
        if name not in known:
            raise UsageError(f"-f {name}: no such format; formats are {', '.join(known)}")
    if len(outputs) > max(1, len(formats)):
        raise UsageError(f"{len(outputs)} times -o for {len(formats)} times -f; give one -f for each -o")
    if not formats and outputs:
        by_suffix = {f.suffix: f.name for f in known.values()}
        suffix = outputs[0].suffix
        if suffix not in by_suffix:
            raise UsageError(f"-o {outputs[0]}: the suffix names no format; add -f ({', '.join(known)})")
        return [(by_suffix[suffix], outputs[0])]
    names = list(formats) or ["terminal"]
    for file in outputs:
        if not file.parent.is_dir():
            raise UsageError(f"-o {file}: the folder does not exist")
    # A file goes to the format its suffix names; what is left over pairs by position.
    chosen: dict[int, Path] = {}
    rest: list[Path] = []
    for file in outputs:
        match = [i for i, name in enumerate(names) if known[name].suffix == file.suffix and i not in chosen]
        if match:
            chosen[match[0]] = file
        else:
            rest.append(file)
    for i in range(len(names)):
        if i not in chosen and rest:
            chosen[i] = rest.pop(0)
    return [(name, chosen.get(i)) for i, name in enumerate(names)]


def _written(plan: list[tuple[str, Path | None]], options: dict[str, Any]) -> list[Path]:
    """Files that will be written, each of which can be, so that nobody waits for an audit whose report has no place.

    Raises:
        UsageError: when one cannot be written, or two results would be the same file.
    """
    from auditor.output import writable

    files = [file for file in (*(file for _, file in plan), options["rows_file"], options["label_scores"]) if file is not None]
    for file in files:
        writable(file)
    twice = [file for file in files if file.resolve().is_file() or not file.exists()]
    for i, file in enumerate(twice):
        if file.resolve() in {other.resolve() for other in twice[:i]}:
            raise UsageError(f"{file}: two results cannot be written to one file")
    return files


def _apart(written: list[Path], root: Path, report: Report, settings: Settings) -> None:
    from auditor.output import apart
    from auditor.sources.walk import OWN, located

    base = root if root.is_dir() else root.parent
    read = [*located(base, (f.path for f in report.dataset.files)).values(), *(base / name for name in (*settings.evidence_files, *OWN))]
    for file in written:
        apart(file, read)


def _override(settings: Settings, options: dict[str, Any]) -> Settings:
    changes: dict[str, Any] = {}
    for key in ("gate", "workers", "spotcheck", "executor", "address", "cache_dir"):
        if options[key] is not None:
            changes[key] = options[key]
    if options["address"] and options["executor"] != "ray":
        raise UsageError("--address is that of a Ray cluster; add --executor ray")
    if options["no_cache"]:
        changes["cache_dir"] = "none"
    if options["strict"]:
        changes["strict"] = True
    if options["label"]:
        changes["data"] = replace(settings.data, label=options["label"])
    if options["against"]:
        changes["against"] = (*settings.against, *options["against"])
    if options["select"]:
        changes["select"] = _words(options["select"])
    if options["ignore"]:
        changes["ignore"] = {**settings.ignore, **dict.fromkeys(_words(options["ignore"]), "on the command line")}
    if options["targets"]:
        changes["targets"] = replace(settings.targets, names=_words(options["targets"]))
    if options["tokenizer"]:
        changes["targets"] = replace(changes.get("targets", settings.targets), tokenizer=options["tokenizer"])
    if options["prices"]:
        if not Path(options["prices"]).is_file():
            raise UsageError(f"--prices {options['prices']}: no such file; an example is in `audit explain TGT011`")
        changes["targets"] = replace(changes.get("targets", settings.targets), prices=options["prices"])
    if options["pii_sample"]:
        text = options["pii_sample"]
        if text != "all" and not text.isdigit():
            raise UsageError(f"--pii-sample {text}: must be a whole number or all")
        changes["pii"] = replace(settings.pii, sample=0 if text == "all" else int(text))
    return replace(settings, **changes)


def _words(text: str) -> tuple[str, ...]:
    """Words between commas; spaces around them mean nothing."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _write(examined: Examined, plan: list[tuple[str, Path | None]], options: dict[str, Any]) -> None:
    from auditor.output import say, write_lines, write_text
    from auditor.reports import RenderOptions, formats, options_for

    report = examined.report
    known = formats()
    for name, file in plan:
        if file is not None:
            write_text(file, known[name].render(report, RenderOptions(verbose=bool(options["verbose"]))))
        elif not options["quiet"] and sys.stdout is not None:
            columns = _columns() if name == "terminal" else 0
            chosen = options_for(sys.stdout, os.environ, columns=columns, verbose=bool(options["verbose"]))
            say(known[name].render(report, chosen).rstrip("\n"), colour=chosen.colour)
    if any(name == "terminal" and file is None for name, file in plan) and options["targets"] and not options["quiet"]:
        from auditor.targets.report import TargetReport
        from auditor.targets.table import render_table

        found = examined.facts.find(TargetReport)
        if found is not None:
            say("\n" + render_table(found, _columns()).rstrip("\n"))
    if options["rows_file"]:
        from auditor.rows_file import lines

        write_lines(options["rows_file"], lines(report.findings))
    if options["label_scores"]:
        from auditor.label_scores import write as write_scores

        write_scores(examined.facts, report.dataset, options["label_scores"])
    if options["timings"]:
        _timings(report)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size((0, 0)).columns


def _timings(report: Report) -> None:
    click.echo(f"{report.seconds:8.2f} s  in all", err=True)
    for stage, seconds in sorted(report.timings.items(), key=lambda kv: -kv[1]):
        click.echo(f"{seconds:8.2f} s  {stage}", err=True)


def _logging(verbose: int) -> None:
    """Our own log only: other libraries' records and warnings may quote data."""
    if verbose < 2:
        warnings.simplefilter("ignore")
    logging.lastResort = None
    log = logging.getLogger("auditor")
    log.handlers = [logging.StreamHandler()]
    log.propagate = False
    log.setLevel(logging.DEBUG if verbose >= 2 else logging.WARNING)


@cli.command(epilog="\b\nExamples:\n  audit explain LEK001\n  audit explain PII\n  audit explain decision --report report.json")
@click.argument("code")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="JSON report whose own figures `score` and `decision` walk through.")
def explain(code: str, report: Path | None) -> None:
    """What rule CODE (or family, as LEK) measures, why it matters, and what to do; also `score` and `decision`."""
    from auditor.explain import explain as text
    from auditor.output import say

    say(text(code, report).rstrip("\n"))


for _command in (*DATA_COMMANDS, *DECISION_COMMANDS):
    cli.add_command(_command)


def _invoke(words: list[str]) -> None:
    try:
        cli.main(words, prog_name="audit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(UsageError.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:  # a question that was answered with Ctrl-C or the end of input
        raise KeyboardInterrupt from None


@contextmanager
def _ended_cleanly() -> Iterator[list[int]]:
    """SIGTERM and SIGHUP end the work as Ctrl-C does, so that no half of a copy of somebody's data is left; the signals that came."""
    came: list[int] = []

    def stop(number: int, _frame: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    taken = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and threading.current_thread() is threading.main_thread() and signal.getsignal(number) is signal.SIG_DFL:
            taken[number] = signal.signal(number, stop)
    try:
        yield came
    finally:
        for number, before in taken.items():
            signal.signal(number, before)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line; every failure is one line on stderr and a documented exit code."""
    from auditor.scan.engine import guarded
    from auditor.scan.executor import GARBAGE

    gc.set_threshold(*GARBAGE)
    words = list(sys.argv[1:] if args is None else args)
    with _ended_cleanly() as came:
        try:
            _, reason = guarded("audit", lambda: _invoke(words))
        except AuditError as error:
            click.echo(f"audit: {error}", err=True)
            sys.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            click.echo("audit: interrupted; nothing was written", err=True)
            sys.exit(128 + came[0] if came else Interrupted.exit_code)
    if reason:
        click.echo(f"audit: internal error: {reason}; run again with -vv and report what it prints", err=True)
        sys.exit(4)
