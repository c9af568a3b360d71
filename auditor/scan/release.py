"""Memory that was freed and is still held by the C library: given back between two stages, so that peaks don't add up."""

from __future__ import annotations

import ctypes
import functools
import gc
import sys
from collections.abc import Callable


@functools.cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # another C library than glibc has no such function
        return None


def release() -> None:
    """Collect cycles and hand free pages of the heap back to the system; does nothing but the former without glibc."""
    gc.collect()
    trim = _trim()
    if trim is not None:
        trim(0)
