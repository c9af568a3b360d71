"""Vectors of texts from a model on this machine: word vectors of spaCy, or a sentence model in ONNX. Nothing is ever downloaded.

`[labels] vectors` names the model. Its vectors stand beside the words and characters that the probe reads anyway, so that texts of one
meaning in different words help each other. `locate` is cheap and imports nothing heavy; settings are checked with it.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.errors import AuditError, ConfigError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs

MOST_ROWS: Final = 20_000
"""Rows up to which texts are read by a model: as many as the full ensemble learns from."""
MOST_WIDTH: Final = 4096
"""Numbers of a vector at most; sentence models have 256 to 1,024, the largest 4,096."""
_NEEDED: Final = {"spacy": (("spacy",), "ner"), "onnx": (("onnxruntime", "tokenizers"), "onnx")}
"""Packages that read a kind of model, and the extra that installs them."""


@dataclass(frozen=True)
class Source:
    """A model on this machine."""

    kind: str
    """`spacy` or `onnx`."""
    folder: Path
    """Folder of spaCy's vectors (with `vectors` and `key2row`), or of the tokenizer.json."""
    model: Path
    """File of the vectors or of the ONNX model."""
    name: str
    """What a report calls it: the last part of what the user wrote."""

    def wrong(self, why: str) -> ConfigError:
        """What is wrong with it, to be raised."""
        return ConfigError(f"[labels] vectors = '{self.name}': {why}")


@dataclass(frozen=True)
class Vectors:
    """One vector of unit length (zero where nothing is known of a text) for each text."""

    x: NDArray[np.float32] = field(repr=False)
    words: str
    """What they are, for the report."""


def locate(wanted: str) -> Source:
    """The model that `[labels] vectors` names: a folder, or an installed spaCy package. No code of a package is run.

    Raises:
        ConfigError: when there is none, or something of it is missing.
        MissingExtra: when the packages that read it are not installed.
    """
    try:
        found = _folder(wanted) or _package(wanted)
    except (OSError, ValueError):  # a name that no file can have
        found = None
    if found is None:
        raise ConfigError(
            f"[labels] vectors = '{wanted[:100]}': neither an installed spaCy package with vectors, nor a folder with spaCy vectors, nor one with "
            "model.onnx and tokenizer.json; nothing is downloaded"
        )
    packages, extra = _NEEDED[found.kind]
    if not all(importlib.util.find_spec(p) for p in packages):
        raise MissingExtra(f"[labels] vectors = '{found.name}'", extra)
    return found


def _folder(wanted: str) -> Source | None:
    folder = Path(wanted)
    if not wanted or not folder.is_dir():
        return None
    name = folder.name or folder.resolve().name
    for model in (folder / "model.onnx", folder / "onnx" / "model.onnx"):
        if model.is_file():
            if not (folder / "tokenizer.json").is_file():
                raise ConfigError(f"[labels] vectors = '{name}': there is a model.onnx, but no tokenizer.json beside it")
            return Source("onnx", folder, model, name)
    return _spacy(folder, name)


def _package(wanted: str) -> Source | None:
    spec = importlib.util.find_spec(wanted) if wanted.isidentifier() else None
    if spec is None or not spec.origin or not spec.submodule_search_locations:
        return None
    base = Path(spec.origin).parent
    for folder in (base, *sorted(p for p in base.iterdir() if p.is_dir())):
        if (found := _spacy(folder, wanted)) is not None:
            return found
    return None


def _spacy(folder: Path, name: str) -> Source | None:
    """Vectors of spaCy in a folder of a pipeline, of a vocabulary or of the vectors alone."""
    for place in (folder / "vocab", folder):
        if (place / "vectors").is_file() and (place / "key2row").is_file():
            return Source("spacy", place, place / "vectors", name)
    if (folder / "config.cfg").is_file():
        raise ConfigError(f"[labels] vectors = '{name}': this spaCy model has no vectors (small models have none; medium and large ones have)")
    return None


def files_of(wanted: str) -> list[Path]:
    """Every file that vectors depend on, links followed (a hub's folder holds nothing but links); none where there is no model."""
    try:
        found = locate(wanted)
        beside = [found.folder.parent / "meta.json"] if found.kind == "spacy" else []
        return sorted({p.resolve() for p in (*found.folder.rglob("*"), *beside) if p.is_file()})
    except (AuditError, OSError):  # the audit itself says what is wrong
        return []


def of_inputs(inputs: Inputs, wanted: str, root: str) -> tuple[Vectors | None, str]:
    """Vectors of the texts of `inputs` (in their order), or None and why not.

    `root`: the audited folder. What lies in there is data, which no model is loaded from.

    Raises:
        ConfigError: when the model cannot be used.
        MissingExtra: when the packages that read it are not installed.
    """
    if inputs.text is None:
        return None, "there is no text to read"
    if len(inputs) > MOST_ROWS:
        return None, f"{len(inputs):,} rows are more than a model reads ({MOST_ROWS:,})"
    source = locate(wanted)
    if Path(root).is_dir() and any(p.resolve().is_relative_to(Path(root).resolve()) for p in (source.folder, source.model)):
        raise source.wrong("lies in the audited folder, where everything is data; move the model elsewhere")
    found = of_texts(source, inputs.text)
    return found, "" if found else f"'{source.name}' knows none of the words"


def of_texts(source: Source, texts: Sequence[str]) -> Vectors | None:
    """Vectors of texts, about their common mean: what all texts share tells none from another. None where no text has a word it knows.

    Raises:
        ConfigError: when the model cannot be used.
    """
    import numpy as np

    from auditor.detectors import vectors_onnx, vectors_spacy

    distinct = sorted(set(texts), key=lambda t: (len(t), t))  # batches and sums do not depend on the order of rows
    index = {t: i for i, t in enumerate(distinct)}
    x = (vectors_onnx if source.kind == "onnx" else vectors_spacy).encode(source, distinct)
    if x.ndim != 2 or len(x) != len(distinct) or not 0 < x.shape[1] <= MOST_WIDTH:
        raise source.wrong(f"gives no vectors of 1 to {MOST_WIDTH:,} numbers")
    if not np.isfinite(x).all():
        raise source.wrong("gives values that are not finite numbers")
    known = np.abs(x).max(axis=1) > 0
    if not known.any():
        return None
    x = np.where(known[:, None], x - x[known].mean(axis=0, dtype=np.float64), 0.0).astype(np.float32)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    kind = "a sentence model (ONNX)" if source.kind == "onnx" else "spaCy's word vectors"
    return Vectors(x[[index[t] for t in texts]], f"{kind} '{source.name}', {x.shape[1]} numbers a text")
