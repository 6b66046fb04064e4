"""A dial is a setting while somebody moves it: its slider is still held, and each value lasts for a
tenth of a second.

It comes from a browser, so it is read strictly.
"""

import math
from dataclasses import dataclass, fields
from typing import Any

from lab.runs.experiment import Experiment

PARTS = ("dataset", "optimizer", "regularizers")
LONGEST = 40  # letters of a name


@dataclass(frozen=True)
class Dial:
    """The part of an experiment, the entry of its menu that is chosen, that entry's setting, and
    the value that it has just now: "optimizer", "Adam", "learning_rate", 0.03.
    """

    part: str
    entry: str
    setting: str
    value: float

    @classmethod
    def from_dict(cls, message: object) -> "Dial":
        """Return the dial in parsed JSON; ValueError for anything that a board would not send."""
        if not isinstance(message, dict) or set(message) != {f.name for f in fields(cls)}:
            raise ValueError("a dial has part, entry, setting and value")
        names, value = [message[name] for name in ("part", "entry", "setting")], message["value"]
        if not all(isinstance(name, str) and len(name) <= LONGEST for name in names):
            raise ValueError("a dial names a part, an entry and a setting")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("a dial stands on a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if names[0] not in PARTS or not math.isfinite(number):
            raise ValueError(f"a dial is one of {', '.join(PARTS)}, on a finite number")
        part, entry, setting = names
        return cls(part, entry, setting, number)

    def apply(self, experiment: Experiment) -> Experiment:
        """Return the experiment with this value; ValueError where it has no such setting, or where
        the value is not allowed.
        """
        whole: Any = getattr(experiment, self.part)
        choices = whole if isinstance(whole, tuple) else (whole,)
        moved = tuple(self._moved(choice) for choice in choices)
        if moved == choices and not any(map(self._is_of, choices)):
            raise ValueError(f"there is no {self.entry} with a setting {self.setting} here")
        return experiment.changed(**{self.part: moved if isinstance(whole, tuple) else moved[0]})

    def _is_of(self, choice: Any) -> bool:
        numeric = any(f.name == self.setting and "low" in f.metadata for f in fields(choice))
        return numeric and type(choice).__name__ == self.entry

    def _moved(self, choice: Any) -> Any:
        return choice.changed(**{self.setting: self.value}) if self._is_of(choice) else choice
