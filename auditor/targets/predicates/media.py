"""Images and other media in the content."""

from __future__ import annotations

import re
from typing import Final

from auditor.targets.canon import Message, Part, Record
from auditor.targets.messages import MEDIA
from auditor.targets.predicates.base import Args, Hits

_DATA = re.compile(r"data:image/([a-z0-9.+-]+);base64,")
_BASE64: Final = 4 / 3


def _media(record: Record) -> list[tuple[Message, Part]]:
    return [(m, p) for m in record.every for p in m.parts if p.kind in MEDIA]


def media_roles(record: Record, args: Args) -> Hits:
    """Media stand only in messages of `roles`; a plain text has no speaker."""
    for message, part in _media(record):
        if record.format != "text" and message.role not in args["roles"]:
            yield part.path, f"{part.kind} in a message that isn't of the {' or '.join(args['roles'])}"


def media_kinds(record: Record, args: Args) -> Hits:
    """Media are of `kinds` only; an empty list means text only."""
    for _, part in _media(record):
        if part.kind not in args["kinds"]:
            yield part.path, f"{part.kind} isn't taken"


def media_count(record: Record, args: Args) -> Hits:
    """At most `max` media of one kind in a row."""
    for kind, most in args["max"].items():
        found = [p for _, p in _media(record) if p.kind == kind]
        if len(found) > most:
            yield found[most].path, f"{len(found)} {kind}s, at most {most}"


def media_mixed(record: Record, args: Args) -> Hits:
    """Images or videos in one row, not both."""
    kinds = {p.kind for _, p in _media(record)}
    if {"image", "video"} <= kinds:
        part = next(p for _, p in _media(record) if p.kind == "video")
        yield part.path, "images and video in one row"


def image_url(record: Record, args: Args) -> Hits:
    """An image is given as one of `schemes` (`data`, `https`, `s3`, `gs`); data is base64 of one of `formats`.

    With `inner = true` the URL stands in an object, `{"url": ...}`.
    """
    for _, part in _media(record):
        if part.kind != "image":
            continue
        if not part.url:
            yield part.path, "image without a URL"
            continue
        if args.get("inner") and isinstance(part.raw, dict) and isinstance(part.raw.get("image_url"), str):
            yield part.path, "expected an object with `url`, found the URL itself"
            continue
        data = _DATA.match(part.url)
        if data and "data" in args["schemes"]:
            if data.group(1) not in args["formats"]:
                yield part.path, f"image format is none of {', '.join(args['formats'])}"
            continue
        scheme = part.url.split(":", 1)[0].lower() if ":" in part.url[:8] else ""
        if scheme not in args["schemes"] or scheme == "data":
            yield part.path, f"image is none of {', '.join(args['schemes'])} (data as base64)"


def image_bytes(record: Record, args: Args) -> Hits:
    """An image given as data has at most `max` bytes."""
    for _, part in _media(record):
        if part.kind == "image" and part.url and part.url.startswith("data:"):
            # length of the base64 text, header apart, as the client counts it
            size = int((len(part.url) - len("data:image/jpeg;base64,")) / _BASE64)
            if size > args["max"]:
                yield part.path, f"image of about {size:,} bytes, at most {args['max']:,}"


def media_weight(record: Record, args: Args) -> Hits:
    """A message with an image has no weight but 0."""
    for message in record.messages:
        pictured = any(p.kind == "image" for p in message.parts)
        if pictured and message.weight_key == "weight" and message.weight != 0:
            yield (*message.path, message.weight_key), "a weight that isn't 0 on a message with images"


def media_markers(record: Record, args: Args) -> Hits:
    """The text has as many `<image>` markers as the row has images; the same for video and audio."""
    row = record.value if isinstance(record.value, dict) else {}
    for marker, key in args["markers"].items():
        given = row.get(key)
        count = len(given) if isinstance(given, list) else int(given is not None)
        texts = [p.text for m in record.every for p in m.parts if p.text]
        marked = sum(text.count(marker) for text in texts)
        if marked != count:
            yield (key,) if key in row else (), f"{marked} {marker} in the text, {count} in `{key}`"


def media_suffix(record: Record, args: Args) -> Hits:
    """A medium's URI begins with one of `schemes` and, where nothing else says the format, ends in one of the suffixes for its kind."""
    for _, part in _media(record):
        if part.url is None or part.kind not in args["suffixes"]:
            continue
        lowered = part.url.lower()
        if not lowered.startswith(tuple(args["schemes"])):
            yield part.path, f"{part.kind} isn't at {' or '.join(args['schemes'])}"
        elif not _formatted(part) and not lowered.endswith(tuple(args["suffixes"][part.kind])):
            yield part.path, f"{part.kind} format is none of {', '.join(args['suffixes'][part.kind])}"


def _formatted(part: Part) -> bool:
    """Whether the block itself says the format of its medium (Bedrock)."""
    block = part.raw.get(part.kind) if isinstance(part.raw, dict) else None
    return isinstance(block, dict) and "format" in block
