"""Is a data set ready to train on, and is training justified at all?

from auditor import audit
report = audit("./data")
report.verdict.data        # "ready", "ready_with_conditions", "not_ready" or "insufficient_evidence"
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from auditor.model import Report
    from auditor.settings import Settings

__version__ = "0.1.0"
__all__ = ["__version__", "audit"]

# Read when the libraries are loaded, so set before any of them. The threads of OpenBLAS wait for work by turning round and round, in every
# process .05 s of CPU before there is any; Polars' allocator hands freed pages back so soon that the next batch has to ask for them again.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:1000,muzzy_decay_ms:1000")


def audit(path: str | Path, settings: Settings | None = None) -> Report:
    """Audit the file or folder at `path`; see `auditor.audit.run`.

    Raises:
        AuditError: when nothing could be audited, or the configuration is wrong (see `auditor.errors`).
    """
    from auditor.audit import run

    return run(path, settings)
