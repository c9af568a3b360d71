"""`--rows`: one JSON object a line per flagged row. Places only, never a value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from auditor.model import Finding


def lines(findings: Iterable[Finding]) -> Iterator[bytes]:
    """Encoded objects with keys code, file, row, line, column, start, end, entity, score, group; what doesn't apply is left out."""
    for finding in findings:
        for flag in finding.flags:
            known = {k: v for k, v in asdict(flag).items() if v is not None}
            if "score" in known:
                known["score"] = round(float(known["score"]), 6)
            yield json.dumps(known, ensure_ascii=False).encode()
