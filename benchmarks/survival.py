"""What a plug that is pulled costs: kills workers and servers under a page in Chromium, and tells
how soon its run trains on, and how far behind.

`python -m benchmarks.survival --times 20`
"""

import argparse
import os
import random
import signal
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.serving import BOARD, Server, browser, serving

PACE = 1000  # steps a second
STILL = 0.2  # seconds
BEFORE = 3.0, 6.0  # seconds of training before each kill: at any moment between two snapshots


def step_of(page: Any) -> tuple[float, bool]:
    """The step that the page shows, and whether it is connected."""
    board = page.evaluate(BOARD) or {}
    return float(board.get("step") or "nan"), board.get("connection") == "socket"


def recovery(page: Any, kill: Callable[[], None]) -> tuple[float, float]:
    """Seconds until the run trains on, and how many seconds of training it has lost.

    At this pace every frame has a new step: one that stays for STILL seconds, or falls, tells that
    nobody trains.
    """
    page.wait_for_timeout(1000 * random.uniform(*BEFORE))
    last, _ = step_of(page)
    start = changed = time.perf_counter()
    stood = False
    kill()
    while (now := time.perf_counter()) - start < 60:
        step, connected = step_of(page)
        if not stood and (step < last or not connected or now - changed > STILL):
            stood, last = True, max(step, last)
            first = step if step < last else None
        elif not stood and step > last:
            last, changed = step, now
        elif stood and connected and step > 0 and step != last:
            if first is not None and step > first:
                return time.perf_counter() - start, max(0.0, last - first) / PACE
            first = step
        page.wait_for_timeout(10)
    raise RuntimeError(f"it did not go on: {page.evaluate(BOARD)}")


def kill_workers(server: Server) -> None:
    """Kill all workers at once."""
    for pid in server.children():
        os.kill(pid, signal.SIGKILL)


def restart(server: Server) -> None:
    """Kill the server, and start it again at once."""
    server.kill()
    server.start()


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args(arguments).times
    figures: dict[str, float] = {}
    with serving() as server, browser() as chromium:
        page = chromium.new_page()
        page.goto(f"{server.url}/playground")
        page.get_by_role("combobox", name="Speed").click()
        page.keyboard.type("1,000 steps")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Train", exact=True).first.click()
        kills = {"worker": lambda: kill_workers(server), "server": lambda: restart(server)}
        for name, kill in kills.items():
            seconds, behind = zip(*(recovery(page, kill) for _ in range(times)), strict=True)
            figures |= {
                f"{name}_median_s": statistics.median(seconds),
                f"{name}_worst_s": max(seconds),
                f"{name}_most_behind_s": max(behind),
            }
            print(f"{name}: {len(seconds)} of {times} went on", flush=True)
    print("  ".join(f"{name} {value:.2f}" for name, value in figures.items()))
    return figures


if __name__ == "__main__":
    main()
