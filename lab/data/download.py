"""Downloads a set once, from the first mirror that delivers, into the user's cache directory.

A file gets its final name only after what it unpacks to has the right SHA-256, and nothing is
fetched unless `download` is called.
"""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import filelock
import pooch

from lab.data.cache import DownloadError, cache_dir, find, is_ours, locate
from lab.data.mirror import (
    PATIENCE,
    DownloadCancelled,
    FileDownloader,
    MirrorError,
    Patience,
)
from lab.data.progress import Meter, Progress
from lab.data.sources import SOURCES

pooch.get_logger().setLevel("WARNING")  # its lines would tear the progress bar, which says the same


def download(
    name: str,
    report: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    mirrors: Sequence[str] | None = None,
    patience: Patience = PATIENCE,
) -> Path:
    """Download what is missing of a set into the cache; return the folder that `find` then returns.

    Several threads and processes may call it at once: one downloads, the others wait. A download
    that was cancelled or broke off goes on where it stopped. `cancelled`, for example the `is_set`
    of an Event, is called between chunks; `mirrors`, at least one, replace the mirrors of the set.

    Raises DownloadCancelled, or DownloadError with a sentence for the person who waits.
    """
    if ready := find(name):
        return ready
    source, folder = SOURCES[name], cache_dir() / name
    if not is_ours(folder):
        raise DownloadError(
            f"GLASSBOX_DATA_DIR names Glassbox's own cache ({folder.parent}), which would be "
            "written to: remove that setting, then download again"
        )
    meter = Meter(folder, source, report)
    mirrors = source.mirrors if mirrors is None else mirrors
    with _disk_errors(folder, meter):
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder, meter, cancelled):
            _fetch_missing(mirrors, meter, cancelled, patience)
    return folder


@contextmanager
def _disk_errors(folder: Path, meter: Meter) -> Iterator[None]:
    """Raise DownloadError with a sentence for an OSError within the block."""
    try:
        yield
    except ConnectionError:  # of the caller's own, such as a closed pipe that progress went to
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            for part in folder.glob("*.part"):  # gives back the little room that is left
                part.unlink()
            megabytes = sum(meter.expected.values()) / 1e6
            raise DownloadError(
                f"the disk is full: delete something to make room for {megabytes:.0f} MB in "
                f"{folder}, then download again"
            ) from error
        raise DownloadError(
            f"nothing can be kept in {folder} ({error.strerror or error}): let Glassbox write to "
            "that folder, or put the files into another folder and let GLASSBOX_DATA_DIR name it"
        ) from error


@contextmanager
def _lock(folder: Path, meter: Meter, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Wait for the lock of the folder, unless cancelled, and hold it within the block.

    The system releases the lock of a process that dies.
    """

    def give_up() -> bool:
        meter.wait()
        return cancelled()

    try:
        lock = filelock.FileLock(folder / ".lock").acquire(poll_interval=0.2, cancel_check=give_up)
    except filelock.Timeout as error:
        raise DownloadCancelled from error
    with lock:
        yield


def _fetch_missing(
    mirrors: Sequence[str], meter: Meter, cancelled: Callable[[], bool], patience: Patience
) -> None:
    """Brings the missing files, each from the first mirror that delivers it.

    A mirror that fails is not asked again.
    """
    folder, files = meter.folder, meter.source.files
    for leftover in folder.glob("tmp*"):  # pooch's, if its process was killed
        leftover.unlink()
    meter.start()
    failures: list[MirrorError] = []
    for mirror in mirrors:
        shelf = pooch.create(folder, mirror, registry={file.gzipped: None for file in files})
        try:
            for file in files:
                if not locate(folder, file):
                    fetch = FileDownloader(file, folder, mirror, meter, cancelled, patience)
                    shelf.fetch(file.gzipped, downloader=fetch)
            return
        except MirrorError as failure:
            failures.append(failure)
    for other in failures[1:]:
        failures[0].add_note(str(other))
    raise failures[0]  # of the best mirror: the sentences on the others are in its notes
