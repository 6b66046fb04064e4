"""Where a run is trained: in a worker that many share, or in one of its own where it is heavy; and
where neither has room, it waits in a queue.

A step cannot be interrupted. Beside a heavy run others would wait for each of its steps, so it has
a process to itself, at the lowest priority: what it does cannot slow them, and if it fails it fails
alone.
"""

import os
from collections.abc import Iterable

from lab.runs.cost import Cost, most_bytes
from lab.workers.handle import Handle
from lab.workers.process import WorkerProcess

MAX_RUNS = 64
MOST_ALONE = 2  # heavy runs at once
HEAVY_STEP = 0.1  # seconds
HEAVY_PAUSE = 1.0  # seconds without handing back control, which is for measuring
HEAVY_BYTES = 250_000_000
TOLERABLE = 3  # times as heavy may be who shares a worker where no process of their own is left
SHARED = 2  # budgets of one run that a shared worker may take,
SHARE = 0.2  # or so much of the computer's memory, where that is more


def is_heavy(cost: Cost, times: float = 1.0) -> bool:
    """Return whether a run of this cost should have a process to itself, or is even so many times
    as heavy as that.
    """
    slow = cost.seconds > times * HEAVY_STEP or cost.longest > times * HEAVY_PAUSE
    return slow or cost.bytes > times * HEAVY_BYTES


def shared_memory() -> float:
    """Return how many bytes the runs of one shared worker may take."""
    known = hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if known else 0
    return max(SHARED * most_bytes(), SHARE * whole)


def memory_of(handles: Iterable[Handle]) -> float:
    """Return the bytes that runs take in one process, of which one at a time measures."""
    costs = [handle.cost for handle in handles]
    measuring = max((cost.bytes - cost.kept for cost in costs), default=0.0)
    return sum(cost.kept for cost in costs) + measuring


def shared_place(
    processes: Iterable[WorkerProcess], awake: list[Handle], new: Handle
) -> WorkerProcess | None:
    """Return the shared worker with the fewest runs in which there is memory for a new one."""
    best: tuple[bool, int] | None = None
    found = None
    for process in processes:
        there = [handle for handle in awake if handle.worker is process]
        load = process.doubtful, len(there)
        fits = memory_of([*there, new]) <= shared_memory()
        if not process.alone and fits and (best is None or load < best):
            best, found = load, process
    return found
