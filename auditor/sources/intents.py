"""What chatbots are taught from, as their makers export it: phrases gathered under the intent they stand for.

Read are Rasa (YAML, Markdown and JSON), LUIS and its successor (CLU), Dialogflow ES and CX, Watson Assistant, Lex, Snips, and the
`intents.json` with `tag` and `patterns` that tutorials use. A phrase becomes a row of `text` and `intent`; entities are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from auditor.model import FileNote, Ignored

if TYPE_CHECKING:
    from auditor.sources.types import Candidate

Row = dict[str, Any]

_PHRASES: Final = ("examples", "patterns", "utterances", "sampleUtterances", "trainingPhrases", "training_phrases")
_INTENT: Final = ("intent", "tag")
"""Fields that name an intent wherever they stand beside phrases."""
_NAME: Final = ("name", "displayName", "intentName")
"""Fields that do in a list called `intents`."""
_DEEPEST: Final = 3
"""Fields inside one another that lead to the intents."""
_ENTITY: Final = re.compile(r"\[([^\[\]]+)\](\([^()]*\)|\{[^{}]*\})")
_HEADING: Final = re.compile(r"^## *intent: *(\S.*?) *$")
_SAID: Final = re.compile(r"^(.+)_usersays_[\w-]+\.json$")
_YAML: Final = re.compile(r"^nlu: *$", re.MULTILINE)


def of_document(document: Any, name: str) -> list[Row]:
    """Rows of a JSON document; none where it holds no phrases of intents. `name` is the file's path, which says the intent in Dialogflow."""
    said = _SAID.match(PurePosixPath(name).name)
    if said:
        return [{"text": text, "intent": said[1]} for text in _texts(document)]
    for key, inside in _nested(document, _DEEPEST):
        rows = _grouped(inside, _INTENT if key != "intents" else (*_INTENT, *_NAME)) or (_keyed(inside) if key == "intents" else []) or _flat(inside, key)
        if len({row["intent"] for row in rows}) > 1:
            return rows
    return []


def told(name: str) -> tuple[FileNote, ...]:
    """What is to be said of a file whose phrases stand under intents; nothing where it holds those of one only, as hundreds beside it do."""
    if _SAID.match(PurePosixPath(name).name):
        return ()
    return (FileNote(name, "nested_rows", "holds phrases under their intents, which a trainer must be told", 1),)


def of_markdown(text: str) -> list[Row]:
    """Rows of Rasa's Markdown (`## intent:greet`, and lines that begin with a hyphen); none where it is other Markdown."""
    intent, rows = "", []
    for line in text.splitlines():
        if line.startswith("#"):
            heading = _HEADING.match(line)
            intent = heading[1] if heading else ""
        elif intent and line.lstrip().startswith("- "):
            rows.append({"text": _bare(line.lstrip()[2:]), "intent": intent})
    return rows


def of_yaml(text: str) -> list[Row]:
    """Rows of Rasa's YAML (`nlu:` with `intent` and `examples`); none where it is other YAML or damaged."""
    import yaml

    if not _YAML.search(text):
        return []
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    listed = document.get("nlu") if isinstance(document, dict) else None
    rows = []
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("intent"), str):
            found = entry.get("examples")
            lines = found.splitlines() if isinstance(found, str) else [line for text in _texts(found) for line in text.splitlines()]
            rows += [{"text": _bare(line.strip().removeprefix("- ")), "intent": entry["intent"]} for line in lines if line.strip()]
    return rows


def without_settings(files: list[Candidate]) -> tuple[list[Candidate], list[Ignored]]:
    """Of a Dialogflow agent only the files of phrases count; the other JSON files beside and above them are its settings."""
    places = {PurePosixPath(f.name).parent for f in files if _SAID.match(PurePosixPath(f.name).name)}
    beside = places | {p.parent for p in places}
    aside = {f.name for f in files if f.name.endswith(".json") and not _SAID.match(PurePosixPath(f.name).name) and PurePosixPath(f.name).parent in beside}
    return [f for f in files if f.name not in aside], [Ignored(name, "settings of a chatbot, no phrases") for name in sorted(aside)]


def _nested(document: Any, depth: int, key: str = "") -> Iterator[tuple[str, Any]]:
    """What is inside fields of fields, with the name of the field, from the outside in."""
    yield key, document
    if isinstance(document, dict) and depth:
        for name, inside in document.items():
            yield from _nested(inside, depth - 1, name)


def _grouped(listed: Any, names: Sequence[str]) -> list[Row]:
    """A row a phrase of objects that each name an intent and list its phrases."""
    if not isinstance(listed, list):
        return []
    rows: list[Row] = []
    for entry in listed:
        intent = next((entry[n] for n in names if isinstance(entry.get(n), str)), None) if isinstance(entry, dict) else None
        phrases = next((entry[p] for p in _PHRASES if isinstance(entry.get(p), list)), None) if intent is not None else None
        if phrases is None:
            return []
        texts = _texts(phrases)
        if len(texts) < len(phrases):
            return []  # they are no phrases
        rows += [{"text": text, "intent": intent} for text in texts]
    return rows


def _keyed(intents: Any) -> list[Row]:
    """A row a phrase of an object that has an object with phrases for each intent (Snips)."""
    if not isinstance(intents, dict):
        return []
    return _grouped([{**v, "intent": k} if isinstance(v, dict) else v for k, v in intents.items()], _INTENT)


def _flat(listed: Any, key: str) -> list[Row]:
    """A row a phrase that names its intent itself, in a list beside others (LUIS, CLU, Rasa's JSON)."""
    if key not in {"utterances", "common_examples"} or not isinstance(listed, list):
        return []
    rows = [{"text": r["text"], "intent": r["intent"]} for r in listed if isinstance(r, dict) and isinstance(r.get("text"), str) and isinstance(r.get("intent"), str)]
    return rows if len(rows) == len(listed) else []


def _texts(phrases: Any) -> list[str]:
    """Phrases as text: strings, objects with `text`, or objects with pieces of text in `data` or `parts`; what is none of these is left out."""
    out = []
    for phrase in phrases if isinstance(phrases, list) else []:
        if isinstance(phrase, str):
            out.append(phrase.strip())
        elif isinstance(phrase, dict):
            pieces = next((phrase[k] for k in ("data", "parts") if isinstance(phrase.get(k), list)), None)
            text = phrase.get("text", phrase.get("utterance"))
            if pieces is not None and all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in pieces):
                out.append("".join(p["text"] for p in pieces).strip())
            elif isinstance(text, str):
                out.append(text.strip())
    return out


def _bare(phrase: str) -> str:
    """A phrase without the marks of entities: `to [Rome](city)` is `to Rome`."""
    return _ENTITY.sub(r"\1", phrase).strip()
