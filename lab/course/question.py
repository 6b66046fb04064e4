"""A question of a lesson, in plain words: what is asked, what one may answer, what is said then.

Each wrong answer has a hint of its own, a question back as a rule; the right one has the reason.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choice:
    """A question with three answers to choose from.

    `options`: the answers in the order in which they are shown, each with what is said to those who
    choose it. The right one is the one that has nothing: it is told the `reason`.
    """

    ask: str
    options: Mapping[str, str]
    reason: str

    @property
    def right(self) -> str:
        """The right answer."""
        return next(option for option, hint in self.options.items() if not hint)

    def hint(self, answer: str) -> str:
        """Return what is said to an answer; "" to the right one."""
        return self.options[answer]


@dataclass(frozen=True)
class Number:
    """A question whose answer is a number to type.

    `right` is met within `tolerance`; `unit` is what is counted. `hints` has what is said to likely
    mistakes, `otherwise` what is said to any other number.
    """

    ask: str
    right: float
    unit: str
    otherwise: str
    reason: str
    tolerance: float = 0.0
    hints: Mapping[float, str] = field(default_factory=dict)

    def read(self, text: str) -> float | None:
        """Return the number that somebody typed, or None where there is none.

        Units, spaces and points or commas between thousands are allowed, and so is a comma before
        decimals, as many countries write it.
        """
        plain = re.sub(r"[\s'’_]", "", text.lower().replace("−", "-"))
        plain = plain.removesuffix(self.unit.lower()).removesuffix("%")
        if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", plain) and self.right >= 1000:
            plain = plain.replace(",", "")
        elif re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+", plain) and self.right >= 1000:
            plain = plain.replace(".", "")
        plain = plain.replace(",", ".")
        if not re.fullmatch(r"[-+]?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})", plain):
            return None
        return float(plain)

    def hint(self, answer: float) -> str:
        """Return what is said to an answer; "" to the right one."""
        if abs(answer - self.right) <= self.tolerance:
            return ""
        return next((text for value, text in self.hints.items() if value == answer), self.otherwise)


Question = Choice | Number
