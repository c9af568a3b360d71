"""How many tokens a text has: exactly where a tokenizer is at hand, as a range from its bytes otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from auditor.errors import ConfigError, MissingExtra
from auditor.targets.report import Range


@dataclass(frozen=True, slots=True)
class Scale:
    """Tokens for one counted unit: at least, likely, at most."""

    low: float
    value: float
    high: float

    def range(self, units: float, fixed: int = 0) -> Range:
        """Tokens of `units`, and `fixed` ones that are known."""
        return Range(int(units * self.low) + fixed, round(units * self.value) + fixed, int(-(-units * self.high // 1)) + fixed)


EXACT: Final = Scale(1.0, 1.0, 1.0)
BYTES: Final = Scale(1 / 5.0, 1 / 4.0, 1 / 2.5)
"""Bytes of UTF-8 per token: measured on six kinds of text with o200k_base it is 3.7 to 4.9, with cl100k_base down to 2.6."""
ENCODINGS: Final = ("o200k_base", "cl100k_base", "o200k_harmony")
"""Vocabularies that may be named in place of a file: the user knows that the model has it, so counts are exact."""
STAND_IN: Final = Scale(0.8, 1.0, 1.5)
"""Tokens of another vocabulary for one of o200k_base: cl100k_base needs 1.0 (English) to 1.5 (Chinese) of them, large
vocabularies a little fewer (our bound)."""


class Counter(Protocol):
    """Counts texts."""

    method: str
    """What is said about the counting in reports."""

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Units of each text, in the order given."""
        ...

    def scale(self, encoding: str, *, exact: bool) -> Scale:
        """What a unit is for a target that uses `encoding` (`exact`) or has it as a stand-in."""
        ...


class ByteCounter:
    """Bytes of UTF-8: no package needed, a range and never a figure."""

    method = "estimated from bytes (5.0 to 2.5 bytes a token)"

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Bytes of each text."""
        return [len(t) if t.isascii() else len(t.encode("utf-8", "surrogatepass")) for t in texts]

    def scale(self, encoding: str, *, exact: bool) -> Scale:  # noqa: ARG002 - bytes say the same about each
        """Tokens for a byte."""
        return BYTES


class RustCounter:
    """toktok-rs: the vocabularies of OpenAI, compiled in; equal to tiktoken's counts on every text tried."""

    def __init__(self, encoding: str = "o200k_base", *, chosen: bool = False) -> None:
        try:
            import toktok  # type: ignore[import-untyped,unused-ignore]
        except ImportError as error:
            raise MissingExtra("exact token counting", "tokens") from error
        self._toktok: Any = toktok
        self.encoding = encoding
        self.chosen = chosen
        self.method = encoding if chosen else f"{encoding}: exact for targets that use it, a stand-in for other models"

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text; control tokens count as the text that they are."""
        if not texts:
            return []
        once = dict.fromkeys(texts)  # system prompts, tools and short answers come again and again
        try:
            counts: list[int] = list(self._toktok.batch_count(list(once), self.encoding, 1))
        except UnicodeEncodeError:  # half a surrogate pair somewhere, which no UTF-8 can hold
            counts = list(self._toktok.batch_count([t.encode("utf-8", "replace").decode() for t in once], self.encoding, 1))
        if len(once) == len(texts):
            return counts
        known = dict(zip(once, counts, strict=True))
        return [known[t] for t in texts]

    def scale(self, encoding: str, *, exact: bool) -> Scale:
        """Exact for a target that uses this very vocabulary."""
        if self.chosen:
            return EXACT
        return EXACT if exact and encoding == self.encoding else STAND_IN


class FileCounter:
    """The user's own tokenizer.json."""

    def __init__(self, path: Path) -> None:
        try:
            import tokenizers
        except ImportError as error:
            raise MissingExtra("--tokenizer", "tokens") from error
        if not path.is_file():
            raise ConfigError(f"no tokenizer file {path}")
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:
            raise ConfigError(f"{path.name} is no tokenizer.json") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.method = f"exact, {path.name}"

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without those that a template adds."""
        clean = [t if t.isascii() else t.encode("utf-8", "replace").decode() for t in texts]
        return [len(e.ids) for e in self._tokenizer.encode_batch(clean, add_special_tokens=False)]

    def scale(self, encoding: str, *, exact: bool) -> Scale:  # noqa: ARG002 - the user's tokenizer is the model's
        """Exact for every target."""
        return EXACT


def counter_of(tokenizer: str = "") -> Counter:
    """The best counter at hand: the user's tokenizer, else the compiled vocabulary, else bytes.

    Raises:
        ConfigError: `tokenizer` is neither one of `ENCODINGS` nor a tokenizer.json.
        MissingExtra: `tokenizer` is given and the package that reads it is not installed.
    """
    if tokenizer in ENCODINGS:
        return RustCounter(tokenizer, chosen=True)
    if tokenizer:
        if not Path(tokenizer).is_file():
            raise ConfigError(f"--tokenizer {tokenizer}: no such file, and none of the known encodings ({', '.join(ENCODINGS)})")
        return FileCounter(Path(tokenizer))
    try:
        return RustCounter()
    except MissingExtra:
        return ByteCounter()
