"""A short form of `python -m benchmarks chaos`: clients that speak the protocol, and no browser."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import chaos

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="its full disk is a limit that Linux has"),
]


def test_whatever_some_do_others_train_on() -> None:
    # in a thread of its own: a browser's tests have an event loop in this one
    with ThreadPoolExecutor(1) as thread:
        figures = thread.submit(chaos.run, users=4, seconds=14, seed=3).result()
    assert sum(figures["attacks"].values()) >= 3
    assert figures["clicks"] > 20
    assert not figures["errors"], figures["what_went_wrong"]
    assert figures["runs_lost"] == 0
    assert figures["tracebacks"] == 0, figures["last_traceback"]
    assert figures["frames_min"] > 1
