"""Faults of the installed Great Expectations that would spoil results of any engine, mended where they are.

`expect_column_quantile_values_to_be_between` answers with numpy's truth value, which no checkpoint can write as JSON (1.24).
The range of supported versions in `pyproject.toml` is narrow for such reasons; a test tells when the mending is superfluous.
"""

from __future__ import annotations

from typing import Any

from great_expectations.expectations.core import ExpectColumnQuantileValuesToBeBetween


def mend() -> None:
    """Mend them; harmless when done twice."""
    stock = ExpectColumnQuantileValuesToBeBetween._validate  # noqa: SLF001 - there is no other place to mend it
    if getattr(stock, "mended", False):
        return

    def validated(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        outcome: dict[str, Any] = stock(self, *args, **kwargs)
        details = outcome["result"]["details"]
        details["success_details"] = [bool(held) for held in details["success_details"]]
        return {**outcome, "success": bool(outcome["success"])}

    validated.mended = True  # type: ignore[attr-defined] # a mark for the second time
    ExpectColumnQuantileValuesToBeBetween._validate = validated  # noqa: SLF001 - as above
