"""What a predicate is: a named question about one canonical record, asked with the arguments of a target's rule.

A predicate yields a hit for each place where the answer is bad: the JSON path and what was found there, in words that
hold no value of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.targets.canon import Record
from auditor.targets.jsonpos import Path

Args = Mapping[str, Any]
"""`args` of a rule, as in its TOML file."""
Hit = tuple[Path, str]
Hits = Iterator[Hit]
Predicate = Callable[[Record, Args], Hits]
