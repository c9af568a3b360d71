"""The README says what the program says; `pytest tests/test_docs.py --update-golden` writes both parts anew."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from auditor.audit import run
from auditor.registry import all_checks
from auditor.reports import RenderOptions, formats

REPO = Path(__file__).parents[1]
README = REPO / "README.md"


def between(start: str, end: str, text: str) -> str:
    return text.partition(f"<!-- {start} -->\n")[2].partition(f"<!-- {end} -->")[0]


def replaced(start: str, end: str, content: str) -> None:
    text = README.read_text()
    head, _, rest = text.partition(f"<!-- {start} -->\n")
    README.write_text(f"{head}<!-- {start} -->\n{content}<!-- {end} -->{rest.partition(f'<!-- {end} -->')[2]}")


def rules_table() -> str:
    rows = "".join(f"| `{c.code}` | {c.title} | {c.pillar} | {c.severity} |\n" for c in all_checks())
    return f"| code | what a good data set is | question | a failure is |\n| --- | --- | --- | --- |\n{rows}"


def shape(text: str) -> str:
    """Without figures and digests, which other releases may move, and without what optional packages leave unchecked."""
    text = re.sub(r"NOT CHECKED.*?\n\n", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"[0-9a-f]{12}|[\d.,]+|[█▒·]+", "#", text))


def test_rules_table(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        replaced("rules", "end of rules", rules_table())
    assert between("rules", "end of rules", README.read_text()) == rules_table()


def test_output_is_the_real_one(request: pytest.FixtureRequest) -> None:
    report = run(REPO / "samples" / "leaking-split")
    real = f"```text\n{formats()['terminal'].render(report, RenderOptions()).rstrip()}\n```\n"
    name = "output of: audit samples/leaking-split"
    if request.config.getoption("--update-golden"):
        replaced(name, "end of output", real)
    assert shape(between(name, "end of output", README.read_text())) == shape(real)


@pytest.mark.parametrize("check", all_checks(), ids=lambda c: c.code)
def test_every_rule_is_documented(check) -> None:
    text = inspect.cleandoc(type(check).__doc__ or "")
    assert len(text) > 150, "say what it measures, why it matters, what to do"
    assert check.title
    assert not check.title.endswith(".")


def test_commands_of_the_readme_exist() -> None:
    from auditor.cli import cli

    named = set(re.findall(r"^audit (\w+)(?!\w|://)", README.read_text(), re.MULTILINE)) | set(re.findall(r"`audit (\w+)", README.read_text()))
    assert named - {"samples"} <= set(cli.commands)


def test_python_in_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPO)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_commands_in_the_readme_exist() -> None:
    from auditor.cli import cli

    named = set(re.findall(r"(?:^|`)audit ([a-z][a-z-]*) ", README.read_text(), flags=re.MULTILINE))
    assert named <= set(cli.commands), named - set(cli.commands)
    assert set(cli.commands) - {"run", "pii-hash"} <= named, set(cli.commands) - named
