"""What a sweep has found: for every combination of values the median over its seeds, and how far
they spread.
"""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab.runs.history import Epoch
from lab.runs.run import DIVERGED
from lab.sweeps.plan import Sweep, Trial
from lab.sweeps.trials import Outcome

# what can be compared: a column of the history, and whether more of it is better
MEASURES = {
    "test_loss": False,
    "test_accuracy": True,
    "train_loss": False,
    "train_accuracy": True,
}


@dataclass
class Cell:
    """One combination of values.

    trials: its trials, one a seed
    figures: of those that have ended well, by the trial's number
    diverged, failed: how many came to no figure, and why
    """

    settings: Mapping[str, str]
    trials: list[Trial] = field(default_factory=list)
    figures: dict[int, float] = field(default_factory=dict)
    diverged: int = 0
    failed: int = 0

    @property
    def median(self) -> float | None:
        """The middle of its figures; None where it has none, or most of its trials diverged."""
        if not self.figures or self.diverged > len(self.figures):
            return None
        return statistics.median(self.figures.values())

    @property
    def spread(self) -> tuple[float, float] | None:
        """The lowest and the highest of its figures."""
        return (min(self.figures.values()), max(self.figures.values())) if self.figures else None

    @property
    def ended(self) -> int:
        """How many of its trials have ended."""
        return len(self.figures) + self.diverged + self.failed

    @property
    def middle(self) -> Trial:
        """The trial that is nearest to the median; the first where there is none."""
        if not self.figures:
            return self.trials[0]
        median = statistics.median(self.figures.values())
        ended = [trial for trial in self.trials if trial.number in self.figures]
        return min(ended, key=lambda trial: abs(self.figures[trial.number] - median))


def figure(outcome: Outcome, measure: str, *, best: bool = False) -> float | None:
    """Return one figure of a trial, after its last epoch or its best; None where it has none."""
    row: Epoch | None = outcome.best if best else outcome.last
    return getattr(row, measure) if outcome.sound and row else None


def cells(
    sweep: Sweep, outcomes: Mapping[int, Outcome], measure: str, *, best: bool = False
) -> list[Cell]:
    """Return every combination of a sweep with what is known of it by now, in the sweep's order.

    `outcomes` are by the numbers of the trials.
    """
    found: dict[tuple[str, ...], Cell] = {}
    for trial in sweep.trials:
        cell = found.setdefault(tuple(trial.settings.values()), Cell(trial.settings))
        cell.trials.append(trial)
        if outcome := outcomes.get(trial.number):
            value = figure(outcome, measure, best=best)
            if value is not None:
                cell.figures[trial.number] = value
            elif outcome.status == DIVERGED:
                cell.diverged += 1
            else:
                cell.failed += 1
    return list(found.values())


def ranked(found: Iterable[Cell], measure: str) -> list[Cell]:
    """Return the combinations that have a median, the best first."""
    having = [cell for cell in found if cell.median is not None]
    return sorted(having, key=lambda cell: cell.median or 0.0, reverse=MEASURES[measure])


def best_outcome(outcomes: Iterable[Outcome]) -> Outcome | None:
    """Return the outcome with the lowest test loss of all epochs; None while there is none."""
    sound = [outcome for outcome in outcomes if outcome.sound and outcome.best]
    return min(sound, key=lambda each: each.best.test_loss if each.best else 0.0, default=None)


def settings_text(settings: Mapping[str, str]) -> str:
    """Return a combination of values in a line, as "learning_rate 0.1, layers 8,8"."""
    return ", ".join(f"{name} {value or 'none'}" for name, value in settings.items())
