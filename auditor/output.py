"""Writing results: whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from auditor.errors import UsageError


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name only when it is complete; on any failure nothing is left.

    A device or a pipe (`/dev/stdout`, a named pipe) is no file to be put in place: it is given the whole when it is complete.

    Raises:
        UsageError: when the folder does not exist or cannot be written.
    """
    if _is_special(path):
        with tempfile.TemporaryFile() as whole:
            yield whole
            whole.seek(0)
            try:
                with path.open("ab") as stream:
                    shutil.copyfileobj(whole, stream)
            except OSError as error:
                raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
        return
    folder = path.parent
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        os.chmod(name, 0o644)  # noqa: PTH101 - the name is a plain string here
        os.replace(name, path)  # noqa: PTH105
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def say(text: str, *, colour: bool | None = None) -> None:
    """Text to standard output, with a line break where it has none. A reader that has seen enough (`| head -1`) changes no exit code.

    Raises:
        UsageError: when it cannot be written, as on a full disk.
    """
    import click

    if sys.stdout is None:  # closed by the caller: nobody wants to read
        return
    try:
        click.echo(text.removesuffix("\n"), color=colour)
        sys.stdout.flush()
    except OSError as error:
        with suppress(OSError, ValueError):  # what is left in the buffer would fail once more at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"standard output: cannot be written ({error.strerror})") from None


def apart(out: Path | None, inputs: Iterable[Path]) -> None:
    """Nothing that was read is written over: tags and data are somebody's work, a result can be had again.

    Raises:
        UsageError: when `out` is one of `inputs`.
    """
    if out is None or not out.exists():
        return
    for file in inputs:
        if file.exists() and out.samefile(file):
            raise UsageError(f"{out}: is read by this very command and would be lost; name another file")


def writable(path: Path) -> None:
    """Says now what would go wrong later, before anybody waits for a result or gives an answer.

    Raises:
        UsageError: when the folder does not exist or cannot be written, or the name is a folder's.
    """
    if _is_special(path):
        return
    if path.is_dir():
        raise UsageError(f"{path}: cannot be written (Is a directory)")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from None


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return Path("/dev") in path.absolute().parents or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic(path) as stream:
        stream.write(text.encode())


def write_lines(path: Path, lines: Iterable[bytes]) -> int:
    """Write lines atomically; returns how many."""
    count = 0
    with atomic(path) as stream:
        for line in lines:
            stream.write(line + b"\n")
            count += 1
    return count
