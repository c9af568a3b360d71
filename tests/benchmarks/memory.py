"""Peak memory of this process, for the benchmarks."""

from __future__ import annotations

from pathlib import Path


def peak_mb() -> float:
    """Most memory (resident, in MiB) that this program has had.

    The kernel's `ru_maxrss` survives `exec`: a child would be told what the parent that made the data had at the fork.
    """
    said = Path("/proc/self/status").read_text()
    return int(said.split("VmHWM:")[1].split()[0]) / 1024
