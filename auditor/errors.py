"""Everything this tool raises on purpose, with the exit code of the command line.

    AuditError                4  could not audit
    ├── UsageError            2  the command or its options are wrong
    │   └── ConfigError       2  audit.toml, a suite or a policy is wrong (names file, line and fix)
    │       └── DeclaredError 2  what is declared of the data does not fit them (the command line names its option instead)
    ├── SourceError           4  the data cannot be read at all
    ├── MissingExtra          4  a check that was asked for needs an optional package
    └── Interrupted         130  Ctrl-C; nothing half-written is left

An `AuditError` is the user's to mend and is shown as one line; anything else is ours and keeps its traceback (`-vv`).
No message may contain a value of the audited data.
"""

from __future__ import annotations

from typing import ClassVar


class AuditError(Exception):
    """Base of all deliberate failures; `exit_code` is what the command line returns."""

    exit_code: ClassVar[int] = 4


class UsageError(AuditError):
    """The command, an option or a path is wrong."""

    exit_code: ClassVar[int] = 2


class ConfigError(UsageError):
    """A configuration file, suite or policy is wrong; the message names file, place and the nearest valid word."""


class DeclaredError(ConfigError):
    """What is declared of the data does not fit them.

    Args:
        key: dotted key of audit.toml, `data.label`.
        value: what it is set to.
        why: what is wrong with that, and what would be right.
    """

    def __init__(self, key: str, value: str, why: str) -> None:
        super().__init__(f"audit.toml: {key} = '{value}': {why}")
        self.key, self.value, self.why = key, value, why


class SourceError(AuditError):
    """The data cannot be read at all, so there is nothing to judge."""


class MissingExtra(AuditError):  # noqa: N818 - reads as the state it is
    """A requested check needs a package that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional package: pip install 'dataset-readiness-auditor[{extra}]'")


class Interrupted(AuditError):  # noqa: N818
    """The user pressed Ctrl-C."""

    exit_code: ClassVar[int] = 130


class Unavailable(Exception):  # noqa: N818
    """A fact was asked for that could not be measured; the engine turns it into an `error` finding, never a pass."""
