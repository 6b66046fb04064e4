"""What is on its way to a worker that reads slowly, or not at all."""

import os
import pickle
import threading
import time
from collections.abc import Callable

import pytest

from lab.frames.view import View
from lab.workers import pipe as module
from lab.workers.messages import Command, Drop, Look, Paint, Touch, Train
from lab.workers.pipe import Pipe


class Reader:
    """The other end."""

    def __init__(self, overflowed: Callable[[], None] = lambda: None) -> None:
        ours, theirs = os.pipe()
        self.file = os.fdopen(ours, "rb")
        self.pipe = Pipe(os.fdopen(theirs, "wb"), overflowed)

    def rest(self) -> list[Command]:
        """All that comes until the pipe is closed."""
        found = []
        with self.file:
            while True:
                try:
                    found.append(pickle.load(self.file))
                except EOFError:
                    return found


def fill(reader: Reader) -> None:
    """Sends so much that the thread that writes has to wait, in the midst of it."""
    for number in range(4):
        reader.pipe.send(Train("x" * 60_000 + str(number), True))
    until(lambda: len(reader.pipe._waiting) < 3)


def until(reached: Callable[[], bool]) -> None:
    start = time.perf_counter()
    while not reached():
        assert time.perf_counter() - start < 10
        time.sleep(0.002)


def test_commands_come_in_their_order_and_all_before_it_is_closed() -> None:
    reader = Reader()
    sent: list[Command] = [Train(str(number), True) for number in range(1000)]
    for command in sent:
        reader.pipe.send(command)
    reader.pipe.close()
    reader.pipe.send(Drop("late"))
    assert reader.rest() == sent


def test_nobody_waits_and_wishes_of_which_the_newest_counts_are_merged() -> None:
    reader = Reader()
    fill(reader)
    start = time.perf_counter()
    for number in range(20_000):
        reader.pipe.send(Paint("mine"))
        reader.pipe.send(Touch("mine"))
        reader.pipe.send(Look("mine", View(at=number)))
        reader.pipe.send(Paint("yours"))
    reader.pipe.send(Train("mine", False))
    assert time.perf_counter() - start < 10
    assert len(reader.pipe._waiting) < 10
    reader.pipe.close()
    late = [command for command in reader.rest() if len(command.token) < 10]
    assert late == [
        Paint("mine"),
        Touch("mine"),
        Look("mine", View(at=19_999)),
        Paint("yours"),
        Train("mine", False),
    ]


def test_who_reads_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 50)
    given_up = threading.Event()
    reader = Reader(given_up.set)
    fill(reader)
    for number in range(60):
        reader.pipe.send(Train(str(number), True))
    assert given_up.is_set()
    reader.pipe.send(Train("late", True))
    assert not reader.pipe._waiting
    reader.file.close()  # as when the process is ended


def test_bytes_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1_000_000)
    given_up = threading.Event()
    reader = Reader(given_up.set)
    fill(reader)
    sent = 0
    while not given_up.is_set():
        sent += 1
        reader.pipe.send(Train("x" * 100_000, True))
        reader.pipe.send(Paint("one" * 100_000))  # which is merged, and counted once
    assert 4 <= sent <= 8
    reader.file.close()


def test_a_reader_that_has_gone_is_nobodys_trouble() -> None:
    reader = Reader()
    reader.file.close()
    for number in range(100):
        reader.pipe.send(Train(str(number), True))
    until(lambda: reader.pipe._closed)
    reader.pipe.send(Train("late", True))
    reader.pipe.close()
