"""The user's own probabilities or embeddings, used instead of ours.

A file (.npy, .npz, .parquet) with one row for every labelled training row, in file order.
Probabilities have one column a class, in the order of the class names sorted as text (a Parquet file may name its columns);
embeddings have any number of columns. A .npy file is read in blocks: a million rows of a thousand classes stay on the disk.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs
    from auditor.detectors.probe import Probe

BLOCK = 20_000
"""Rows read at once."""


@dataclass(frozen=True)
class Numbers:
    """A table of numbers in a file."""

    path: Path
    what: str
    """The setting that names it."""
    rows: int
    width: int
    names: tuple[str, ...]
    """Columns, where the file names them."""
    held: NDArray[Any] | None = field(repr=False)
    """What was read of a format that cannot be read in blocks."""

    def take(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """Rows at `index`, float32.

        Raises:
            ConfigError: when they are not finite numbers.
        """
        source = self.held if self.held is not None else np.load(self.path, allow_pickle=False, mmap_mode="r")  # afresh: what was read is let go
        try:
            found = np.asarray(source[index], dtype=np.float32)
        except (TypeError, ValueError):
            found = np.full((1, 1), np.nan, np.float32)
        if not np.isfinite(found).all():
            raise ConfigError(f"{self.what} = '{self.path.name}': must be a table (rows x columns) of finite numbers")
        return found


def numbers(path: str, what: str) -> Numbers:
    """The table in a file.

    Raises:
        ConfigError: when it cannot be read as a table of numbers. Pickled objects are never loaded.
    """
    target = Path(path)
    names: tuple[str, ...] = ()
    held: NDArray[Any] | None = None
    try:
        if target.suffix == ".parquet":
            import polars as pl

            frame = pl.read_parquet(target)
            if frame.width == 1 and frame.dtypes[0].is_nested():
                held = np.array(frame.to_series().to_list(), dtype=np.float32)
            else:
                names = tuple(frame.columns)
                held = frame.select(pl.all().cast(pl.Float32)).to_numpy()
            shape = held.shape
        elif target.suffix == ".npz":
            with np.load(target, allow_pickle=False) as archive:
                held = np.asarray(archive[archive.files[0]], dtype=np.float32)
            shape = held.shape
        elif target.suffix == ".npy":
            shape = np.load(target, allow_pickle=False, mmap_mode="r").shape
        else:
            raise ConfigError(f"{what} = '{target.name}': the suffix must be .npy, .npz or .parquet")
    except (OSError, ValueError, IndexError, TypeError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{what} = '{target.name}': cannot be read as a table of numbers ({type(error).__name__})") from None
    if len(shape) != 2 or 0 in shape:
        raise ConfigError(f"{what} = '{target.name}': must be a table (rows x columns) of finite numbers")
    return Numbers(target, what, shape[0], shape[1], names, held)


def places(inputs: Inputs, labelled: NDArray[np.int64], every: NDArray[np.int64] | None, found: Numbers) -> NDArray[np.int64]:
    """Row of the file for each of `labelled` (labelled training rows, indices into `inputs`).

    `every`: sorted places of all labelled training rows, where `inputs` are a sample of them.

    Raises:
        ConfigError: when the numbers of rows differ.
    """
    from auditor.detectors.hashing import place_key

    key = place_key(inputs.file[labelled], inputs.row[labelled])
    known = np.sort(key) if every is None else every
    if found.rows != len(known):
        raise ConfigError(f"{found.what}: {found.rows:,} rows, but there are {len(known):,} labelled training rows")
    return np.searchsorted(known, key).astype(np.int64)


@dataclass(frozen=True)
class Probabilities:
    """Class probabilities of training rows, read as they are asked for."""

    numbers: Numbers
    at: NDArray[np.int64] = field(repr=False)
    """Row of the file for each training row."""
    columns: NDArray[np.int64] = field(repr=False)
    """Column of the file for each class."""

    def __len__(self) -> int:
        return len(self.at)

    def take(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """Probabilities of the training rows at `index`; each row sums to 1.

        Raises:
            ConfigError: when values are negative, or all zero in a row.
        """
        p = self.numbers.take(self.at[index])
        p = p if (self.columns == np.arange(p.shape[1])[: len(self.columns)]).all() and len(self.columns) == p.shape[1] else p[:, self.columns]
        total = p.sum(axis=1, keepdims=True)
        if (p < 0).any() or (total <= 0).any():
            raise ConfigError(f"{self.numbers.what}: probabilities must not be negative, nor all zero in a row")
        return np.asarray(p / total, dtype=np.float32)

    def blocks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """All training rows, block by block in the order of the file."""
        order = np.argsort(self.at, kind="stable")
        for begin in range(0, len(order), BLOCK):
            part = order[begin : begin + BLOCK]
            yield part, self.take(part)


def probabilities(probe: Probe, train: NDArray[np.int64], names: tuple[str, ...]) -> Probabilities:
    """Class probabilities of the rows `train` (some of the labelled ones) for the classes `names`.

    Raises:
        ConfigError: when rows or columns don't fit.
    """
    what = "labels.pred_probs"
    found = numbers(probe.pred_probs, what)
    at = places(probe.inputs, probe.train, probe.every, found)[np.searchsorted(probe.train, train)]
    every = probe.inputs.labels.names
    if found.names and set(names) <= set(found.names):
        columns = [found.names.index(n) for n in names]
    elif found.width == len(every):
        place = {n: i for i, n in enumerate(every)}
        columns = [place[n] for n in names]
    else:
        raise ConfigError(f"{what}: {found.width} columns, but there are {len(every)} classes ({', '.join(every[:5])}...)")
    return Probabilities(found, at, np.array(columns, dtype=np.int64))


def embeddings(probe: Probe) -> NDArray[np.float32]:
    """Embeddings of unit length, one row for each row of the inputs; zero for rows that are not labelled training rows.

    Raises:
        ConfigError: when rows or values don't fit.
    """
    found = numbers(probe.embeddings, "labels.embeddings")
    out = np.zeros((len(probe.inputs), found.width), np.float32)
    out[probe.train] = found.take(places(probe.inputs, probe.train, probe.every, found))
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9), dtype=np.float32)
