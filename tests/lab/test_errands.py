"""Errands are done beside the server: within their time and memory, one after the other, or with a
sentence.
"""

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from lab import errands
from lab.errands import ErrandError, Errands, do_errand
from tests.lab import errand_samples as samples


@pytest.fixture(scope="module")
def two() -> Iterator[Errands]:
    places = Errands(seconds=20, memory=100_000_000)
    yield places
    places.close()


@pytest.fixture
def hasty() -> Iterator[Errands]:
    places = Errands(places=1, seconds=20)
    assert places.do(samples.add, 1, 2) == 3  # it has begun
    places.seconds = 0.3
    yield places
    places.close()


def test_it_is_done_in_another_process(two: Errands) -> None:
    assert two.do(samples.add, 1, 2) == 3
    assert two.do(samples.process) in {place.pid for place in two.places} - {os.getpid()}
    assert two.do(samples.speak) == "heard"


def test_what_it_raises_is_raised_here_and_the_process_goes_on(two: Errands) -> None:
    before = {place.pid for place in two.places}
    with pytest.raises(ValueError, match="no such digit"):
        two.do(samples.refuse, "no such digit")
    with pytest.raises(RuntimeError, match="pickle"):
        two.do(samples.unsendable)
    assert {place.pid for place in two.places} == before


def test_what_is_yielded_is_told_on_the_way(two: Errands) -> None:
    told: list[int] = []
    assert two.do(samples.steps, 4, step=told.append) == 4
    assert told == [0, 1, 2, 3]


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no limit of memory here")
@pytest.mark.parametrize("errand", [samples.take, samples.take_and_hide])
def test_too_much_memory_gets_a_sentence_and_its_limit(two: Errands, errand: Any) -> None:
    with pytest.raises(ErrandError, match="too much memory, more than 100 MB"):
        two.do(errand, 400_000_000)
    assert two.do(samples.take, 50_000_000) == 50_000_000


@pytest.mark.parametrize("errand", [lambda: (samples.sleep, 60.0), lambda: (samples.stop,)])
def test_what_takes_too_long_is_ended_and_replaced(hasty: Errands, errand: Any) -> None:
    place = hasty.places[0]
    before, start = place.pid, time.monotonic()
    with pytest.raises(ErrandError, match=r"too long, more than 0\.3 seconds"):
        hasty.do(*errand())
    assert time.monotonic() - start < 10
    assert place.pid != before
    assert not psutil.pid_exists(before)
    hasty.seconds = 20
    assert hasty.do(samples.add, 2, 3) == 5


def test_a_process_that_dies_is_replaced(two: Errands) -> None:
    with pytest.raises(ErrandError, match="has ended the process"):
        two.do(samples.die)
    assert two.do(samples.add, 4, 5) == 9


def test_whoever_waits_hears_their_position_and_comes_in_turn() -> None:
    places, order, heard = Errands(places=1, seconds=30), list[int](), dict[int, list[int]]()
    places.do(samples.add, 1, 1)

    def come(number: int) -> None:
        heard[number] = []
        places.do(samples.sleep, 0.4, waiting=heard[number].append)
        order.append(number)

    threads = [threading.Thread(target=come, args=(n,)) for n in range(4)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(places._queue) < number and thread.is_alive():
            time.sleep(0.005)
    for thread in threads:
        thread.join()
    places.close()
    assert order == [0, 1, 2, 3]
    assert heard[0] == []
    assert heard[3][0] == 3
    assert heard[3] == sorted(heard[3], reverse=True)
    assert heard[3][-1] == 0


def test_who_leaves_the_queue_is_in_nobodys_way() -> None:
    places = Errands(places=1, seconds=30)
    busy = threading.Thread(target=places.do, args=(samples.sleep, 1.0))
    busy.start()

    def leave(_position: int) -> None:
        raise KeyboardInterrupt

    while places._free:
        time.sleep(0.005)
    with pytest.raises(KeyboardInterrupt):
        places.do(samples.add, 1, 2, waiting=leave)
    assert places.do(samples.add, 1, 2) == 3
    busy.join()
    places.close()


def test_a_queue_that_is_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "MOST_WAITING", 0)
    places = Errands(places=0)
    with pytest.raises(ErrandError, match="others are waiting"):
        places.do(samples.add, 1, 2)


def test_a_process_that_has_grown_is_replaced() -> None:
    places = Errands(places=1, seconds=60)
    before = places.places[0].pid
    places.do(samples.take, 400_000_000)
    grown = os.path.exists("/proc/self/status")
    assert (places.places[0].pid != before) == grown
    places.close()


def test_without_places_it_is_done_here() -> None:
    told: list[int] = []
    assert do_errand(samples.process) == os.getpid()
    assert do_errand(samples.steps, 3, step=told.append) == 3
    assert told == [0, 1, 2]
