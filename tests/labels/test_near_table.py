"""Jittered copies of table rows, beside rows that are merely alike."""

from __future__ import annotations

import numpy as np
import pytest
from support import facts, table, tabular

from auditor.detectors.studies import DuplicateStudy
from auditor.model import Shape


def examples(matrix):
    data = tabular(matrix, ["a", "b"] * (len(matrix) // 2))
    return facts(data, DuplicateStudy())[DuplicateStudy()].near


def copied(constants, seed=0):
    """80 rows of eight numbers and of constants, each four times more with a hundredth of a standard deviation of noise."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.normal(size=(80, 8)), np.zeros((80, constants))], axis=1)
    noise = rng.normal(size=(4, *rows.shape)) * 0.01 * (rows.std(axis=0) + 1e-9)
    return np.concatenate([rows, *(rows + n for n in noise)])


@pytest.mark.parametrize("constants", [0, 3])
def test_jittered_copies_are_found_whatever_happens_to_constant_columns(constants):
    assert examples(copied(constants)) == 320


def test_rows_that_are_merely_alike_are_kept_apart():
    rng = np.random.default_rng(1)
    assert examples(rng.normal(size=(400, 8))) == 0


@pytest.mark.parametrize(
    ("roles", "shape", "again"),
    [
        ({"feature": ["item", "sold"], "time": ["day"]}, Shape.TABLE, 0),
        ({"feature": ["item", "sold"], "time": ["day"], "group": ["store"]}, Shape.TABLE, 0),
        ({"feature": ["item", "sold"]}, Shape.TABLE, 190),
        ({"feature": ["item", "sold"], "group": ["store"]}, Shape.TABLE, 190),
        ({"feature": ["item"], "label": ["sold"], "time": ["day"]}, Shape.CLASSIFICATION, 190),
        ({"feature": ["item"], "label": ["sold"], "time": ["day"]}, Shape.REGRESSION, 0),
        ({"feature": ["item"], "label": ["sold"]}, Shape.REGRESSION, 190),
        ({"feature": ["size"], "label": ["sold"], "time": ["day"]}, Shape.REGRESSION, 50),
    ],
)
def test_as_many_sold_on_another_day_is_another_row_of_a_series(roles, shape, again):
    columns = {"size": [str(1.5 * (i % 150)) for i in range(200)], "item": [f"p{i % 2}" for i in range(200)], "sold": [str(i % 5) for i in range(200)], "day": [f"20{20 + i // 100}-{1 + i // 10 % 10:02}-{1 + i % 10:02}" for i in range(200)], "store": [f"s{i % 20 // 2}" for i in range(200)]}
    assert facts(table(columns, roles, shape), DuplicateStudy())[DuplicateStudy()].exact == again
