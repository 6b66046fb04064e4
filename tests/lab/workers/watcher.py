"""A stand-in for a page that watches a run of a pool."""

import json
import struct
import time
from collections.abc import Callable

from lab.runs.experiment import Experiment
from lab.runs.presets import recommended
from lab.workers.handle import Handle
from lab.workers.pool import Pool

FOREVER = recommended("spiral").changed(epochs=10**6)


def header(frame: bytes) -> dict[str, object]:
    """What a frame says in words and numbers."""
    (length,) = struct.unpack("<I", frame[:4])
    return dict(json.loads(frame[4 : 4 + length]))


class Watcher:
    """A page that asks for a frame as soon as it has the last."""

    def __init__(self, pool: Pool, experiment: Experiment, **options: object) -> None:
        self.pool = pool
        self.token = pool.start(experiment, **options)  # type: ignore[arg-type]
        handle = pool.watch(self.token, self.look)
        assert handle
        self.handle: Handle = handle
        pool.paint(self.token)

    def look(self) -> None:
        self.pool.paint(self.token)

    def header(self) -> dict[str, object]:
        return header(self.handle.frame)

    def step_now(self) -> int:
        """At which step the run is, whether or not anybody looks."""
        frame = self.pool.frame(self.token)
        assert frame
        return int(str(header(frame)["step"]))

    def rests(self) -> bool:
        """Whether it makes no step in a third of a second, in which it would make hundreds."""
        step = self.step_now()
        time.sleep(0.3)
        return self.step_now() == step

    def until(self, reached: Callable[[], bool], seconds: float = 60.0) -> float:
        """Waits for a state; returns how long it took."""
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            if self.handle.frame and reached():
                return time.perf_counter() - start
            time.sleep(0.002)
        raise AssertionError(f"not within {seconds} s: {self.handle}")

    def close(self) -> None:
        self.pool.unwatch(self.handle, self.look)
        self.pool.drop(self.token)
