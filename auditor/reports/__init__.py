"""One output per module: terminal, json, markdown, html, and whatever else exports `REPORT`.

    from auditor.reports import RenderOptions, formats
    text = formats()["markdown"].render(report, RenderOptions())

Every output is a pure function of `auditor.model.Report`: same report, same bytes.
"""

from __future__ import annotations

import importlib
import pkgutil

from auditor.reports.base import RenderOptions, ReportFormat, options_for

__all__ = ["RenderOptions", "ReportFormat", "formats", "options_for"]


def formats() -> dict[str, ReportFormat]:
    """All output formats by name, found by walking this package; nothing heavy is imported.

    Raises:
        TypeError: when a module exports a `REPORT` that is not a `ReportFormat`, or two claim one name.
    """
    found: dict[str, ReportFormat] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        report = getattr(importlib.import_module(f"{__name__}.{info.name}"), "REPORT", None)
        if report is None:
            continue
        if not isinstance(report, ReportFormat) or report.name in found:
            raise TypeError(f"auditor.reports.{info.name}.REPORT is not a ReportFormat of its own name")
        found[report.name] = report
    return found
