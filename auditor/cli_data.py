"""Commands that work on the data itself."""

from __future__ import annotations

COMMANDS = ()
