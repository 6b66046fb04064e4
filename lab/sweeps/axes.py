"""An axis is one setting of an experiment and the values that it takes in a sweep, as people write
them: "optimizer=SGD(0.1)|Adam(0.003)".

What an axis may be follows from the menus: any part of an experiment, any setting of a part, and
three words for the hidden layers as a whole.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

from engine import L2, Choice, Dense, Layer, ReLU
from engine.settings import shown
from lab.notation import parse
from lab.runs.experiment import MAX_LAYERS, NUMBERS, ONE, SEVERAL, Experiment
from lab.runs.presets import natural_output

MOST_VALUES = 100  # of one axis
_NAME = re.compile(r"[A-Za-z][\w-]{0,40}", re.ASCII)


@dataclass(frozen=True)
class Axis:
    """A setting by its name, and the values that it takes, as text. Raises ValueError."""

    name: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.values) <= MOST_VALUES:
            raise ValueError(
                f"{self.name} must take from 1 to {MOST_VALUES} values, not {len(self.values)}"
            )
        if odd := [value for value in self.values if "|" in value or not value.isprintable()]:
            raise ValueError(
                f"{self.name} cannot take a value with | or a new line: {shown(odd[0])}"
            )
        if twice := [value for value in self.values if self.values.count(value) > 1]:
            raise ValueError(f"{self.name} takes {shown(twice[0])} twice: once is enough")


def read_axis(text: str) -> Axis:
    """Return the axis that is written as "name=value|value"; raises ValueError."""
    name, mark, values = text.partition("=")
    name = name.strip().lstrip("-").replace("-", "_")
    if not mark or not _NAME.fullmatch(name):
        raise ValueError(
            "what varies must be written as name=value|value, such as "
            f'"learning_rate=0.01|0.1", not {shown(text)}'
        )
    if name == "seed":
        raise ValueError("seeds are varied by their number, as in --seeds 5, not by their names")
    return Axis(name, tuple(value.strip() for value in values.split("|")))


def written(axis: Axis) -> str:
    """Return what `read_axis` reads."""
    return f"{axis.name}={'|'.join(axis.values)}"


def in_order(axes: Iterable[Axis]) -> list[Axis]:
    """Return the axes in the order in which they are to be set: a part before its settings."""
    order = {name: place for place, name in enumerate((*_PARTS, *_SHAPES))}
    return sorted(axes, key=lambda axis: order.get(axis.name, len(order)))


def with_setting(experiment: Experiment, name: str, value: str) -> Experiment:
    """Return the experiment with one setting at the value that a text says.

    Raises ValueError, naming the setting, what was given and what is allowed.
    """
    if name in _PARTS:
        return _PARTS[name](experiment, value)
    if name in _SHAPES:
        return experiment.changed(layers=_SHAPES[name](experiment, value))
    owners = [part for part in _parts(experiment) if name in _settings(part)]
    kinds = sorted({type(owner).__name__ for owner in owners})
    if len(kinds) > 1:
        raise ValueError(
            f"{name} is a setting of both {kinds[0]} and {kinds[1]} here: "
            f"write all of it, as in {kinds[0]}({name}=...)"
        )
    if not owners:
        known = sorted({each for part in _parts(experiment) for each in _settings(part)})
        allowed = ", ".join([*_PARTS, *_SHAPES, *known])
        raise ValueError(f"{shown(name)} is nothing that this experiment has; it has {allowed}")

    def changed(part: Any) -> Any:
        return _with(part, name, value) if part in owners else part

    return experiment.changed(
        **{part: changed(getattr(experiment, part)) for part in ONE},
        **{part: tuple(map(changed, getattr(experiment, part))) for part in SEVERAL},
    )


# --- parts of an experiment -----------------------------------------------------------------------


def _one(name: str) -> Callable[[Experiment, str], Experiment]:
    def change(experiment: Experiment, value: str) -> Experiment:
        entries: list[Any] = parse(ONE[name], value, name)
        if len(entries) != 1:
            raise ValueError(f"{name} must be one entry, not {len(entries)}: {shown(value)}")
        changes = {name: entries[0]}
        if name == "dataset":  # with a loss that suits it, as on the pages
            changes["loss"] = entries[0].natural_loss()
        if name in ("dataset", "loss"):
            changes["output"] = natural_output(changes["loss"])
        return experiment.changed(**changes)

    return change


def _several(name: str) -> Callable[[Experiment, str], Experiment]:
    return lambda experiment, value: experiment.changed(
        **{name: tuple(parse(SEVERAL[name], value, name))}
    )


def _number(name: str) -> Callable[[Experiment, str], Experiment]:
    return lambda experiment, value: experiment.changed(**{name: read_number(value, name)})


def _l2(experiment: Experiment, value: str) -> Experiment:
    others = [r for r in experiment.regularizers if not isinstance(r, L2)]
    return experiment.changed(regularizers=(*others, L2(read_number(value, "l2"))))


_PARTS: dict[str, Callable[[Experiment, str], Experiment]] = {
    **{name: _one(name) for name in ONE},
    **{name: _several(name) for name in SEVERAL},
    **{name: _number(name) for name in NUMBERS if name != "seed"},
    "l2": _l2,
}

# --- the hidden layers as a whole -----------------------------------------------------------------


def _like(experiment: Experiment) -> Dense:
    """Return what a new hidden layer is like: the first dense one, or one with as many units."""
    dense = [layer for layer in experiment.layers if isinstance(layer, Dense)]
    return dense[0] if dense else Dense(16, ReLU())


def _hidden(experiment: Experiment, value: str) -> tuple[Layer, ...]:
    parts = [part.strip() for part in value.split(",")] if value else []
    if wrong := [part for part in parts if not re.fullmatch("[0-9]{1,9}", part)]:
        raise ValueError(
            "hidden must be whole numbers with commas between them, such as 16,8, or nothing for "
            f"none, not {shown(wrong[0])}"
        )
    return tuple(_like(experiment).changed(units=int(part)) for part in parts)


def _depth(experiment: Experiment, value: str) -> tuple[Layer, ...]:
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) > MAX_LAYERS:
        raise ValueError(f"depth must be a number from 0 to {MAX_LAYERS}, not {shown(value)}")
    return tuple(_like(experiment).changed() for _ in range(int(value)))


_SHAPES: dict[str, Callable[[Experiment, str], tuple[Layer, ...]]] = {
    "hidden": _hidden,
    "depth": _depth,
}

PART_NAMES = (*_PARTS, *_SHAPES)

# --- settings of parts ----------------------------------------------------------------------------


def _parts(experiment: Experiment) -> list[Choice]:
    """Return everything that has settings of its own, but the output layer, which follows."""
    single: list[Choice] = [getattr(experiment, name) for name in ONE if name != "output"]
    return [*single, *experiment.layers, *experiment.regularizers]


def _settings(part: Choice) -> dict[str, Any]:
    return {f.name: f for f in fields(part) if f.metadata}


def _with(part: Choice, name: str, value: str) -> Choice:
    hints = _settings(part)[name].metadata
    if "menu" in hints:
        entries = parse(hints["menu"], value, name)
        if len(entries) != 1:
            raise ValueError(f"{name} must be one entry, not {len(entries)}: {shown(value)}")
        return part.changed(**{name: entries[0]})
    return part.changed(**{name: read_number(value, name) if "low" in hints else value})


def read_number(text: str, name: str) -> float:
    """Return the number that a text says; raises ValueError."""
    if not re.fullmatch(r"[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(e[+-]?[0-9]{1,3})?", text):
        raise ValueError(f"{name} must be a number, not {shown(text)}")
    return float(text) if set(text) & set(".e") else int(text)
