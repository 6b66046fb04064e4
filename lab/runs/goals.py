"""A goal is what a teacher asks for in a link: "test loss at most 0.18 with the fewest units".

The page watches the run, and says when it is reached.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lab.limits import GOAL

EXAMPLE = "test loss at most 0.18 with the fewest units"
COUNTED = ("units", "parameters", "steps", "epochs")
_WHAT = re.compile(
    r"(train|test|validation)[ _](loss|accuracy) "
    r"(at most|at least|below|above|<=?|>=?) (\d*\.?\d+) ?(%?)"
)
_LIMIT = re.compile(r"(?:with )?(?:at most|within|in) (\d+) (units|parameters|steps|epochs)")
_FEWEST = re.compile(r"(?:with|in) the fewest (units|parameters|steps|epochs)")


@dataclass(frozen=True)
class Goal:
    """A metric such as "test_loss", whether it must be at most or at least `value`, and what else
    counts.

    Of a run that keeps a validation set, the metric is of that set, in goals of either name.
    `limits`: the most units (hidden ones), parameters, steps or epochs; `fewest`: the one of these
    of which as few as possible are to be used.
    """

    text: str
    metric: str
    at_most: bool
    value: float
    limits: dict[str, int]
    fewest: str = ""

    @classmethod
    def parse(cls, text: str) -> "Goal":
        """Return the goal in a sentence; ValueError says what is unclear, and how a goal looks."""
        GOAL.check("a goal", len(text))
        rest = " ".join(text.lower().replace(",", " ").replace(" and ", " ").split())
        match = _WHAT.match(rest)
        if not match:
            raise ValueError(
                f"a goal looks like “{EXAMPLE}”, and cannot be read from “{text[:60]}”"
            )
        named, measure, comparison, number, percent = match.groups()
        split = "train" if named == "train" else "test"
        value = float(number) / (100 if percent else 1)
        limits: dict[str, int] = {}
        fewest, rest = "", rest[match.end() :].strip()
        while rest:
            if limit := _LIMIT.match(rest):
                limits[limit[2]] = int(limit[1])
            elif least := _FEWEST.match(rest):
                fewest, limit = least[1], least
            else:
                raise ValueError(
                    f"the goal goes on with “{rest[:40]}”; "
                    "try “with at most 8 units” or “within 100 epochs”"
                )
            rest = rest[limit.end() :].strip()
        if measure == "accuracy" and value > 1:
            raise ValueError(
                f"an accuracy goes from 0 to 1, or from 0 to 100 %, and not to {number}"
            )
        at_most = comparison in ("at most", "below", "<", "<=")
        return cls(" ".join(text.split()), f"{split}_{measure}", at_most, value, limits, fewest)

    def reached(self, history: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return the first epoch of a history that is as good as the goal asks; limits are not
        checked.
        """
        good = (
            row
            for row in history
            if (row[self.metric] <= self.value if self.at_most else row[self.metric] >= self.value)
        )
        return next(good, None)

    def to_dict(self) -> dict[str, Any]:
        """Return the goal for the board."""
        return asdict(self)
