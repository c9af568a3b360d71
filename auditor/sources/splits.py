"""Which split a file or key belongs to, by the words in its name, the way Hugging Face data sets are laid out."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from auditor.model import Split

_WORDS: Final = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "validation": Split.VALIDATION,
    "valid": Split.VALIDATION,
    "dev": Split.VALIDATION,
    "val": Split.VALIDATION,
    "test": Split.HOLDOUT,
    "testing": Split.HOLDOUT,
    "eval": Split.HOLDOUT,
    "evaluation": Split.HOLDOUT,
    "holdout": Split.HOLDOUT,
    "heldout": Split.HOLDOUT,
    **dict.fromkeys(("trainingsdaten", "trainingdaten", "entrenamiento", "entrainement", "entraînement", "apprentissage", "treino", "addestramento"), Split.TRAIN),
    **dict.fromkeys(("validierung", "validierungsdaten", "validacion", "validación", "validacao", "validação", "validazione"), Split.VALIDATION),
    **dict.fromkeys(("testdaten", "prueba", "pruebas", "teste"), Split.HOLDOUT),
    "production": Split.PRODUCTION,
    "prod": Split.PRODUCTION,
}
_SEPARATORS: Final = re.compile(r"[-._ \d/]+")


def split_of_name(name: str) -> str | None:
    """The split a name speaks of: `oos_test` and `test-00000-of-00001` do, `testfile` and `train_test` (two) don't."""
    words = _SEPARATORS.split(name.lower().replace("hold-out", "holdout").replace("held_out", "heldout").replace("hold_out", "holdout"))
    found = {_WORDS[w] for w in words if w in _WORDS}
    return str(next(iter(found))) if len(found) == 1 else None


def ambiguous(name: str) -> bool:
    """Whether a name speaks of several splits."""
    words = _SEPARATORS.split(name.lower())
    return len({_WORDS[w] for w in words if w in _WORDS}) > 1


def split_of_path(path: str) -> str | None:
    """The split of a file: by its own name first, then by the nearest folder that names one."""
    pure = PurePosixPath(path)
    stem = pure.name.split(".")[0] if not pure.name.startswith(".") else pure.name
    return split_of_name(stem) or next((s for p in reversed(pure.parts[:-1]) if (s := split_of_name(p))), None)
