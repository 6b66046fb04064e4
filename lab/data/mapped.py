"""Bytes that all processes of a computer share: files of the cache directory, mapped into memory.

However many workers read such a file, its pages lie in memory once. Where nothing can be written,
each process has a copy of its own.
"""

import contextlib
import hashlib
import mmap
import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from lab.data import cache

MOST = 1_000_000_000  # bytes of all files; those that were not used for longest go first
FORGOTTEN = 3600.0  # seconds after which an unfinished file is nobody's any more

_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def mapped(name: str, make: Callable[[], bytes]) -> memoryview:
    """Return the bytes that `make` returns, read-only; on one computer they are made only once.

    `name` stands for these very bytes for all time. It may have letters, digits, dots and hyphens.
    The SHA-256 of the content is the end of the file's name, and is checked whenever a process
    opens it.
    """
    folder = cache.cache_dir() / "mapped"
    with _locks[name]:  # threads of one process do not make the same twice
        with contextlib.suppress(OSError):
            for path in folder.glob(f"{name}.*"):
                if (content := _open(path)) is not None:
                    return content
        made = make()
        try:
            return _open(_write(folder, name, made)) or memoryview(made)
        except OSError:  # no place, or no right to write here
            return memoryview(made)


def _open(path: Path) -> memoryview | None:
    """Map a file; return None, and delete it, if it is not what its name says."""
    with path.open("rb") as file:
        empty = not os.fstat(file.fileno()).st_size  # which mmap refuses
        content = memoryview(b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if hashlib.sha256(content).hexdigest() != path.suffix[1:]:
        path.unlink()
        return None
    with contextlib.suppress(OSError):  # a cache that may only be read
        os.utime(path)
    return content


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file, which appears under its name only when it is whole; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    _make_room(folder, len(content))
    path = folder / f"{name}.{hashlib.sha256(content).hexdigest()}"
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as aside:
        try:
            aside.write(content)
            aside.flush()
            os.fsync(aside.fileno())
            os.replace(aside.name, path)
        except BaseException:
            os.unlink(aside.name)
            raise
    return path


def _make_room(folder: Path, size: int) -> None:
    """Delete what was not used for longest; a process that has it mapped keeps it all the same."""
    for path in sorted(folder.iterdir(), key=lambda path: -path.stat().st_mtime):
        size += path.stat().st_size
        forgotten = path.name.startswith(".") and time.time() - path.stat().st_mtime > FORGOTTEN
        if size > MOST or forgotten:
            path.unlink(missing_ok=True)
