"""One file from one mirror: streamed, cancellable, continued where it broke off, and checked.

Whatever a network or a server may do wrong becomes a sentence for the person who waits.
"""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3

from lab.data.cache import DamagedError, DownloadError, unwrap
from lab.data.progress import Meter
from lab.data.sources import DataFile

CHUNK = 16 * 1024  # bytes: a slow line fills it in a second or so, within which one can cancel
SLACK = 64 * 1024  # bytes by which a file may exceed its payload before it cannot be the right one


class DownloadCancelled(Exception):  # noqa: N818 (nothing went wrong)
    """The caller asked to stop; what has come in is kept for the next time."""


class MirrorError(DownloadError):
    """One mirror did not deliver; `passing`: it may do so if asked again."""

    def __init__(self, sentence: str, passing: bool = False) -> None:
        super().__init__(sentence)
        self.passing = passing


@dataclass(frozen=True)
class Patience:
    """Seconds: between attempts at one mirror (one more than pauses), to connect, and for bytes."""

    pauses: tuple[float, ...] = (0.5, 2.0)
    connect: float = 6.0
    read: float = 15.0


PATIENCE = Patience()


@dataclass
class FileDownloader:
    """Brings one file from one mirror: what pooch calls a downloader."""

    file: DataFile
    folder: Path
    mirror: str
    meter: Meter
    cancelled: Callable[[], bool]
    patience: Patience

    def __post_init__(self) -> None:
        self.host = urlsplit(self.mirror).netloc
        # a part is continued only from its own mirror: another may have gzipped differently
        key = hashlib.sha256(self.mirror.encode()).hexdigest()[:8]
        self.part = self.folder / f"{self.file.gzipped}.{key}.part"
        self.joined = False  # whether the part came over more than one connection

    def __call__(self, url: str, output: str, _shelf: object) -> None:
        """Download `url` into the `.part` file, check it, and only then move it to `output`."""
        started_over = False
        while True:
            try:
                self._stream_patiently(url)
                unwrap(self.part, self.file)
                break
            except DamagedError as damage:
                self.part.unlink()
                if started_over or not self.joined:
                    raise MirrorError(
                        f"{self.file.gzipped} from {self.host} {damage} and was thrown away: "
                        "download again later, or in another network if this one changes what it "
                        "lets through"
                    ) from damage
                started_over = True  # the two pieces may not have been of the same file
        self.meter.finish(self.file, self.host)
        os.replace(self.part, output)
        for other in self.folder.glob(f"{self.file.gzipped}.*.part"):
            other.unlink()

    def _stream_patiently(self, url: str) -> None:
        for pause in self.patience.pauses:
            try:
                return self._stream(url)
            except MirrorError as failure:
                if not failure.passing:
                    raise
            self._sleep(pause)
        return self._stream(url)

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._check_cancelled()
            time.sleep(min(left, 0.1))

    def _check_cancelled(self) -> None:
        if self.cancelled():
            raise DownloadCancelled

    def _stream(self, url: str) -> None:
        """Make one request that goes on where the `.part` file ends."""
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
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self._connection_error(error) from error

    def _connection_error(self, error: Exception) -> MirrorError:
        if isinstance(error, requests.exceptions.SSLError):
            return MirrorError(
                f"no secure connection to {self.host} was possible: see whether this computer's "
                "clock is right, and whether the network wants you to log in first"
            )
        if isinstance(error, requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
            return MirrorError(
                f"{self.host} stopped answering: download again, and it goes on where it stopped",
                passing=True,
            )
        if isinstance(error, requests.exceptions.ConnectionError):
            return MirrorError(
                f"{self.host} cannot be reached: see whether this computer is online, then "
                "download again",
                passing=True,
            )
        if isinstance(error, requests.exceptions.RequestException):  # such as redirects in a circle
            return MirrorError(
                f"asking {self.host} led nowhere: the network may want you to log in, so open any "
                "web page in your browser, log in there, then download again"
            )
        return MirrorError(
            f"the connection to {self.host} broke: download again, and it goes on where it stopped",
            passing=True,
        )

    def _save(self, response: requests.Response, held: int) -> None:
        self._check_status(response)
        begin = held if response.status_code == 206 else 0
        if begin and not response.headers.get("Content-Range", "").startswith(f"bytes {begin}-"):
            raise DamagedError("came from another place than asked for")
        chunks = response.raw.stream(CHUNK, decode_content=False)
        first = next(chunks, b"")
        # checked before the file is opened: a login page must not cost what came in earlier
        html = first.lstrip()[:1] == b"<" or "html" in response.headers.get("Content-Type", "")
        if begin == 0 and html:
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
            raise MirrorError(
                f"{self.host} does not have {self.file.gzipped} any more ({status}): see whether "
                "there is a newer Glassbox, or put the files into a folder yourself and let "
                "GLASSBOX_DATA_DIR name it"
            )
        if status == 429 or status >= 500:
            raise MirrorError(
                f"{self.host} is busy or out of order ({status}): download again in a few minutes",
                passing=True,
            )
        raise MirrorError(
            f"{self.host} refused to send {self.file.gzipped} ({status}): a filter may forbid it, "
            "so try in another network"
        )

    def _portal(self) -> MirrorError:
        return MirrorError(
            f"a web page came instead of {self.file.gzipped} from {self.host}: the network may "
            "want you to log in, so open any web page in your browser, log in there, then "
            "download again"
        )
