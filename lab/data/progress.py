"""A meter counts the bytes of a download file by file, and reports at most ten times a second."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.data.cache import measure
from lab.data.sources import DataFile, Source


@dataclass(frozen=True)
class Progress:
    """How far the download of a whole set has come.

    `done`, `total`: bytes here, and in all as far as known; `mirror`: the host that sends them.
    While another process downloads the same set, `waiting` is set, and `file` and `mirror` are
    empty.
    """

    file: str
    done: int
    total: int
    per_second: float
    mirror: str
    waiting: bool = False


class Meter:
    """Counts the bytes of a set in a folder and hands a Progress to `report`."""

    def __init__(
        self, folder: Path, source: Source, report: Callable[[Progress], None] | None = None
    ) -> None:
        self.folder, self.source, self.report = folder, source, report
        self.done: dict[str, int] = {}
        self.expected: dict[str, int] = {}
        self.arrived, self.reported = 0, 0.0  # bytes in this download; when it was last reported
        self.start()

    def start(self) -> None:
        """Counts what lies in the folder, and starts the clock."""
        self.started = time.monotonic()
        for file in self.source.files:
            self.done[file.name], self.expected[file.name] = measure(self.folder, file)

    def wait(self) -> None:
        """Reports that another process downloads into the folder."""
        self.start()
        self._report(waiting=True)

    def count(self, file: DataFile, size: int, new: int, mirror: str) -> None:
        """Notes that `file` has reached `size` bytes, of which `new` have just come in."""
        self.done[file.name] = size
        self.expected[file.name] = max(size, self.expected[file.name])
        self.arrived += new
        if time.monotonic() - self.reported >= 0.1:
            self._report(file.name, mirror)

    def finish(self, file: DataFile, mirror: str) -> None:
        """Notes that `file` is whole."""
        self.expected[file.name] = self.done[file.name]
        self._report(file.name, mirror)

    def _report(self, file: str = "", mirror: str = "", waiting: bool = False) -> None:
        self.reported = time.monotonic()
        per_second = self.arrived / max(self.reported - self.started, 1e-3)
        if self.report:
            done, total = sum(self.done.values()), sum(self.expected.values())
            self.report(Progress(file, done, total, per_second, mirror, waiting))
