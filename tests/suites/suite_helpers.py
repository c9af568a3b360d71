"""What several suite tests use."""

from __future__ import annotations

from typing import Any

from auditor.model import Dataset, Role, RoleChoice, Shape


def raised(result: Any) -> str:
    """Message of the exception of a result; empty where there was none."""
    info = result.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry["raised_exception"]:
            return str(entry["exception_message"]) or "raised"
    return ""


def dataset(roles: dict[str, str] | None = None, shape: str = "table", classes: tuple[str, ...] = (), root: str = "/nowhere") -> Dataset:
    """A data set with columns in roles, `{"text": "body"}`."""
    chosen = tuple(RoleChoice(Role(role), (column,), "told") for role, column in (roles or {}).items())
    return Dataset("data", root, (), (), (), chosen, Shape(shape), "told", (), 0, classes=classes)
