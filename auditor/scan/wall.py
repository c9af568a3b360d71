"""The wall: a failure of one request costs that request only. This is the only broad `except` of the project."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import TypeVar

from auditor.errors import AuditError

T = TypeVar("T")
log = logging.getLogger("auditor")


def describe_failure(error: BaseException) -> str:
    """What failed and where, without the message: messages of other libraries quote data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def guarded(what: str, work: Callable[[], T]) -> tuple[T | None, str]:
    """Result of `work` and "", or None and why it failed. Deliberate errors and interrupts pass through."""
    try:
        return work(), ""
    except AuditError:
        raise
    except Exception as error:  # noqa: BLE001 - the wall: a detector's failure must not end the audit
        reason = describe_failure(error)
        log.debug("%s failed: %s\n%s", what, reason, "".join(traceback.format_list(traceback.extract_tb(error.__traceback__))))
        return None, reason
