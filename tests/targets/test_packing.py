"""Packing is simulated as it is done, row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_cases import write

from auditor.checks.targets import check_settings, packed_words
from auditor.errors import ConfigError
from auditor.settings import Settings, TargetSettings
from auditor.targets.packing import pack
from auditor.targets.study import compatibility
from auditor.targets.tokens import ByteCounter

LENGTHS = st.lists(st.integers(0, 40), max_size=40)


def slow_best_fit(lengths: list[int], size: int) -> int:
    rooms: list[int] = []
    for length in sorted((min(n, size) for n in lengths if n), reverse=True):
        fits = [r for r in rooms if r >= length]
        if fits:
            rooms.remove(min(fits))
            rooms.append(min(fits) - length)
        else:
            rooms.append(size - length)
    return len(rooms)


@given(LENGTHS, st.integers(1, 30))
def test_best_fit_is_that_of_one_row_after_the_other(lengths: list[int], size: int) -> None:
    packed = pack(np.array(lengths, dtype=np.int64), size, "bfd")
    assert packed.sequences == slow_best_fit(lengths, size)
    assert packed.tokens == sum(min(n, size) for n in lengths)
    assert packed.split == sum(n > size for n in lengths)
    assert 0 <= packed.padding < 1


@given(LENGTHS, st.integers(1, 30))
def test_wrapped_loses_nothing_and_pads_one_sequence(lengths: list[int], size: int) -> None:
    packed = pack(np.array(lengths, dtype=np.int64), size, "wrapped")
    places = [i // size for i in range(sum(lengths))]
    at = split = 0
    for n in lengths:
        split += len(set(places[at : at + n])) > 1
        at += n
    assert (packed.sequences, packed.tokens, packed.split) == (len(set(places)), sum(lengths), split)
    assert packed.padding * packed.sequences * size < size


@given(LENGTHS, st.integers(1, 30))
def test_what_is_over_becomes_further_rows(lengths: list[int], size: int) -> None:
    packed = pack(np.array(lengths, dtype=np.int64), size, "bfd_split")
    pieces = [min(size, n - at) for n in lengths for at in range(0, n, size)]
    assert (packed.sequences, packed.tokens) == (slow_best_fit(pieces, size), sum(lengths))
    assert packed.split == sum(n > size for n in lengths)


@pytest.mark.parametrize(("strategy", "sequences"), [("bfd", 3), ("bfd_split", 3), ("wrapped", 3)])
def test_a_thousand_rows_are_packed_among_themselves(strategy: str, sequences: int) -> None:
    """2,500 rows of 1 token into sequences of 2,000: three batches, three sequences, where two would do."""
    packed = pack(np.ones(2500, dtype=np.int64), 2000, strategy)
    assert (packed.sequences, packed.tokens, packed.split) == (sequences, 2500, 0)


def test_figures_by_hand() -> None:
    """7 + 3, 6 + 4, 5: three sequences of 10 with 5 of 30 tokens empty."""
    packed = pack(np.array([5, 7, 3, 6, 4], dtype=np.int64), 10, "bfd")
    assert (packed.sequences, packed.tokens, round(packed.padding, 4)) == (3, 25, 0.1667)


def test_other_strategies_are_refused() -> None:
    with pytest.raises(ValueError, match="bfd, bfd_split, wrapped"):
        pack(np.array([1], dtype=np.int64), 10, "ffd")


def chat_rows(tmp_path: Path) -> Path:
    rows = [{"messages": [{"role": "user", "content": "w " * n}, {"role": "assistant", "content": "w."}]} for n in (300, 700, 1500, 20)]
    return write(tmp_path, rows)


@pytest.mark.parametrize(("packing", "cut"), [("bfd", 1), ("wrapped", 0), ("", 1)])
def test_packing_of_a_file(packing: str, cut: int, tmp_path: Path) -> None:
    pytest.importorskip("toktok", reason="the extra `tokens` is not installed")
    report = compatibility([chat_rows(tmp_path)], ["trl-sft"], TargetSettings(tokenizer="o200k_base", packing=packing))
    outcome = report.outcome("trl-sft")
    assert outcome is not None
    assert outcome.truncated.value == cut
    if not packing:
        assert outcome.packed is None
        return
    assert outcome.packed is not None
    likely = outcome.packed[1]
    assert likely.size == 1024
    assert likely.sequences == 3
    assert (likely.tokens == outcome.tokens.value) == (packing == "wrapped")
    told = packed_words(outcome)
    assert f"packed ({packing}): 3 sequences of 1,024 tokens" in told


def test_packing_by_bytes_is_a_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.targets.study.counter_of", lambda _: ByteCounter())
    outcome = compatibility([chat_rows(tmp_path)], ["trl-sft"], TargetSettings(packing="wrapped")).outcome("trl-sft")
    assert outcome is not None
    assert outcome.packed is not None
    assert outcome.packed[0].sequences < outcome.packed[2].sequences
    assert " to " in packed_words(outcome)


def test_unknown_strategy_is_refused_before_reading() -> None:
    with pytest.raises(ConfigError, match=r"targets\.packing"):
        check_settings(Settings(targets=TargetSettings(packing="ffd")))
