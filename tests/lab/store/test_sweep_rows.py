"""Sweeps are found again, in SQLite and in PostgreSQL alike, and deleted with their visit."""

import pytest

from lab.store.records import KeptSweep
from lab.store.store import Store
from tests.lab.store.test_store import MINE, THEIRS, rows

pytestmark = pytest.mark.slow
PLAN = {"base": {}, "axes": ["units=1|2"], "seeds": 1, "random": 0}


def kept(token: str = "a", visit: str = MINE, created: float = 1.0) -> KeptSweep:
    return KeptSweep(token, visit, "Rate “against” width", PLAN, "running", created)


def test_a_sweep_is_found_again_with_what_its_trials_came_to(store: Store) -> None:
    assert store.sweeps.of_visit(MINE) == []
    store.sweeps.keep(kept("old"))
    store.sweeps.keep(kept("new", created=2.0))
    store.sweeps.keep(kept("theirs", THEIRS))
    store.sweeps.keep_outcome("new", 7, {"status": "finished", "last": [1, 0.5]})
    store.sweeps.keep_outcome("new", 7, {"status": "finished", "last": [1, 0.25]})
    store.sweeps.keep_outcome("new", 8, {"status": "diverged", "last": None})
    store.sweeps.keep_status("new", "ended").result()
    new, old = store.sweeps.of_visit(MINE)
    assert (new.token, old.token, new.status, old.status) == ("new", "old", "ended", "running")
    assert (new.plan, new.created, old.outcomes) == (PLAN, 2.0, {})
    assert new.outcomes == {
        7: {"status": "finished", "last": [1, 0.25]},
        8: {"status": "diverged", "last": None},
    }
    assert {each.token for each in store.sweeps.at("running")} == {"old", "theirs"}


def test_forgetting_a_sweep_or_its_visit_leaves_no_row(store: Store) -> None:
    before = rows(store)
    for token, visit in (("a", MINE), ("b", MINE), ("c", THEIRS)):
        store.sweeps.keep(kept(token, visit))
        store.sweeps.keep_outcome(token, 0, {"status": "finished"}).result()
    store.sweeps.forget("a")
    store.forget(MINE).result()
    store.sweeps.keep_outcome("b", 1, {"status": "finished"})  # of a trial that was under way
    store.sweeps.keep_status("b", "ended").result()
    assert store.sweeps.of_visit(MINE) == []
    assert [each.token for each in store.sweeps.of_visit(THEIRS)] == ["c"]
    store.forget(THEIRS).result()
    assert rows(store) == before


def test_a_plan_that_is_too_large_is_refused_in_a_sentence(store: Store) -> None:
    large = KeptSweep("a", MINE, "x", {"base": "x" * 300_000}, "running", 1.0)
    with pytest.raises(ValueError, match="letters to write down, and 200,000 is the most"):
        store.sweeps.keep(large)
