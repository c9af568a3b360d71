"""A Croissant file beside the data (`croissant.json`, MLCommons) as declared evidence: licence, origin, and digests to check.

What it says is declared, never measured; only its digests can be checked, and they are. Read as plain JSON, with its context
ignored: nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from auditor.errors import ConfigError
from auditor.sources.names import spoken_path

if TYPE_CHECKING:
    from auditor.model import Dataset

NAME: Final = "croissant.json"
MAX_BYTES: Final = 16 * 1024 * 1024
FIELDS: Final = (
    "dataCollection", "dataCollectionType", "dataCollectionTimeframe", "dataAnnotationProtocol", "annotationPlatform", "annotationsPerItem",
    "annotatorDemographics", "machineAnnotationTools", "dataPreprocessingProtocol", "dataImputationProtocol", "dataManipulationProtocol",
    "dataUseCases", "dataLimitations", "dataBiases", "dataSocialImpact", "personalSensitiveInformation", "dataReleaseMaintenancePlan",
)  # fmt: skip
"""Fields of Croissant-RAI 1.0 that are reported as declared, or as unknown."""


@dataclass(frozen=True, slots=True)
class Croissant:
    """What the file says."""

    licence: str
    origin: str
    consent: str
    stated: tuple[str, ...]
    """Names of the RAI fields that say something; what they say stays in the file."""
    digests: tuple[tuple[str, str], ...]
    """(path, sha256) of each listed file."""


def _text(value: object) -> str:
    """A string, the first string of a list, or the url or name of an object."""
    if isinstance(value, str):
        return " ".join(value.split())[:200]
    if isinstance(value, list):
        return next((t for t in map(_text, value) if t), "")
    if isinstance(value, Mapping):
        return next((t for t in (_text(value.get(k)) for k in ("@id", "url", "name", "@value")) if t), "")
    return ""


def _get(body: Mapping[str, object], *names: str) -> str:
    """First of `names` that says something, with any prefix (`sc:`, `rai:`, a full address)."""
    for name in names:
        for key, value in body.items():
            if key == name or key.endswith((f":{name}", f"/{name}", f"#{name}")):
                text = _text(value)
                if text:
                    return text
    return ""


def read(path: Path) -> Croissant:
    """The file as evidence.

    Raises:
        ConfigError: it is not a JSON object, or too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path.name} has more than {MAX_BYTES:,} bytes; it is no Croissant file")
        body = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{path.name} is not JSON; mend or remove it") from None
    if not isinstance(body, dict):
        raise ConfigError(f"{path.name} is not a Croissant description (an object is expected)")
    listed: object = next((v for k, v in body.items() if k == "distribution" or k.endswith(":distribution")), [])
    entries = [entry for entry in (listed if isinstance(listed, list) else [listed]) if isinstance(entry, dict)]
    digests = [(_get(e, "contentUrl", "name", "@id"), _get(e, "sha256").lower()) for e in entries if _get(e, "sha256")]
    return Croissant(
        licence=_get(body, "license", "licence"),
        origin=_get(body, "dataCollection", "creator", "publisher", "isBasedOn", "citeAs"),
        consent=_get(body, "personalSensitiveInformation"),
        stated=tuple(name for name in FIELDS if _get(body, name)),
        digests=tuple(digests),
    )


def differing(said: Croissant, data: Dataset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files of the data set whose digest is another one than listed, and listed files that are not there by path or name."""
    exact = {f.path: f.sha256 for f in data.files}
    by_name: dict[str, list[str]] = {}
    for path in exact:
        by_name.setdefault(PurePosixPath(path).name, []).append(path)
    other, absent = [], []
    for listed, digest in said.digests:
        name = spoken_path(listed.removeprefix("./"))
        candidates = [name] if name in exact else by_name.get(PurePosixPath(name).name, [])
        if len(candidates) != 1:
            absent.append(name)
        elif exact[candidates[0]] != digest:
            other.append(candidates[0])
    return tuple(sorted(other)), tuple(sorted(absent))
