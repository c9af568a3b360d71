"""What a check may ask of the rows, and what it gets back.

Three kinds of request, each a frozen, hashable value; equal requests are computed once:

    ColumnMeasure a statistic of a column (counts, sketches) from each chunk of the one pass; partial states merge
    RowMeasure    a detector that looks at batches of rows; partial states merge
    Study         a question about the whole (cross-validation, near-duplicates), on projected columns, with a stated cap

Laws of every `merge`: associative, the state of an empty partition is neutral, and folding in partition order gives the
same bytes for any number of workers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

from auditor.errors import Unavailable

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from auditor.model import Dataset
    from auditor.scan.chunk import Chunk
    from auditor.settings import Settings

S = TypeVar("S")

FILE = "__file"
"""Name of the technical column (UInt32) with the index of the row's file in `Dataset.files`."""
ROW = "__row"
"""Name of the technical column (UInt32 or UInt64) with the 0-based data row of the file."""
SPLIT = "__split"
"""Name of the technical column (String) with the split of the row."""


@dataclass(frozen=True)
class ColumnMeasure(ABC, Generic[S]):
    """A statistic of one column: it sees each chunk of the pass once."""

    by_value: ClassVar[bool] = False
    """Whether the state depends on nothing but the `Chunk.cells` of the column: which values there are, and how often."""

    column: str
    """Data column it reads."""

    @abstractmethod
    def of(self, chunk: Chunk) -> S:
        """State of one chunk."""

    @abstractmethod
    def merge(self, a: S, b: S) -> S:
        """State of both; associative."""

    def fold(self, state: S, chunk: Chunk) -> S:
        """`merge(state, of(chunk))`, for measures that can use what they know already to skip work."""
        return self.merge(state, self.of(chunk))

    def settle(self, state: S) -> S:
        """The state after the last `fold`, for measures that put work off; only this is merged with other states."""
        return state


@dataclass(frozen=True)
class RowMeasure(ABC, Generic[S]):
    """A detector over batches of rows. Its state is counts, sketches and row references, never rows."""

    columns: tuple[str, ...]
    """Data columns it reads; the batch also has `FILE`, `ROW` and `SPLIT`."""

    @abstractmethod
    def of(self, batch: pl.DataFrame, dataset: Dataset) -> S:
        """State of one batch."""

    @abstractmethod
    def merge(self, a: S, b: S) -> S:
        """State of both; associative."""


class Rows(Protocol):
    """Access to rows for studies."""

    dataset: Dataset
    settings: Settings

    def select(
        self, columns: tuple[str, ...], *, splits: tuple[str, ...] | None = None, cap: int | None = None, together: tuple[str, ...] = ()
    ) -> pl.DataFrame:
        """Rows of `columns` plus `FILE`, `ROW`, `SPLIT`, in file order.

        Above `cap` rows, those of least content hash are kept: a sample that depends on the rows and on nothing else. Copies of a row
        are drawn each for itself, so that shares of the sample are those of the rows; but with `together`, for who counts copies, all
        rows that are equal in these columns are in it or none.
        """
        ...

    def alike(self, columns: tuple[str, ...], column: str, counts: Mapping[object, int], *, splits: tuple[str, ...] | None, cap: int) -> pl.DataFrame:
        """About as many rows of each value of `column` that `counts` has (with how many rows there are of it), at most `cap` in all; by content hash."""
        ...

    def lazy(self, splits: tuple[str, ...] | None = None) -> pl.LazyFrame:
        """All rows of the splits with all columns plus `FILE`, `ROW`, `SPLIT`, in file order."""
        ...

    def count(self, splits: tuple[str, ...] | None = None) -> int:
        """How many rows there are."""
        ...

    def hashes(self, file: int, one_of: int = 1) -> NDArray[np.uint64]:
        """Content hashes of a file's rows over all columns, sorted and each once; of all hashes only one in `one_of`, the same ones in every file."""
        ...


@dataclass(frozen=True)
class Study(ABC, Generic[S]):
    """A question about the whole data set that does not merge; states its own cap."""

    @abstractmethod
    def run(self, rows: Rows, facts: Facts) -> S:
        """The answer. May read the facts of requests named in `after`."""

    def after(self) -> tuple[Request, ...]:
        """Requests whose facts `run` reads."""
        return ()


Request = ColumnMeasure[Any] | RowMeasure[Any] | Study[Any]


class Facts:
    """Answers by request. Asking for one that failed raises `Unavailable` with the reason."""

    def __init__(self) -> None:
        self._known: dict[Request, object] = {}
        self._failed: dict[Request, str] = {}

    def put(self, request: Request, state: object) -> None:
        """Record an answer."""
        self._known[request] = state

    def fail(self, request: Request, reason: str) -> None:
        """Record that a request could not be answered."""
        self._failed[request] = reason

    def items(self) -> Iterable[tuple[Request, object]]:
        """Requests that were answered, with their answers, in the order of answering."""
        return self._known.items()

    @property
    def failures(self) -> Mapping[Request, str]:
        """Requests that could not be answered, and why."""
        return self._failed

    def __contains__(self, request: Request) -> bool:
        return request in self._known

    def __getitem__(self, request: ColumnMeasure[S] | RowMeasure[S] | Study[S]) -> S:
        if request in self._known:
            return cast("S", self._known[request])
        raise Unavailable(self._failed.get(request, f"{type(request).__name__} was not measured"))

    def find(self, kind: type[S]) -> S | None:
        """The first answer of a type, for readers that don't know who asked; None where there is none."""
        return next((state for state in self._known.values() if isinstance(state, kind)), None)

    def get(self, request: ColumnMeasure[S] | RowMeasure[S] | Study[S]) -> S | None:
        """The answer, or None where it is missing or failed."""
        return cast("S | None", self._known.get(request))
