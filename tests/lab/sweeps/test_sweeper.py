"""Sweeps of visits: trained in turn, kept in the store, and gone on with after any kill."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lab.store.database import Database
from lab.store.records import KeptSweep
from lab.store.store import Store
from lab.sweeps import sweeper as module
from lab.sweeps.sweeper import ENDED, RUNNING, STOPPED, LiveSweep, Sweeper, SweepError
from lab.sweeps.trials import FAILED, Outcome, train_trial
from tests.lab.cli.running import ROOT
from tests.lab.sweeps.spinning import moons

pytestmark = pytest.mark.slow
MINE, THEIRS = "1" * 64, "2" * 64
TEN = moons("units=4|8", "learning_rate=0.003|0.01|0.03|0.1|1", epochs=60)
SHORT = moons("units=2|3", epochs=2)


@pytest.fixture
def sweeper() -> Iterator[Sweeper]:
    sweeper = Sweeper()
    yield sweeper
    sweeper.close()


@pytest.fixture
def kept(sweeper: Sweeper, tmp_path: Path) -> Iterator[Sweeper]:
    sweeper.store = Store(Database(str(tmp_path / "store.db")))
    yield sweeper
    sweeper.store.close()


def until(check: Callable[[], object], seconds: float = 150) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


def figures(live: LiveSweep) -> dict[int, tuple]:
    return {n: (o.status, o.last and o.last[2:]) for n, o in sorted(live.outcomes.items())}


@pytest.fixture(scope="module")
def expected() -> dict[int, tuple]:
    outcomes = [train_trial(trial.number, trial.experiment.to_dict()) for trial in TEN.trials]
    return {o.number: (o.status, o.last and o.last[2:]) for o in outcomes}


def family(sweeper: Sweeper) -> list[psutil.Process]:
    foreman = sweeper._foreman
    return psutil.Process(foreman.pid).children(recursive=True) if foreman else []


def test_a_sweep_comes_to_the_bits_of_a_plain_loop_whatever_is_killed(
    kept: Sweeper, expected: dict[int, tuple]
) -> None:
    live = kept.begin(MINE, "ten", TEN)
    until(lambda: len(live.outcomes) >= 2)
    foreman = kept._foreman
    assert foreman
    foreman.kill()
    until(lambda: len(live.outcomes) >= 4 and family(kept))
    family(kept)[-1].kill()
    until(lambda: live.status == ENDED)
    assert figures(live) == expected
    assert kept.store
    kept.store.writer.settle()
    (row,) = kept.store.sweeps.of_visit(MINE)
    assert (row.status, len(row.outcomes)) == (ENDED, 10)


def test_visits_have_their_turns_and_a_stopped_sweep_has_none(sweeper: Sweeper) -> None:
    first = sweeper.begin(MINE, "first", moons("units=2|3", epochs=3, seeds=30))
    second = sweeper.begin(THEIRS, "second", moons("units=2|3", epochs=3, seeds=2))
    until(lambda: second.status == ENDED)
    assert len(first.outcomes) < 30
    sweeper.stop(MINE, first.token)
    until(lambda: not first.begun)
    stopped_at = len(first.outcomes)
    time.sleep(0.3)
    assert (first.status, len(first.outcomes)) == (STOPPED, stopped_at)
    sweeper.go_on(MINE, first.token)
    until(lambda: first.status == ENDED)
    assert len(first.outcomes) == 60


def test_nobody_else_may_touch_a_sweep(sweeper: Sweeper) -> None:
    live = sweeper.begin(MINE, "mine", moons("units=2|3", epochs=20, seeds=20))
    assert sweeper.get(THEIRS, live.token) is None
    sweeper.stop(THEIRS, live.token)
    sweeper.delete(THEIRS, live.token)
    assert (live.status, sweeper.of_visit(MINE)) == (RUNNING, [live])
    sweeper.delete(MINE, live.token)
    assert sweeper.of_visit(MINE) == []


def test_a_visit_has_so_many_trials_and_an_hour(sweeper: Sweeper) -> None:
    sweeper.begin(MINE, "small", SHORT)
    with pytest.raises(SweepError, match="500 trials and 2 of these are there, and this sweep has"):
        sweeper.begin(MINE, "large", moons("units=2|3", seeds=250))
    with pytest.raises(SweepError, match=r"would take about .* hours, and an hour is the most"):
        sweeper.begin(MINE, "long", moons("units=64|128", epochs=1_000_000, seeds=20))
    with pytest.raises(ValueError, match="units"):
        sweeper.begin(MINE, "none", moons("units=0|1"))
    assert len(sweeper.of_visit(MINE)) == 1


def test_what_is_forgotten_is_gone_and_comes_back_no_more(kept: Sweeper) -> None:
    live = kept.begin(MINE, "ten", TEN)
    until(lambda: live.outcomes)
    assert kept.store
    kept.drop_all_of(MINE)
    kept.store.forget(MINE).result()
    until(lambda: not kept._given)
    kept.store.writer.settle()
    assert kept.store.sweeps.of_visit(MINE) == []
    assert kept.of_visit(MINE) == []


KILLED = """
import sys, time
from lab.store.database import Database
from lab.store.records import KeptSweep
from lab.store.store import Store
from lab.sweeps.sweeper import Sweeper
from tests.lab.sweeps.test_sweeper import MINE, TEN
sweeper = Sweeper()
sweeper.store = Store(Database(sys.argv[1]))
live = sweeper.begin(MINE, "ten", TEN)
while len(live.outcomes) < 3:
    time.sleep(0.01)
sweeper.store.writer.settle()
print(len(live.outcomes), sweeper._foreman.pid, flush=True)
time.sleep(60)
"""


def test_a_killed_server_leaves_no_process_and_the_next_goes_on(
    tmp_path: Path, expected: dict[int, tuple]
) -> None:
    place = str(tmp_path / "store.db")
    server = subprocess.Popen(
        [sys.executable, "-c", KILLED, place], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    done, pid = map(int, server.stdout.readline().split())
    foreman = psutil.Process(pid)
    all_of_it = [foreman, *foreman.children(recursive=True)]
    server.kill()
    server.wait()
    server.stdout.close()
    psutil.wait_procs(all_of_it, timeout=10)
    assert not [each for each in all_of_it if each.is_running()]
    sweeper = Sweeper()
    sweeper.store = Store(Database(place))
    try:
        sweeper.resume()
        (live,) = sweeper.of_visit(MINE)
        assert done <= len(live.outcomes) < 10
        until(lambda: live.status == ENDED)
        assert figures(live) == expected
    finally:
        sweeper.close()
        sweeper.store.close()


def test_where_servers_share_a_store_a_sweep_goes_on_where_its_visit_is(
    kept: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept.store
    plan = KeptSweep("token", MINE, "short", SHORT.to_dict(), RUNNING, 1.0)
    kept.store.sweeps.keep(plan).result()
    monkeypatch.setattr(kept.store.database, "path", None)  # as of a PostgreSQL
    kept.resume()
    assert not kept._given
    (live,) = kept.of_visit(MINE)
    until(lambda: live.status == ENDED)
    assert kept.of_visit(THEIRS) == []
    monkeypatch.undo()


def test_processes_rest_when_there_is_nothing_to_do(
    sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST_AFTER", 0.2)
    live = sweeper.begin(MINE, "short", SHORT)
    until(lambda: live.status == ENDED)
    until(lambda: sweeper._foreman is None)
    again = sweeper.begin(MINE, "short", SHORT)
    until(lambda: again.status == ENDED)
    assert figures(again) == figures(live)


def test_where_no_process_can_be_begun_the_sweep_stops(
    sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOBS", "none")  # of which a foreman can make nothing
    monkeypatch.setattr(module.duration, "seconds_in_all", lambda *_: 1.0)
    monkeypatch.setattr(Sweeper, "_give_out", lambda self: None)
    live = sweeper.begin(MINE, "short", SHORT)
    with sweeper._lock:
        sweeper._give(live, 0)
    until(lambda: live.status == STOPPED)


def test_a_trial_that_fails_is_told_and_the_sweep_ends(sweeper: Sweeper) -> None:
    live = sweeper.begin(MINE, "short", SHORT)
    number = next(iter(live.begun))
    with sweeper._lock:
        serial = next(s for s, (_, n) in sweeper._given.items() if n == number)
        sweeper._take(Outcome(serial, FAILED, "too large"))
    until(lambda: live.status == ENDED)
    assert live.outcomes[number].message == "too large"
