"""`python -m auditor ./data` and the console scripts."""

from __future__ import annotations

from auditor.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
