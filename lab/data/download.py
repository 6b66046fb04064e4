"""MNIST and Fashion-MNIST, fetched once from one of their mirrors, checked, and kept in the user's
cache directory.

A file gets its final name only after what it unpacks to has the SHA-256 below; nothing is fetched
unless `download` is called, and GLASSBOX_DATA_DIR may name a directory that has the files already
(it is never written to).
"""

import errno
import gzip
import hashlib
import os
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import filelock
import pooch
import requests
import urllib3

CHUNK = (
    16 * 1024
)  # bytes; a slow line still fills it within a second or so, which is how fast one can cancel
SLACK = (
    64 * 1024
)  # bytes by which a wrapper may exceed its payload before it cannot be the right file

pooch.get_logger().setLevel("WARNING")  # its lines would tear the progress bar, which says the same


# --- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DataFile:
    """One IDX file: its name, its payload's bytes and SHA-256, and how many bytes of it travel,
    gzipped.

    The last is what the mirrors sent when this was written; their Content-Length takes its place
    during a download.
    """

    name: str
    payload: int
    sha256: str
    travelling: int

    @property
    def gzipped(self) -> str:
        """The name under which it travels and is kept."""
        return f"{self.name}.gz"


@dataclass(frozen=True)
class Source:
    """A set of files, and the addresses (ending in "/") that have all of them, best first."""

    mirrors: tuple[str, ...]
    files: tuple[DataFile, ...]


# Both sets are made alike: these names, and this many bytes after unpacking.
_NAMES_AND_PAYLOADS = (
    ("train-images-idx3-ubyte", 47_040_016),
    ("train-labels-idx1-ubyte", 60_008),
    ("t10k-images-idx3-ubyte", 7_840_016),
    ("t10k-labels-idx1-ubyte", 10_008),
)


def _files(*known: tuple[str, int]) -> tuple[DataFile, ...]:
    pairs = zip(_NAMES_AND_PAYLOADS, known, strict=True)
    return tuple(
        DataFile(name, payload, sha256, travelling)
        for (name, payload), (sha256, travelling) in pairs
    )


SOURCES = {
    "mnist": Source(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        _files(
            ("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 9_912_422),
            ("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 28_881),
            ("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 1_648_877),
            ("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 4_542),
        ),
    ),
    "fashion-mnist": Source(
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        _files(
            ("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 26_421_880),
            ("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 29_515),
            ("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 4_422_102),
            ("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 5_148),
        ),
    ),
}
NAMES = tuple(SOURCES)


# --- what is here ---------------------------------------------------------------------------------


def cache_dir() -> Path:
    """The user's cache directory, with a folder for each set; it may not exist yet."""
    return Path(pooch.os_cache("glassbox"))


def given_dir() -> Path | None:
    """The directory that GLASSBOX_DATA_DIR names, or None."""
    given = os.environ.get("GLASSBOX_DATA_DIR")
    return Path(given).expanduser() if given else None


def locate(folder: Path, file: DataFile) -> Path | None:
    """The path of `file` in `folder`, gzipped or plain, or None."""
    # Path.is_file would raise where a folder may not be entered; what cannot be reached is not
    # here.
    return next(
        (path for path in (folder / file.gzipped, folder / file.name) if os.path.isfile(path)), None
    )


def find(name: str) -> Path | None:
    """The folder that has every file of a set, or None; GLASSBOX_DATA_DIR goes before the cache.

    Contents are not looked at here: whoever reads a file does it with `unwrap`.
    """
    for parent in (given_dir(), cache_dir()):
        if parent and all(locate(parent / name, file) for file in SOURCES[name].files):
            return parent / name
    return None


def is_ours(folder: Path) -> bool:
    """Whether a set's folder is the one in our cache, in which we may delete, and not one of
    GLASSBOX_DATA_DIR.
    """
    given, real = given_dir(), folder.resolve()
    if given and real == (given / folder.name).resolve():
        return False
    return real == (cache_dir() / folder.name).resolve()


@dataclass(frozen=True)
class State:
    """How much of a set is here: its folder if all of it is, and the bytes here and in all. `str`
    is for a listing.
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
    """What `find` says, and how many bytes a download would still have to bring."""
    where = find(name)
    meter = _Meter(where or cache_dir() / name, SOURCES[name])
    return State(where, sum(meter.done.values()), sum(meter.expected.values()))


def _bytes_held(folder: Path, file: DataFile) -> int:
    """The size of `file`, or of the longest beginning of it that an earlier download left."""
    whole = locate(folder, file)
    paths = [whole] if whole else folder.glob(f"{file.gzipped}.*.part")
    try:
        return max((path.stat().st_size for path in paths), default=0)
    except (
        OSError
    ):  # another process has just finished or dropped it, or the folder is closed to us
        return 0


# --- what a file holds ----------------------------------------------------------------------------


class DamagedError(Exception):
    """Says what is wrong with a file, as the second half of a sentence ("is cut short")."""


def unwrap(path: Path, file: DataFile) -> bytes:
    """The payload of the file at `path`, which is gzipped unless it has the plain name; raises
    DamagedError.

    Never unpacks more than one byte beyond the right size, whatever the file may hold.
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


# --- what can be said about a download ------------------------------------------------------------


class DownloadError(Exception):
    """Says in a sentence what went wrong and what to do about it."""


class DownloadCancelled(Exception):  # noqa: N818 (nothing went wrong)
    """The caller asked to stop; what has come in is kept for the next time."""


class _MirrorError(DownloadError):
    """One mirror did not deliver. `passing`: it may, if asked again."""

    def __init__(self, sentence: str, passing: bool = False) -> None:
        super().__init__(sentence)
        self.passing = passing


@dataclass(frozen=True)
class Progress:
    """How far a whole set is: bytes here, bytes in all (as far as known), bytes per second, the
    mirror's host.

    While another process downloads the same set, `waiting` is set, and `file` and `mirror` are
    empty.
    """

    file: str
    done: int
    total: int
    per_second: float
    mirror: str
    waiting: bool = False


@dataclass(frozen=True)
class Patience:
    """Seconds: between attempts at one mirror (one attempt more than pauses), to connect, and for
    the next bytes.
    """

    pauses: tuple[float, ...] = (0.5, 2.0)
    connect: float = 6.0
    read: float = 15.0


class _Meter:
    """Counts the bytes of a set, file by file, and reports them at most ten times a second."""

    def __init__(
        self, folder: Path, source: Source, report: Callable[[Progress], None] | None = None
    ) -> None:
        self.folder, self.source, self.report = folder, source, report
        self.done: dict[str, int] = {}
        self.expected: dict[str, int] = {}
        self.arrived, self.told = 0, 0.0
        self.look()

    def look(self) -> None:
        """Counts what lies in the folder, where a whole file is as long as it is, and starts the
        clock.
        """
        self.begun = time.monotonic()
        for file in self.source.files:
            self.done[file.name] = _bytes_held(self.folder, file)
            whole = locate(self.folder, file) is not None
            self.expected[file.name] = self.done[file.name] if whole else file.travelling

    def wait(self) -> None:
        """Another process downloads into the folder."""
        self.look()
        self._tell(waiting=True)

    def count(self, file: DataFile, size: int, new: int, mirror: str) -> None:
        """`file` has reached `size` bytes, of which `new` have just come in."""
        self.done[file.name] = size
        self.expected[file.name] = max(size, self.expected[file.name])
        self.arrived += new
        if time.monotonic() - self.told >= 0.1:
            self._tell(file.name, mirror)

    def finish(self, file: DataFile, mirror: str) -> None:
        """`file` is whole."""
        self.expected[file.name] = self.done[file.name]
        self._tell(file.name, mirror)

    def _tell(self, file: str = "", mirror: str = "", waiting: bool = False) -> None:
        self.told = time.monotonic()
        per_second = self.arrived / max(self.told - self.begun, 1e-3)
        if self.report:
            done, total = sum(self.done.values()), sum(self.expected.values())
            self.report(Progress(file, done, total, per_second, mirror, waiting))


# --- a download -----------------------------------------------------------------------------------


def download(
    name: str,
    report: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    mirrors: Sequence[str] | None = None,
    patience: Patience = Patience(),
) -> Path:
    """Brings what is missing of a set into the cache; returns the folder that `find` returns from
    then on.

    Several may ask at once, in any number of processes: one downloads, the others wait for it. A
    download that was cancelled, or broke off, goes on where it stopped. `cancelled` (an Event's
    `is_set`, for example) is asked between chunks; `mirrors`, at least one, take the place of the
    set's own.

    Raises DownloadCancelled, or DownloadError with a sentence for the person who waits.
    """
    found = find(name)
    if found:
        return found
    source, folder = SOURCES[name], cache_dir() / name
    if not is_ours(folder):
        raise DownloadError(
            f"GLASSBOX_DATA_DIR names Glassbox's own cache ({folder.parent}), which would be written to: "
            "remove that setting, then download again"
        )
    meter = _Meter(folder, source, report)
    with _disk_trouble(folder, meter):
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, meter, cancelled):
            _bring(
                folder,
                source,
                source.mirrors if mirrors is None else mirrors,
                meter,
                cancelled,
                patience,
            )
    return folder


@contextmanager
def _disk_trouble(folder: Path, meter: _Meter) -> Iterator[None]:
    """Turns what the disk has to say into a sentence."""
    try:
        yield
    except ConnectionError:  # of the caller's own, such as a closed pipe that progress went to
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            for part in folder.glob("*.part"):  # gives back the little room that is left
                part.unlink()
            need = sum(meter.expected.values()) / 1e6
            raise DownloadError(
                f"the disk is full: delete something to make room for {need:.0f} MB in {folder}, then download again"
            ) from error
        raise DownloadError(
            f"nothing can be kept in {folder} ({error.strerror or error}): let Glassbox write to that folder, or put "
            "the files into another folder and let GLASSBOX_DATA_DIR name it"
        ) from error


@contextmanager
def _alone(folder: Path, meter: _Meter, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Holds the folder's lock, which the system takes back from a process that dies; waits for it,
    cancellably.
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


def _bring(
    folder: Path,
    source: Source,
    mirrors: Sequence[str],
    meter: _Meter,
    cancelled: Callable[[], bool],
    patience: Patience,
) -> None:
    """Brings the missing files, each from the first mirror that delivers it; a mirror that fails is
    not asked again.
    """
    for stray in folder.glob("tmp*"):  # pooch's, if its process was killed
        stray.unlink()
    meter.look()
    failures: list[_MirrorError] = []
    for mirror in mirrors:
        shelf = pooch.create(folder, mirror, registry={file.gzipped: None for file in source.files})
        try:
            for file in source.files:
                if not locate(folder, file):
                    shelf.fetch(
                        file.gzipped,
                        downloader=_Fetch(file, folder, mirror, meter, cancelled, patience),
                    )
            return
        except _MirrorError as failure:
            failures.append(failure)
    for other in failures[1:]:
        failures[0].add_note(str(other))
    raise failures[0]  # of the best mirror: what the others had to say is in the notes


@dataclass
class _Fetch:
    """Brings one file from one mirror: what pooch calls a downloader."""

    file: DataFile
    folder: Path
    mirror: str
    meter: _Meter
    cancelled: Callable[[], bool]
    patience: Patience

    def __post_init__(self) -> None:
        self.host = urlsplit(self.mirror).netloc
        # A beginning is continued only from its own mirror: another may have gzipped the same
        # payload differently.
        key = hashlib.sha256(self.mirror.encode()).hexdigest()[:8]
        self.part = self.folder / f"{self.file.gzipped}.{key}.part"
        self.joined = False  # whether what is in the part came over more than one connection

    def __call__(self, url: str, output: str, _shelf: object) -> None:
        """Brings `url` into the `.part`, checks it, and only then puts it where pooch wants it."""
        started_over = False
        while True:
            try:
                self._stream_patiently(url)
                unwrap(self.part, self.file)
                break
            except DamagedError as damage:
                self.part.unlink()
                if started_over or not self.joined:
                    raise _MirrorError(
                        f"{self.file.gzipped} from {self.host} {damage} and was thrown away: download again later, or "
                        "in another network if this one changes what it lets through"
                    ) from damage
                started_over = True  # the two pieces may not have been of the same file
        self.meter.finish(self.file, self.host)
        os.replace(self.part, output)
        for rest in self.folder.glob(f"{self.file.gzipped}.*.part"):
            rest.unlink()

    def _stream_patiently(self, url: str) -> None:
        for pause in self.patience.pauses:
            try:
                return self._stream(url)
            except _MirrorError as failure:
                if not failure.passing:
                    raise
            self._rest(pause)
        return self._stream(url)

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._check_cancelled()
            time.sleep(min(left, 0.1))

    def _check_cancelled(self) -> None:
        if self.cancelled():
            raise DownloadCancelled

    def _stream(self, url: str) -> None:
        """One request, from where the `.part` ends."""
        self._check_cancelled()
        held = self.part.stat().st_size if self.part.exists() else 0
        self.joined = held > 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={held}-"} if held else {})
        timeout = (self.patience.connect, self.patience.read)
        try:
            with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
                if held and response.status_code == 416:
                    return  # there is nothing beyond what we hold
                self._save(response, held)
        except requests.exceptions.SSLError as error:
            raise _MirrorError(
                f"no secure connection to {self.host} was possible: see whether this computer's clock is right, and "
                "whether the network wants you to log in first"
            ) from error
        except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError) as error:
            raise _MirrorError(
                f"{self.host} stopped answering: download again, and it goes on where it stopped",
                passing=True,
            ) from error
        except requests.exceptions.ConnectionError as error:
            raise _MirrorError(
                f"{self.host} cannot be reached: see whether this computer is online, then download again",
                passing=True,
            ) from error
        except (
            requests.exceptions.RequestException
        ) as error:  # circles of redirects, addresses that are none
            raise _MirrorError(
                f"asking {self.host} led nowhere: the network may want you to log in, so open any web page in your "
                "browser, log in there, then download again"
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise _MirrorError(
                f"the connection to {self.host} broke: download again, and it goes on where it stopped",
                passing=True,
            ) from error

    def _save(self, response: requests.Response, held: int) -> None:
        self._check_status(response)
        begin = held if response.status_code == 206 else 0
        if begin and not response.headers.get("Content-Range", "").startswith(f"bytes {begin}-"):
            raise DamagedError("came from another place than asked for")
        chunks = response.raw.stream(CHUNK, decode_content=False)
        first = next(chunks, b"")
        # Looked at before the file is opened: a login page must not cost what an earlier download
        # brought.
        if begin == 0 and (
            first.lstrip()[:1] == b"<" or "html" in response.headers.get("Content-Type", "")
        ):
            raise self._portal()
        length = response.headers.get("Content-Length", "")
        if length.isdecimal():
            self.meter.expected[self.file.name] = begin + int(length)
        size = begin
        with self.part.open("ab" if begin else "wb") as out:
            for chunk in chain((first,), chunks):
                out.write(chunk)
                size += len(chunk)
                if size > self.file.payload + SLACK:
                    raise DamagedError("is larger than it should be")
                self.meter.count(self.file, size, len(chunk), self.host)
                self._check_cancelled()

    def _check_status(self, response: requests.Response) -> None:
        status = response.status_code
        if status in (200, 206):
            return
        if status == 511:
            raise self._portal()
        if status in (404, 410):
            raise _MirrorError(
                f"{self.host} does not have {self.file.gzipped} any more ({status}): see whether there is a newer "
                "Glassbox, or put the files into a folder yourself and let GLASSBOX_DATA_DIR name it"
            )
        if status == 429 or status >= 500:
            raise _MirrorError(
                f"{self.host} is busy or out of order ({status}): download again in a few minutes",
                passing=True,
            )
        raise _MirrorError(
            f"{self.host} refused to send {self.file.gzipped} ({status}): a filter may forbid it, so try in another "
            "network"
        )

    def _portal(self) -> _MirrorError:
        return _MirrorError(
            f"a web page came instead of {self.file.gzipped} from {self.host}: the network may want you to log in, so "
            "open any web page in your browser, log in there, then download again"
        )
