"""Where the files of the sets lie on this computer, how much of them is here, and whether they are
intact.

They lie in the user's cache directory, or in the one that GLASSBOX_DATA_DIR names, which is never
written to. Whenever a file is read, its unpacked content is checked against the SHA-256 in
`sources`.
"""

import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from lab.data.sources import SOURCES, DataFile


def cache_dir() -> Path:
    """The user's cache directory, with a folder for each set; it may not exist yet."""
    return Path(platformdirs.user_cache_dir("glassbox"))


def given_dir() -> Path | None:
    """The directory that GLASSBOX_DATA_DIR names, or None."""
    given = os.environ.get("GLASSBOX_DATA_DIR")
    return Path(given).expanduser() if given else None


def locate(folder: Path, file: DataFile) -> Path | None:
    """The path of `file` in `folder`, gzipped or plain, or None."""
    # Path.is_file would raise where a folder may not be entered; such a file counts as absent
    paths = (folder / file.gzipped, folder / file.name)
    return next((path for path in paths if os.path.isfile(path)), None)


def find(name: str) -> Path | None:
    """Return the folder that has every file of a set, or None; GLASSBOX_DATA_DIR goes before the
    cache.

    Contents are not checked here, but in `unwrap`, by which every file is read.
    """
    for parent in (given_dir(), cache_dir()):
        if parent and all(locate(parent / name, file) for file in SOURCES[name].files):
            return parent / name
    return None


def is_ours(folder: Path) -> bool:
    """Return whether `folder` lies in our cache, where files may be deleted; GLASSBOX_DATA_DIR is
    not ours.
    """
    given, real = given_dir(), folder.resolve()
    if given and real == (given / folder.name).resolve():
        return False
    return real == (cache_dir() / folder.name).resolve()


@dataclass(frozen=True)
class State:
    """How much of a set is here: `where` if all of it is, and the bytes here and in all.

    `str` is for a listing.
    """

    where: Path | None
    done: int
    total: int

    def __str__(self) -> str:
        if self.where:
            return f"ready in {self.where}"
        if self.done:
            return f"partly downloaded ({self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB)"
        return f"not downloaded ({self.total / 1e6:.1f} MB)"


def state(name: str) -> State:
    """What `find` returns, and how many bytes a download would still have to bring."""
    where = find(name)
    sizes = [measure(where or cache_dir() / name, file) for file in SOURCES[name].files]
    return State(where, sum(done for done, _ in sizes), sum(total for _, total in sizes))


def measure(folder: Path, file: DataFile) -> tuple[int, int]:
    """Return how many bytes of a file `folder` has, and how many the file has in all.

    Of an unfinished file the longest part that earlier downloads left is counted.
    """
    whole = locate(folder, file)
    paths = [whole] if whole else folder.glob(f"{file.gzipped}.*.part")
    try:
        done = max((path.stat().st_size for path in paths), default=0)
    except OSError:  # another process has just moved or deleted it, or the folder is closed to us
        done = 0
    return done, done if whole else file.travelling


class DownloadError(Exception):
    """Says in a sentence what went wrong, and what to do about it."""


class DamagedError(Exception):
    """Says what is wrong with a file, as the second half of a sentence ("is cut short")."""


def unwrap(path: Path, file: DataFile) -> bytes:
    """Return the payload of the file at `path`, which is gzipped unless it has the plain name.

    At most one byte beyond the right size is unpacked, whatever the file holds. Raises
    DamagedError.
    """
    try:
        with path.open("rb") if path.name == file.name else gzip.open(path) as stream:
            payload = stream.read(file.payload + 1)
    except EOFError as error:
        raise DamagedError("is cut short") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DamagedError("is not a gzip file, or is broken inside") from error
    if len(payload) > file.payload:
        raise DamagedError(f"unpacks to more than the {file.payload:,} bytes that it should hold")
    if len(payload) < file.payload:
        raise DamagedError("is too short")
    if hashlib.sha256(payload).hexdigest() != file.sha256:
        raise DamagedError("does not have the right checksum")
    return payload
