"""What a training run would bill: tokens x epochs x price, as a range with every factor named. No prices are shipped."""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from auditor.errors import ConfigError
from auditor.targets.report import Outcome, Range

OLD_DAYS: Final = 90
"""Days after which a price is warned about (our choice: providers changed prices several times a year)."""
STRESS: Final = (1.0, 1.1, 1.5)
"""Factors at which costs are shown: 85 % of teams misjudge them by more than 10 %, a quarter by 50 % or more (Unosquare, as
cited in the score's specification)."""
EXCLUDED: Final = ("validation and evaluation runs", "hosting of the tuned model", "inference", "failed and repeated jobs", "taxes")
_KEYS: Final = {"provider", "target", "model", "method", "usd_per_million_train_tokens", "per_million_train_tokens", "currency", "source_url", "as_of"}


@dataclass(frozen=True, slots=True)
class Price:
    """One entry of a prices.toml."""

    target: str
    model: str
    method: str
    per_million: Decimal
    """Price of a million training tokens."""
    currency: str
    source: str
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class Bill:
    """What a target would count, and charge where a price is known."""

    target: str
    rows: int
    """Rows of the training files."""
    tokens: Range
    """Training tokens of one epoch."""
    epochs: tuple[int, int]
    billed: Range
    """Tokens times epochs."""
    method: str
    prices: tuple[tuple[Price, Decimal, Decimal], ...]
    """Each price with the low and high end of the bill."""
    warnings: tuple[str, ...] = ()
    excluded: tuple[str, ...] = EXCLUDED
    note: str = ""

    def sentence(self) -> str:
        """The bill in words: what it comes to, up to the first semicolon; then every factor, then what is left out."""
        epochs = str(self.epochs[0]) if self.epochs[0] == self.epochs[1] else f"{self.epochs[0]} to {self.epochs[1]}"
        text = f"{self.target}: {self.tokens} tokens x {epochs} epoch{'' if epochs == '1' else 's'} = {self.billed} billed tokens{self._money()}; counted: {self.method}"
        for price, low, high in self.prices:
            stressed = ", ".join(f"x{f:g}: {_span(low * Decimal(str(f)), high * Decimal(str(f)))}" for f in STRESS)
            name = "".join(f"{part} " for part in (price.model, price.method) if part)
            text += (
                f"; {name}at {price.per_million} {price.currency} per million"
                f" (as of {price.as_of}, {price.source}): {stressed} {price.currency}"
            )
        if self.note:
            text += f"; {self.note}"
        if self.prices:
            text += f"; without {', '.join(self.excluded)}"
        return text


    def _money(self) -> str:
        """The range over all prices, for each currency that they are in."""
        currencies = dict.fromkeys(price.currency for price, _, _ in self.prices)
        ends = {c: [(low, high) for price, low, high in self.prices if price.currency == c] for c in currencies}
        return "".join(f", {_span(min(low for low, _ in span), max(high for _, high in span))} {c}" for c, span in ends.items())


def _span(low: Decimal, high: Decimal) -> str:
    places = 2 if high >= 1 else 4  # cents of a cent, where a bill is so small that the stress factors would not show
    first, second = f"{low:,.{places}f}", f"{high:,.{places}f}"
    return first if first == second else f"{first} to {second}"


def read_prices(path: str | Path) -> tuple[Price, ...]:
    """Entries `[[price]]` of a prices.toml.

    Raises:
        ConfigError: the file cannot be read, or an entry has no date, no source, no amount, or an unknown key.
    """
    file = Path(path)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file.name}: {error.strerror or 'cannot be read'}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file.name}: {error}") from error
    entries = table.get("price")
    if not isinstance(entries, list) or set(table) != {"price"}:
        raise ConfigError(f"{file.name}: expected [[price]] entries and nothing else")
    return tuple(_price(entry, f"{file.name}, entry {i + 1}") for i, entry in enumerate(entries))


def _price(entry: object, where: str) -> Price:
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{where}: expected a [[price]] entry")
    for key in entry:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, sorted(_KEYS), 1)
            raise ConfigError(f"{where}: unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else ""))
    usd = entry.get("usd_per_million_train_tokens")
    amount = usd if usd is not None else entry.get("per_million_train_tokens")
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < 1e6:
        raise ConfigError(f"{where}: usd_per_million_train_tokens must be an amount of 0 or more")
    day = entry.get("as_of")
    if isinstance(day, str):
        try:
            day = dt.date.fromisoformat(day)
        except ValueError:
            day = None
    if not isinstance(day, dt.date):
        raise ConfigError(f"{where}: as_of (the day the price was looked up, YYYY-MM-DD) is missing")
    source = entry.get("source_url")
    if not isinstance(source, str) or not source.strip():
        raise ConfigError(f"{where}: source_url is missing")
    target = entry.get("target", entry.get("provider"))
    if not isinstance(target, str) or not target:
        raise ConfigError(f"{where}: target is missing")
    currency = "USD" if usd is not None else str(entry.get("currency", "USD"))
    return Price(target, str(entry.get("model", "")), str(entry.get("method", "")), Decimal(str(amount)), currency, source, day)


def cost(outcome: Outcome, prices: Sequence[Price] = (), epochs: int = 0, today: dt.date | None = None) -> Bill:
    """What `outcome`'s target would bill.

    Args:
        outcome: of the study.
        prices: entries of a prices.toml; those for other targets are left aside.
        epochs: yours; 0 = the target's default.
        today: for the age of prices.
    """
    day = today or dt.date.today()  # noqa: DTZ011 - prices are dated by day
    span = (epochs, epochs) if epochs else outcome.epochs
    tokens = billable(outcome)
    billed = Range(tokens.low * span[0], tokens.value * span[0], tokens.high * span[1])
    if span[0] == span[1] and tokens.exact:
        billed = Range(billed.low, billed.low, billed.low)
    found, warnings = [], []
    for price in prices:
        if price.target not in {outcome.target, outcome.target.split("-")[0]}:
            continue
        if (day - price.as_of).days > OLD_DAYS:
            warnings.append(f"the price for {price.target} {price.model} is {(day - price.as_of).days} days old ({price.as_of}): look it up again")
        million = Decimal(1_000_000)
        found.append((price, Decimal(billed.low) * price.per_million / million, Decimal(billed.high) * price.per_million / million))
    if prices and not found:
        warnings.append(f"no price for {outcome.target} in the price file")
    note = f"with packing off {outcome.target} bills rows x max_seq_length instead" if outcome.target.startswith("together") else ""
    return Bill(outcome.target, outcome.training, tokens, span, billed, outcome.method, tuple(found), tuple(warnings), note=note)


def billable(outcome: Outcome) -> Range:
    """Training tokens of one epoch: what is cut off is not billed (the notebook takes the lesser of length and limit)."""
    return outcome.billed_tokens
