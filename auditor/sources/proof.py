"""What is taken for granted of a file until a pass has read all of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Proof:
    """Of one file: whether the rest of it is as its beginning said. A pass over all its rows and columns tells."""

    done: bool = False
    """All of it was read as it was taken to be."""
    failed: bool = False
    """Some of it is not, so what was read of it is worth nothing."""


class RefutedError(Exception):
    """Something that was taken for granted is not so; the source must be read anew with nothing taken for granted."""
