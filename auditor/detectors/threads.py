"""One thread for linear algebra: small matrices gain nothing from more, and the last digits of a sum depend on how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it, the libraries that train models use one thread.

    What is loaded later would not know of the limit: the first audit of a process came out otherwise than the second, and a machine with
    one core otherwise than one with two.
    """
    import sklearn.utils._openmp_helpers  # noqa: F401 - loads OpenMP, as `scipy.linalg` does SciPy's BLAS
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        yield
