"""Commands around the decision: interview, triage, monitoring, verification, comparison. Heavy things load inside them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.errors import UsageError

if TYPE_CHECKING:
    from auditor.decision.interview import Question

_FILE = click.Path(path_type=Path)


def _put(text: str, out: Path | None, *, force: bool = True, read: tuple[Path, ...] = ()) -> None:
    """Text to a file, whole or not at all, or to standard output.

    Raises:
        UsageError: the file is there and `force` is not, or it is one that was `read`.
    """
    from auditor.output import apart, say, write_text

    if out is None:
        say(text)
        return
    if out.exists() and not force:
        raise UsageError(f"{out} exists; --force overwrites it")
    apart(out, read)
    write_text(out, text)
    click.echo(f"wrote {out}", err=True)


@click.command(epilog="\b\nExamples:\n  audit init ./data\n  audit init ./data --answers answers.toml")
@click.argument("path", type=_FILE)
@click.option("--answers", type=_FILE, metavar="FILE", help="Answers as TOML, laid out as audit.toml; nothing is asked.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Where to write; default PATH/audit.toml.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def init(path: Path, answers: Path | None, output: Path | None, *, force: bool) -> None:
    """Interview for the use case of the data at PATH; writes a commented audit.toml.

    Every question says why it matters and what an empty answer does. Failure is priced before the build: without its price,
    build costs are not asked, and refused in a file of answers.
    """
    from auditor.decision import interview
    from auditor.output import writable
    from auditor.settings import Settings
    from auditor.settings_file import load
    from auditor.sources.discover import discover

    usual = (path if path.is_dir() else path.parent) / "audit.toml"
    target = output or usual
    if target.exists() and not force:
        raise UsageError(f"{target} exists; --force overwrites it")
    # first, so that no answer is lost when the data cannot be read or the file cannot be written
    dataset, frozen = discover(path, Settings()).dataset, ""
    writable(target)
    if answers is not None:
        given = load(path, answers)
        text = answers.read_text(encoding="utf-8")
        found, frozen = interview.from_settings(given, answers.name, text), given.baselines.holdout_sha256
    else:
        click.echo(f"Up to {len(interview.QUESTIONS)} questions about the use of the data. Enter leaves one open, Ctrl-C ends it and writes nothing.", err=True)
        found = interview.ask(_question, lambda problem: click.echo(f"  ! {problem}", err=True))
    _put(interview.write(found, dataset, frozen), target, force=force)
    missing = len(interview.QUESTIONS) - len(found)
    click.echo(f"{len(found)} answers, {missing} unknown. Next: audit {path}{f' --config {target}' if target.resolve() != usual.resolve() else ''}", err=True)


def _question(question: Question) -> str:
    click.echo(f"\n{question.text}\n  Why: {question.why}. Empty: {question.empty}.", err=True)
    hint = "" if question.kind == "text" else f" ({question.kind})"
    name = question.key if question.table in ("use_case", "costs") else f"{question.table}.{question.key}"
    return str(click.prompt(f"  {name}{hint}", default="", show_default=False, err=True))


@click.command(epilog="\b\nExamples:\n  audit triage --template -o failures.csv\n  audit triage failures.csv --risk medium")
@click.argument("failures", type=_FILE, required=False)
@click.option("--template", is_flag=True, help="Write a starter sheet (CSV) with every tag explained.")
@click.option("--risk", type=click.Choice(["low", "medium", "high", "regulated"]), default="low", show_default=True, help="Risk tier whose numbers are asked for.")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", help="text (default) or json.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Write to FILE.")
def triage(failures: Path | None, risk: str, form: str, output: Path | None, *, template: bool) -> None:
    """Count tagged production failures (CSV, JSONL, XLSX): prompt, system, model or human judgement.

    Exit code 0 when there are enough to choose a path by, 3 when not.
    """
    from auditor.decision import triage as sheet
    from auditor.decision import triage_text

    if template:
        if output is not None and output.exists():
            raise UsageError(f"{output} exists, and somebody may have filled it in; name another file")
        _put(sheet.template(), output)
        return
    if failures is None:
        raise UsageError("audit triage needs a sheet of failures; --template writes an empty one")
    counted = sheet.read_triage(failures)
    _put(triage_text.as_json(counted, risk) if form == "json" else triage_text.render(counted, risk), output, read=(failures,))
    sys.exit(3 if triage_text.lacking(counted, risk) else 0)


@click.command(epilog="\b\nExample:\n  audit plan ./data")
@click.argument("path", type=_FILE)
@click.option("--report", type=_FILE, metavar="FILE", help="JSON report that the plan belongs to; its digest is bound in.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Where to write; default PATH/monitoring-plan.yaml, - for standard output.")
@click.option("--config", type=_FILE, metavar="FILE", help="Configuration instead of PATH/audit.toml.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def plan(path: Path, report: Path | None, output: Path | None, config: Path | None, *, force: bool) -> None:
    """Write monitoring-plan.yaml for the data at PATH: owner, triggers by path and risk, and a reference without rows."""
    from auditor.decision import plan as module
    from auditor.decision.waivers import today
    from auditor.settings_file import load
    from auditor.verify import read_report

    settings = load(path, config, os.environ)
    body_of = read_report(report) if report else {}
    target = output or (path if path.is_dir() else path.parent) / "monitoring-plan.yaml"
    if str(target) != "-" and target.exists() and not force:
        raise UsageError(f"{target} exists; --force overwrites it")
    body = module.make(path, settings, day=today(), report=body_of)
    if not body["owner"]:
        click.echo("no owner is declared; set monitoring_owner under [use_case], or write it into the plan", err=True)
    _put(module.to_yaml(body), None if str(target) == "-" else target, force=force)


@click.command(epilog="\b\nExample:\n  audit drift ./data/monitoring-plan.yaml ./new --metric accuracy=0.91:400 --event none -o 2026-12.json")
@click.argument("plan_file", metavar="PLAN", type=_FILE)
@click.argument("data", type=_FILE)
@click.option("--metric", "metrics", multiple=True, metavar="NAME=VALUE:N", help="A measured metric and the rows behind it; repeatable.")
@click.option("--event", "events", multiple=True, metavar="NAME", help="An event that happened, or `none`; repeatable.")
@click.option("--history", multiple=True, type=_FILE, metavar="FILE", help="Earlier looks, as written with -o; repeatable.")
@click.option("--config", type=_FILE, metavar="FILE", help="Configuration of the new data (roles); default DATA/audit.toml.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Write the look as dated JSON, for --history.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on the terminal; the exit code answers.")
def drift(  # noqa: PLR0917 - one parameter an option
    plan_file: Path, data: Path, metrics: tuple[str, ...], events: tuple[str, ...], history: tuple[Path, ...], config: Path | None,
    output: Path | None, *, quiet: bool,
) -> None:  # fmt: skip
    """Check new data at DATA against PLAN: each trigger is ok, fired, unknown or overdue.

    Exit code 0 when nothing fired, 1 when something did, 3 when nothing did but something is unknown or overdue.
    """
    from auditor.decision import watch
    from auditor.decision.waivers import today
    from auditor.output import say
    from auditor.settings_file import load

    observed = dict(watch.parse_metric(text) for text in metrics)
    result = watch.look(plan_file, data, load(data, config, os.environ), observed=observed, events=events, history=history, day=today())
    if output is not None:
        _put(result.to_json(), output, read=(plan_file, data))
    if not quiet:
        say(watch.render(result))
    sys.exit(result.exit_code)


@click.command(epilog="\b\nExample:\n  audit verify report.json ./data --max-age 90d")
@click.argument("report", type=_FILE)
@click.argument("path", type=_FILE)
@click.option("--max-age", metavar="DAYS", help="Greatest age of the report, as in 90d or 12w.")
@click.option("--config", type=_FILE, metavar="FILE", help="Configuration instead of PATH/audit.toml.")
def verify(report: Path, path: Path, max_age: str | None, config: Path | None) -> None:
    """Is REPORT (JSON) about the data at PATH, and was it left as it was written? Exit code 0 yes, 1 no, 2 usage."""
    from auditor import verify as module
    from auditor.decision.waivers import today
    from auditor.output import say
    from auditor.settings_file import load

    oldest = None if max_age is None else module.parse_age(max_age)
    body = module.read_report(report)
    result = module.verify(body, path, load(path, config, os.environ), day=today(), max_age=oldest)
    say(module.render(result))
    sys.exit(result.exit_code)


@click.command(epilog="\b\nExample:\n  audit diff last-month.json report.json")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
def diff(old: Path, new: Path) -> None:
    """What changed between two JSON reports, and why the score moved. Exit code 1 when a verdict got worse, else 0."""
    from auditor import diff as module
    from auditor.output import say
    from auditor.verify import read_report

    result = module.diff(read_report(old), read_report(new))
    say(module.render(result))
    sys.exit(result.exit_code)


@click.command(epilog="\b\nExample:\n  audit ./data -f json -o report.json\n  audit attest report.json -o report.intoto.jsonl")
@click.argument("report", type=_FILE)
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Where to write; default is standard output.")
def attest(report: Path, output: Path | None) -> None:
    """REPORT (JSON) as two unsigned in-toto statements, one a line: a test result (PASSED, WARNED, FAILED) and the readiness itself.

    Subjects are the files of the data set by sha256; sign them with the tool of your choice. Codes and numbers, no values of the data.
    """
    from auditor import attest as module
    from auditor.verify import read_report

    _put(module.render(read_report(report)), output, read=(report,))


COMMANDS = (init, triage, plan, drift, verify, attest, diff)
