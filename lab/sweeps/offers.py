"""What a page offers to vary of an experiment: its parts from their menus, and the settings of
these, each with values to choose from.

A new entry of a menu, or a new setting of one, is offered by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, fields
from typing import Any

from engine import Choice, Dense
from lab.data.menu import TOY_POINTS
from lab.notation import format_choice
from lab.runs.experiment import ONE, Experiment
from lab.sweeps.axes import with_setting
from lab.sweeps.plan import Sweep
from lab.words import plain

MAGNITUDES = (0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
MARKS = {"log": MAGNITUDES, "symlog": (0.0, *MAGNITUDES)}  # of the scales in engine/settings.py
SHARES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # of what a setting usually is
TITLES = {
    "optimizer": "Optimizer",
    "initializer": "First weights",
    "schedule": "Schedule",
    "loss": "Loss",
    "dataset": "Data",
}
SEVERAL_FIRST = 5  # values that are chosen to begin with


@dataclass(frozen=True)
class Offer:
    """A setting that may vary.

    values: to choose from, as text; `first` of them to begin with
    """

    name: str
    title: str
    values: tuple[str, ...]

    @property
    def first(self) -> tuple[str, ...]:
        """The values in the middle, where something usually happens."""
        beside = max(0, len(self.values) - SEVERAL_FIRST) // 2
        return self.values[beside : beside + SEVERAL_FIRST]


def offers(base: Experiment) -> dict[str, Offer]:
    """Return what may vary of an experiment, by the names of axes."""
    found: dict[str, Offer] = {}

    def add(name: str, title: str, values: Iterable[str]) -> None:
        fine = tuple(value for value in dict.fromkeys(values) if _fits(base, name, value))
        if len(fine) > 1 and name not in found:
            found[name] = Offer(name, title[:1].upper() + title[1:], fine)

    add("optimizer", TITLES["optimizer"], _names(ONE["optimizer"], base.optimizer))
    add("learning_rate", "Learning rate", map(plain, MAGNITUDES[2:11]))
    add("units", "Units in each hidden layer", map(str, (1, 2, 4, 8, 16, 32, 64, 128)))
    add("depth", "Hidden layers", map(str, range(9)))
    dense = [layer for layer in base.layers if isinstance(layer, Dense)]
    if dense:
        add("activation", "Activation", _names(ONE["output"], dense[0].activation))
    add("initializer", TITLES["initializer"], _names(ONE["initializer"], base.initializer))
    add("batch_size", "Batch size", map(str, (1, 4, 16, 32, 64, 128, 256)))
    add("l2", "Strength of L2", map(plain, (0.0, *MAGNITUDES[:10])))
    add("schedule", TITLES["schedule"], _names(ONE["schedule"], base.schedule))
    add("loss", TITLES["loss"], _names(ONE["loss"], base.loss))
    add("epochs", "Epochs", map(str, (5, 10, 20, 50, 100, 200)))
    for part in ("dataset", "optimizer", "initializer", "schedule", "loss"):
        choice: Choice = getattr(base, part)
        for f in fields(choice):
            if f.metadata:
                label = str(f.metadata.get("label") or f.name.replace("_", " "))
                add(f.name, f"{TITLES[part]}: {label}", _values(f, getattr(choice, f.name)))
    if base.dataset.on_plane:
        drawn = {name: kind for name, kind in TOY_POINTS.items() if not kind.editable}
        add("dataset", TITLES["dataset"], _names(drawn, base.dataset))
    return found


def titles_of_axes(sweep: Sweep) -> dict[str, str]:
    """Return how a page calls the axes of a sweep, by their names."""
    offered = offers(sweep.base)
    return {
        axis.name: offered[axis.name].title
        if axis.name in offered
        else axis.name.replace("_", " ").capitalize()
        for axis in sweep.axes
    }


def _names(menu: Mapping[str, type[Any]], chosen: Choice) -> list[str]:
    """Return the entries of a menu, the chosen one with its settings."""
    return [format_choice(chosen) if type(chosen) is kind else name for name, kind in menu.items()]


def _values(f: Field[Any], value: Any) -> list[str]:
    """Return values for a setting, among them the one that it has."""
    hints = f.metadata
    if "options" in hints:
        return list(hints["options"])
    if "low" not in hints:
        return []
    usual: float = f.default  # type: ignore[assignment]  # every number has one
    marks = MARKS.get(hints["scale"], tuple(share * usual for share in SHARES))
    within = {mark for mark in (*marks, value) if hints["low"] <= mark <= hints["high"]}
    if isinstance(usual, int):
        return [str(int(mark)) for mark in sorted(within)]
    return [plain(mark) for mark in sorted(within)]


def _fits(base: Experiment, name: str, value: str) -> bool:
    try:
        with_setting(base, name, value)
    except ValueError:
        return False
    return True
