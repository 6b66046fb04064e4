"""What is kept is found again, in SQLite and in PostgreSQL alike."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.store.database import Database, StoreError
from lab.store.records import KeptRun, Snapshot
from lab.store.store import Store
from lab.store.tables import metadata, runs, visits
from tests.lab.store.conftest import new_database

pytestmark = pytest.mark.slow
MOONS = recommended("moons")
MINE, THEIRS = "1" * 64, "2" * 64


def kept(token: str = "a", visit: str = MINE, training: bool = False) -> KeptRun:
    return KeptRun(token, visit, "playground", MOONS, training, "gentle")


def snapshot(content: bytes = b"x", step: int = 1) -> Snapshot:
    clock = {"seconds": 1.5, "steps": step, "last_epoch": 0}
    return Snapshot(content, step, clock, 0.5, "Abacus, NumPy 9")


def rows(store: Store) -> int:
    with store.database.reading.connect() as connection:
        return sum(
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.tables.values()
            if table.name != "leases"  # which only a store that is shared has
        )


def test_a_run_is_found_again_as_it_was_kept_last(store: Store) -> None:
    assert store.run("a") is None
    store.keep_run(kept()).result()
    assert (store.run("a"), store.snapshot("a")) == (kept(), None)
    store.keep_run(kept(training=True))
    for step in (1, 2, 3):
        last = store.keep_snapshot(kept(training=True), snapshot(bytes(range(256)), step))
    last.result()
    assert (store.run("a"), store.snapshot("a")) == (
        kept(training=True),
        snapshot(bytes(range(256)), 3),
    )
    store.forget_run("a")
    store.writer.settle()
    assert store.run("a") is None


def test_a_run_from_the_store_goes_on_bit_for_bit(store: Store) -> None:
    run, whole = Run(MOONS), Run(MOONS)
    run.work(1e9, steps=37)
    store.keep_snapshot(kept(), snapshot(to_bytes(run), 37)).result()
    found = store.snapshot("a")
    assert found
    other = resumed(from_bytes(found.content))
    for each in (other, whole):
        each.work(1e9, steps=100 - each.position.step)
    assert np.array_equal(other.network.theta, whole.network.theta)


def test_the_last_run_that_learned_something_is_the_visits_own(store: Store) -> None:
    assert store.last_run(MINE, "playground") is None
    store.keep_snapshot(kept("old"), snapshot(step=5)).result()
    store.keep_snapshot(kept("new"), snapshot(step=7)).result()
    store.keep_run(kept("fresh")).result()
    store.keep_snapshot(kept("theirs", THEIRS), snapshot()).result()
    last = store.last_run(MINE, "playground")
    assert last
    assert (last.token, last.accuracy, last.regression) == ("new", 0.5, False)
    assert time.time() - last.changed < 60
    assert store.last_run(MINE, "digits") is None


def test_notes_drawings_and_models_are_there_in_their_order(store: Store) -> None:
    store.keep_note(MINE, "tab", "Upload")
    store.keep_note(MINE, "tab", {"chosen": ["Why", 3, None, "ä"]})
    store.keep_note(THEIRS, "tab", "Draw")
    store.keep_drawings(MINE, [b"1", b"2"])
    store.keep_drawings(MINE, [b"2", b"\x00\xff", b"1"])
    store.keep_models(MINE, "taught", {"z": b"Z", "a": b"A"})
    store.keep_models(MINE, "pin", {"p": b""})
    store.keep_models(MINE, "taught", {"b": b"B", "z": b"Z", "a": b"A2"})
    store.writer.settle()
    assert store.notes(MINE) == {"tab": {"chosen": ["Why", 3, None, "ä"]}}
    assert store.drawings(MINE) == [b"2", b"\x00\xff", b"1"]
    assert list(store.models(MINE, "taught").items()) == [("b", b"B"), ("z", b"Z"), ("a", b"A2")]
    assert store.models(MINE, "pin") == {"p": b""}
    assert store.models(THEIRS, "taught") == {}
    store.keep_note(MINE, "tab", None)
    store.keep_drawings(MINE, [])
    store.writer.settle()
    assert (store.notes(MINE), store.drawings(MINE)) == ({}, [])
    assert store.notes(THEIRS) == {"tab": "Draw"}


def test_a_note_that_is_too_large_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="too many to be kept"):
        store.keep_note(MINE, "essay", "x" * 1_000_001)


def test_forgetting_a_visit_leaves_nothing_of_it_and_all_of_the_others(store: Store) -> None:
    for visit, token in ((MINE, "a"), (THEIRS, "b")):
        store.keep_snapshot(kept(token, visit), snapshot())
        store.keep_note(visit, "tab", 1)
        store.keep_drawings(visit, [b"1"])
        store.keep_models(visit, "taught", {"a": b"A"})
    store.writer.settle()
    assert rows(store) == 12
    store.forget(MINE).result()
    assert rows(store) == 6
    assert store.run("a") is None
    assert store.run("b")
    store.keep_note(MINE, "tab", 2)  # who comes back begins anew
    store.writer.settle()
    assert store.notes(MINE) == {"tab": 2}


def test_what_is_reported_after_it_was_forgotten_is_not_kept(store: Store) -> None:
    store.keep_snapshot(kept("a"), snapshot())
    store.keep_snapshot(kept("b"), snapshot()).result()
    store.forget_run("a")
    store.keep_snapshot(kept("a"), snapshot()).result()
    assert store.run("a") is None
    store.forget(MINE)
    store.keep_snapshot(kept("b"), snapshot()).result()
    store.keep_run(kept("b")).result()
    assert rows(store) == 0


def hand_over(owner: Store, other: Store) -> None:
    owner.let_go("a")
    owner.writer.settle()
    assert other.take("a")


def test_what_another_server_has_changed_is_not_taken_for_known(postgres: str) -> None:
    trained, paused = kept("a", training=True), kept("a")
    place = new_database(postgres)
    first, second = Store(Database(place)), Store(Database(place))
    first.keep_run(trained).result()
    hand_over(first, second)
    second.keep_run(paused).result()
    assert first.run("a") == paused
    hand_over(second, first)
    first.keep_run(trained).result()
    assert second.run("a") == trained
    assert not second.take("a")  # it lives, and has it
    second.keep_snapshot(paused, snapshot()).result()
    assert (second.run("a"), second.snapshot("a")) == (trained, None)
    first.close()  # who ends leaves what it has to others
    assert second.take("a")
    second.close()


def test_what_a_visit_made_after_another_server_forgot_it_grows_old_as_all_else(
    store: Store,
) -> None:
    store.keep_note(MINE, "tab", 1)
    gone = visits.delete().where(visits.c.id == MINE)
    store.writer.submit(lambda connection: connection.execute(gone) and None).result()
    store.sweep()
    assert store.notes(MINE) == {"tab": 1}
    seen_days_ago(store, MINE, 30.1)
    store.sweep()
    assert rows(store) == 0


def seen_days_ago(store: Store, visit: str, days: float) -> None:
    when = time.time() - days * 24 * 3600
    change = visits.update().where(visits.c.id == visit).values(seen=when)
    store.writer.submit(lambda connection: connection.execute(change) and None).result()


def test_a_visit_that_was_not_here_for_thirty_days_expires(store: Store) -> None:
    store.keep_snapshot(kept("a"), snapshot())
    store.keep_snapshot(kept("b", THEIRS), snapshot()).result()
    seen_days_ago(store, MINE, 30.1)
    seen_days_ago(store, THEIRS, 29.9)
    store.sweep()
    assert (store.run("a"), bool(store.run("b"))) == (None, True)
    assert store.forget_older(7) == 1
    assert store.run("b") is None
    assert rows(store) == 0


def test_where_all_is_too_much_the_oldest_runs_go(store: Store) -> None:
    for number in range(6):
        store.keep_snapshot(kept(str(number)), snapshot(bytes(1000))).result()
    touched = runs.update().where(runs.c.token == "0").values(changed=time.time() + 1)
    store.writer.submit(lambda connection: connection.execute(touched) and None).result()
    store.sweep(most=2500)
    with store.database.reading.connect() as connection:
        assert set(connection.scalars(select(runs.c.token))) == {"0", "5"}


def test_three_hundred_callers_lose_nothing(store: Store) -> None:
    def call(number: int) -> None:
        for step in range(3):
            store.keep_snapshot(kept(f"{number}"), snapshot(step=step + 1))
        store.keep_note(f"{number:064}", "n", number)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.writer.settle(20)
    for number in range(300):
        found = store.snapshot(f"{number}")
        assert found
        assert found.step == 3
        assert store.notes(f"{number:064}") == {"n": number}


def test_what_fails_takes_nothing_else_with_it(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait(_: object) -> None:
        started.set()
        go_on.wait(10)

    store.writer.submit(wait)
    started.wait(10)  # what comes now is one batch
    before = store.keep_run(kept("a"))
    bad = store.writer.submit(
        lambda connection: connection.execute(runs.insert(), [{"token": "x"}])
    )
    worse = store.writer.submit(lambda _: {}["nothing"])
    after = store.keep_run(kept("b"))
    go_on.set()
    before.result()
    after.result()
    with pytest.raises(StoreError):
        bad.result()
    with pytest.raises(StoreError, match="broke"):
        worse.result()
    assert store.run("a")
    assert store.run("b")
    assert "KeyError" in capsys.readouterr().err
    assert not store.keep_run(kept("c")).result()
    assert store.problem == ""


def test_what_is_kept_and_cannot_be_read_is_said(store: Store) -> None:
    store.keep_run(kept()).result()
    worse = runs.update().values(experiment='{"dataset": "Warp(9)"}')
    store.writer.submit(lambda connection: connection.execute(worse) and None).result()
    with pytest.raises(StoreError, match="cannot be read"):
        store.run("a")


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


@given(name=NAMES, value=st.recursive(st.none() | st.booleans() | st.integers() | NAMES, st.lists))
def test_whatever_json_can_say_is_kept(name: str, value: object, shared_file: Store) -> None:
    shared_file.keep_note(MINE, name, value)
    shared_file.writer.settle()
    assert shared_file.notes(MINE).get(name) == value
