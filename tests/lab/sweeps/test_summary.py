"""What a sweep has found: the middle and the spread of every combination."""

from lab.runs.history import Epoch
from lab.sweeps.summary import best_outcome, cells, ranked, settings_text
from lab.sweeps.trials import Outcome
from tests.lab.sweeps.spinning import moons

SWEEP = moons("noise=0|0.1", "layers=|3", seeds=3)


def outcome(number: int, loss: float, best: float = 9.0, status: str = "finished") -> Outcome:
    last, row = Epoch(5, 0.0, loss, 0.1, loss, 0.2), Epoch(2, 0.0, best, 0.1, best, 0.3)
    sound = status == "finished"
    return Outcome(number, status, "", last if sound else None, row if sound else None)


def test_each_combination_has_the_median_and_the_spread_of_its_seeds() -> None:
    outcomes = {n: outcome(n, loss) for n, loss in ((0, 0.5), (4, 0.1), (8, 0.3), (1, 0.7))}
    first, second, third, _ = cells(SWEEP, outcomes, "test_loss")
    assert first.settings == {"noise": "0", "layers": ""}
    assert (first.median, first.spread, first.ended) == (0.3, (0.1, 0.5), 3)
    assert first.middle is SWEEP.trials[8]
    assert (second.median, second.ended, len(second.trials)) == (0.7, 1, 3)
    assert (third.median, third.spread, third.ended) == (None, None, 0)
    assert third.middle is SWEEP.trials[2]
    assert cells(SWEEP, outcomes, "test_loss", best=True)[0].median == 9.0


def test_a_combination_most_of_which_diverged_has_no_median() -> None:
    outcomes = {0: outcome(0, 0.1), 4: outcome(4, 0, status="diverged")}
    assert cells(SWEEP, outcomes, "test_loss")[0].median == 0.1
    outcomes[8] = outcome(8, 0, status="diverged")
    cell = cells(SWEEP, outcomes, "test_loss")[0]
    assert (cell.median, cell.diverged, cell.ended) == (None, 2, 3)
    outcomes[8] = outcome(8, 0, status="failed")
    assert cells(SWEEP, outcomes, "test_loss")[0].failed == 1


def test_the_best_come_first_whether_more_or_less_is_better() -> None:
    outcomes = {n: outcome(n, loss) for n, loss in ((0, 0.5), (1, 0.2), (2, 0.9))}
    found = cells(SWEEP, outcomes, "test_loss")
    assert [cell.median for cell in ranked(found, "test_loss")] == [0.2, 0.5, 0.9]
    assert [cell.median for cell in ranked(found, "train_accuracy")] == [0.9, 0.5, 0.2]


def test_the_best_trial_has_the_lowest_test_loss_of_any_epoch() -> None:
    assert best_outcome([]) is None
    outcomes = [outcome(0, 0.1, 0.1), outcome(1, 5.0, 0.05), outcome(2, 0, status="diverged")]
    best = best_outcome(outcomes)
    assert best
    assert best.number == 1


def test_a_combination_is_written_in_a_line() -> None:
    assert settings_text({"units": "2", "layers": ""}) == "units 2, layers none"
