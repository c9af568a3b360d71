"""Single files over HTTP, and data sets of the Hugging Face hub, with the standard library alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPException
from typing import IO, Any, Final, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from auditor.errors import SourceError, UsageError
from auditor.sources.remote import Entry, shown

_PIECE: Final = 1 << 20
_TIMEOUT: Final = 60
"""Seconds without a byte."""
_LIST_BYTES: Final = 64 << 20
_LOCAL: Final = ("127.0.0.1", "localhost", "::1")


class WebStore:
    """One file at an address; what lies beside it cannot be listed."""

    def __init__(self, address: str, token: str = "") -> None:
        self._address, self._token = address, token

    def entries(self) -> list[Entry]:
        """The file."""
        with _opened(self._address, self._token) as answer:
            size = cast("Any", answer).headers.get("Content-Length", "")
            kind = cast("Any", answer).headers.get_content_type()
        if kind == "text/html":
            raise SourceError(f"{shown(self._address)}: is a web page, not a data file; name the address that downloads it")
        return [Entry("", self._address, int(size) if size.isdigit() else -1)]

    def pieces(self, entry: Entry, most: int | None = None) -> Iterator[bytes]:
        """Content of the file."""
        yield from _read(entry, self._token, most)


class HubStore:
    """A data set of the Hugging Face hub: `hf://datasets/owner/name[@revision][/path]`."""

    def __init__(self, address: str, endpoint: str, token: str) -> None:
        parts = urlsplit(address)
        found = re.fullmatch(r"/([^/@]+/[^/@]+)(?:@([^/]+))?(?:/(.*))?", parts.path)
        if parts.netloc != "datasets" or not found:
            raise UsageError(f"{shown(address)}: a data set of the hub is written hf://datasets/owner/name[@revision][/path]")
        self._where, self._token = shown(address), token
        self._name, self._revision = found[1], quote(found[2] or "main", safe="")
        self._path = re.split(r"[*?\[]", found[3] or "", maxsplit=1)[0]
        if self._path != (found[3] or ""):
            self._path = self._path.rpartition("/")[0]
        self._path = self._path.strip("/")
        self._endpoint = endpoint.rstrip("/")

    def entries(self) -> list[Entry]:
        """All files below the path, or the one that it names."""
        prefix = f"{self._path}/" if self._path else ""
        listed = list(self._tree())
        single = [(p, n) for p, n in listed if p == self._path]
        chosen = [("", *single[0])] if single else [(p[len(prefix) :], p, n) for p, n in listed if p.startswith(prefix)]
        base = f"{self._endpoint}/datasets/{self._name}/resolve/{self._revision}/"
        return sorted((Entry(name, base + quote(path), size) for name, path, size in chosen), key=lambda e: e.name)

    def _tree(self) -> Iterator[tuple[str, int]]:
        address = f"{self._endpoint}/api/datasets/{self._name}/tree/{self._revision}?recursive=true"
        while address:
            with _opened(address, self._token) as answer:
                try:
                    page = json.loads(answer.read(_LIST_BYTES))
                except ValueError:
                    raise SourceError(f"{self._where}: the hub's list of files cannot be read") from None
                link = cast("Any", answer).headers.get("Link", "")
            for item in page if isinstance(page, list) else []:
                if isinstance(item, dict) and item.get("type") == "file" and isinstance(item.get("path"), str):
                    yield item["path"], int(item.get("size") or 0)
            following = re.search(r'<([^>]+)>;\s*rel="next"', link)
            same = following is not None and urlsplit(following[1]).netloc == urlsplit(self._endpoint).netloc
            address = following[1] if following is not None and same else ""

    def pieces(self, entry: Entry, most: int | None = None) -> Iterator[bytes]:
        """Content of a file."""
        yield from _read(entry, self._token, most)


def _read(entry: Entry, token: str, most: int | None) -> Iterator[bytes]:
    left = most if most is not None else 1 << 62
    seen = 0
    with _opened(entry.key, token) as answer:
        while left > 0:
            try:
                piece = answer.read(min(_PIECE, left))
            except (HTTPException, OSError) as error:
                raise SourceError(f"{shown(entry.key)}: cut off after {seen} bytes ({type(error).__name__})") from None
            if not piece:
                break
            left -= len(piece)
            seen += len(piece)
            yield piece
    if most is None and 0 <= seen < entry.size:
        raise SourceError(f"{shown(entry.key)}: cut off after {seen} of {entry.size} bytes")


def _opened(address: str, token: str) -> IO[bytes]:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or (parts.scheme == "http" and token and parts.hostname not in _LOCAL):
        raise UsageError(f"{shown(address)}: a token goes over https only")
    request = Request(address, headers={"User-Agent": "dataset-readiness-auditor"})  # noqa: S310 - http and https only, checked above
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        return cast("IO[bytes]", urlopen(request, timeout=_TIMEOUT))  # noqa: S310
    except HTTPError as error:
        raise SourceError(f"{shown(address)}: the server answers {error.code}") from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise SourceError(f"{shown(address)}: cannot be reached ({type(error).__name__})") from None
