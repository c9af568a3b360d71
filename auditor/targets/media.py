"""Images, video and audio in a message: read from the spelling of one API, written in that of another, or refused.

Nothing is fetched or decoded: a medium is its data (base64, as it stands) or where it is. A place that the other API cannot
read (`s3://` for OpenAI, `https://` for Bedrock) is refused, since whoever moves the file has to do that first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Row = dict[str, object]
_DATA: Final = re.compile(r"data:([a-z]+/[a-z0-9.+-]+);base64,", re.IGNORECASE)
_TYPES: Final[Mapping[str, str]] = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "mp4": "video/mp4", "mov": "video/quicktime", "mkv": "video/x-matroska", "webm": "video/webm",
    "mp3": "audio/mp3", "wav": "audio/wav", "flac": "audio/flac", "pdf": "application/pdf",
}  # fmt: skip
"""Media types by suffix, as Gemini's and Bedrock's guides list them."""
_BEDROCK: Final[Mapping[str, str]] = {
    "image/jpeg": "jpeg", "image/png": "png", "image/gif": "gif", "image/webp": "webp",
    "video/mp4": "mp4", "video/quicktime": "mov", "video/x-matroska": "mkv", "video/webm": "webm",
}  # fmt: skip
_OPENAI_AUDIO: Final[Mapping[str, str]] = {"audio/mp3": "mp3", "audio/mpeg": "mp3", "audio/wav": "wav"}


class CannotHoldError(ValueError):
    """The format has no place for something of the row; the message says for what."""


@dataclass(frozen=True, slots=True)
class Medium:
    """One medium: exactly one of `data` and `uri` is set."""

    kind: str
    """`image`, `video`, `audio` or `file`."""
    mime: str
    """Media type, empty where the row doesn't say it."""
    data: str = ""
    """Base64, as it stands."""
    uri: str = ""
    detail: str = ""
    """How closely OpenAI is to look at an image."""


def _inner(item: Mapping[str, object], *keys: str) -> Mapping[str, object] | None:
    return next((v for v in (item.get(k) for k in keys) if isinstance(v, Mapping)), None)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def medium_of(item: object) -> Medium:
    """The medium of a content part.

    Raises:
        CannotHoldError: the part isn't spelled in a way that says where the medium is.
    """
    given = item if isinstance(item, Mapping) else {}
    found = _gemini(given) or _bedrock(given) or _openai(given)
    if found is None or bool(found.data) == bool(found.uri):
        raise CannotHoldError("a medium that isn't given as data or by a URL")
    return found


def _gemini(item: Mapping[str, object]) -> Medium | None:
    stored = _inner(item, "fileData", "file_data")
    if stored is not None:
        mime = _string(stored.get("mimeType", stored.get("mime_type")))
        return Medium(_kind(mime), mime, uri=_string(stored.get("fileUri", stored.get("file_uri"))))
    inline = _inner(item, "inlineData", "inline_data")
    if inline is not None:
        mime = _string(inline.get("mimeType", inline.get("mime_type")))
        return Medium(_kind(mime), mime, data=_string(inline.get("data")))
    return None


def _bedrock(item: Mapping[str, object]) -> Medium | None:
    for kind in ("image", "video"):
        block = _inner(item, kind)
        source = _inner(block, "source") if block is not None else None
        if block is not None and source is not None:
            place = _inner(source, "s3Location")
            if place is not None and set(place) - {"uri"}:
                raise CannotHoldError("the owner of a bucket has no place there")
            mime = _TYPES.get(_string(block.get("format")).lower(), "")
            uri = _string((place or source).get("uri"))
            return Medium(kind, mime or _guessed(uri), data=_string(source.get("bytes")), uri=uri)
    return None


def _openai(item: Mapping[str, object]) -> Medium | None:
    for key in ("image_url", "video_url", "audio_url"):
        if key in item:
            block = item[key]
            url = _string(block.get("url")) if isinstance(block, Mapping) else _string(block)
            detail = _string(block.get("detail")) if isinstance(block, Mapping) else ""
            data = _DATA.match(url)
            if data:
                return Medium(key.removesuffix("_url"), data.group(1).lower(), data=url[data.end() :], detail=detail)
            return Medium(key.removesuffix("_url"), _guessed(url), uri="" if url.startswith("data:") else url, detail=detail)
    sound = _inner(item, "input_audio")
    if sound is not None:
        return Medium("audio", _TYPES.get(_string(sound.get("format")), ""), data=_string(sound.get("data")))
    return None


def _kind(mime: str) -> str:
    kind = mime.split("/", 1)[0].lower()
    return kind if kind in {"image", "video", "audio"} else "file"


def _guessed(uri: str) -> str:
    path = uri.split("?", 1)[0].split("#", 1)[0]
    return _TYPES.get(path.rsplit(".", 1)[-1].lower(), "") if "." in path.rsplit("/", 1)[-1] else ""


def _scheme(uri: str) -> str:
    return uri.split("://", 1)[0].lower() if "://" in uri[:12] else ""


def as_openai(medium: Medium) -> Row:
    """As a content part of OpenAI's chat format.

    Raises:
        CannotHoldError: no place for it there.
    """
    if medium.kind == "audio" and medium.data and medium.mime in _OPENAI_AUDIO:
        return {"type": "input_audio", "input_audio": {"data": medium.data, "format": _OPENAI_AUDIO[medium.mime]}}
    if medium.kind != "image":
        raise CannotHoldError(f"{medium.kind} of this kind has no place in OpenAI's content parts")
    inner: Row = {"url": medium.uri}
    if medium.data:
        if not medium.mime:
            raise CannotHoldError("an image whose media type isn't said")
        inner = {"url": f"data:{medium.mime};base64,{medium.data}"}
    elif _scheme(medium.uri) not in {"https", "http"}:
        raise CannotHoldError("an image at a place that OpenAI cannot read (https:// or data)")
    elif medium.mime and medium.mime != _guessed(medium.uri):
        raise CannotHoldError("an image whose media type isn't the one of its suffix")
    if medium.detail:
        inner["detail"] = medium.detail
    return {"type": "image_url", "image_url": inner}


def as_gemini(medium: Medium, notes: list[str]) -> Row:
    """As a part of Gemini's contents.

    Raises:
        CannotHoldError: no place for it there.
    """
    if not medium.mime:
        raise CannotHoldError("a medium whose media type isn't said")
    if medium.detail:
        notes.append("detail of images is left out")
    if medium.data:
        return {"inlineData": {"mimeType": medium.mime, "data": medium.data}}
    if _scheme(medium.uri) not in {"gs", "https", "http"}:
        raise CannotHoldError("a medium at a place that Gemini cannot read (gs:// or https://)")
    return {"fileData": {"mimeType": medium.mime, "fileUri": medium.uri}}


def as_bedrock(medium: Medium, notes: list[str]) -> Row:
    """As a content block of Bedrock's conversation schema.

    Raises:
        CannotHoldError: no place for it there.
    """
    name = _BEDROCK.get(medium.mime)
    if medium.kind not in {"image", "video"} or name is None:
        raise CannotHoldError(f"{medium.kind} of this kind has no place in Bedrock's blocks")
    if medium.detail:
        notes.append("detail of images is left out")
    if medium.data:
        return {medium.kind: {"format": name, "source": {"bytes": medium.data}}}
    if _scheme(medium.uri) != "s3":
        raise CannotHoldError("a medium at a place that Bedrock cannot read (s3:// or data)")
    return {medium.kind: {"format": name, "source": {"s3Location": {"uri": medium.uri}}}}
