"""A pool with real processes, and pages that watch its runs."""

from collections.abc import Callable, Iterator

import psutil
import pytest

from lab.runs.experiment import Experiment
from lab.workers.pool import Pool
from tests.lab.workers.watcher import FOREVER, Watcher


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool()
    pids = [process.pid for process in pool.processes]
    yield pool
    pids += [process.pid for process in pool.processes]
    pool.close()
    assert not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids
    )


@pytest.fixture
def watch(pool: Pool) -> Iterator[Callable[..., Watcher]]:
    watchers: list[Watcher] = []

    def start(experiment: Experiment = FOREVER, **options: object) -> Watcher:
        watchers.append(Watcher(pool, experiment, **options))
        return watchers[-1]

    yield start
    for watcher in watchers:
        watcher.close()
