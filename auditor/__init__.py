"""Is a data set ready to train on, and is training justified at all?

from auditor import audit
report = audit("./data")
report.verdict.data        # "ready", "ready_with_conditions", "not_ready" or "insufficient_evidence"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from auditor.model import Report
    from auditor.settings import Settings

__version__ = "0.1.0"
__all__ = ["__version__", "audit"]


def audit(path: str | Path, settings: Settings | None = None) -> Report:
    """Audit the file or folder at `path`; see `auditor.audit.run`.

    Raises:
        AuditError: when nothing could be audited, or the configuration is wrong (see `auditor.errors`).
    """
    from auditor.audit import run

    return run(path, settings)
