"""A download that runs in the background of the server; every page that waits for it can watch or
stop it.
"""

import threading
from dataclasses import dataclass, field

from lab.data import cache, download
from lab.data.cache import DownloadError
from lab.data.mirror import DownloadCancelled
from lab.data.progress import Progress


@dataclass
class Fetch:
    """A download under way, or its end."""

    name: str
    progress: Progress | None = None
    error: Exception | None = None
    finished: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def share(self) -> float:
        """The share of its bytes that have come in, 0 to 1."""
        p = self.progress
        return min(p.done / p.total, 1.0) if p and p.total else 0.0

    @property
    def text(self) -> str:
        """Bytes, rate and mirror as a sentence for the page."""
        p = self.progress
        if p is None:
            return "Asking for the files ..."
        amount = f"{p.done / 1e6:.1f} of {p.total / 1e6:.1f} MB"
        if p.waiting:
            return f"{amount}, brought by another Glassbox on this computer"
        return f"{amount}, {p.per_second / 1e6:.1f} MB a second, from {p.mirror}"

    def cancel(self) -> None:
        """Stops it; what has come in is kept, and the next download goes on from there."""
        self._stop.set()

    def run(self) -> None:
        """Download; if that fails, keep the reason for the page."""
        try:
            download.download(self.name, self._report, self._stop.is_set)
        except DownloadCancelled:
            self.progress = None
        except DownloadError as error:
            self.error = error
        finally:
            self.finished = True

    def _report(self, progress: Progress) -> None:
        self.progress = progress


def megabytes(name: str) -> float:
    """Return how much of a set is still to be downloaded, as text for a button."""
    state = cache.state(name)
    return (state.total - state.done) / 1e6


_current: dict[str, Fetch] = {}
_lock = threading.Lock()


def current(name: str) -> Fetch | None:
    """The newest download of `name` in this process, under way or ended, or None."""
    return _current.get(name)


def begin(name: str) -> Fetch:
    """Starts a download, or joins the one under way."""
    with _lock:
        fetch = _current.get(name)
        if fetch is None or fetch.finished:
            fetch = _current[name] = Fetch(name)
            threading.Thread(target=fetch.run, daemon=True, name=f"download {name}").start()
        return fetch
