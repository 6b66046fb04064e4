"""A sweep is a base experiment, the axes along which it varies, and seeds; it says all its trials
before the first one begins.

Random draws from the grid need far fewer trials than all of it, where few of the settings matter
(Bergstra and Bengio, "Random search for hyper-parameter optimization", 2012).
"""

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.settings import check_number, shown
from lab.runs.experiment import Experiment
from lab.sweeps.axes import Axis, in_order, read_axis, with_setting, written

MOST_TRIALS = 10_000
MOST_AXES = 8
MOST_SEEDS = 1000


@dataclass(frozen=True, eq=False)  # one is itself alone, and can be a key
class Trial:
    """One experiment of a sweep.

    number: its place in the sweep, from 0 on
    settings: what varies, by the names of the axes
    """

    number: int
    settings: Mapping[str, str]
    experiment: Experiment

    @cached_property
    def name(self) -> str:
        """Twelve letters that stand for its experiment, whatever the sweep."""
        return hashlib.sha256(self.experiment.to_json().encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Sweep:
    """What is to be trained.

    seeds: of every combination of values, from the base experiment's on
    random: how many combinations are drawn, by the base experiment's seed; 0 for all

    Raises ValueError, naming what was given and what is allowed.
    """

    base: Experiment
    axes: tuple[Axis, ...]
    seeds: int = 1
    random: int = 0

    def __post_init__(self) -> None:
        if len(self.axes) > MOST_AXES:
            raise ValueError(f"at most {MOST_AXES} settings can vary, not {len(self.axes)}")
        names = [axis.name for axis in self.axes]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]} varies twice: write all its values at once")
        check_number("seeds", self.seeds, int, 1, MOST_SEEDS)
        check_number("random", self.random, int, 0, MOST_TRIALS)

    @property
    def combinations(self) -> int:
        """How many combinations of values are trained."""
        grid = math.prod(len(axis.values) for axis in self.axes)
        return min(self.random, grid) if self.random else grid

    @property
    def count(self) -> int:
        """How many trials there are."""
        return self.combinations * self.seeds

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """All trials: every combination with the first seed, then all with the second, and so on.

        Raises ValueError where one of them is no experiment, or they are too many.
        """
        if self.count > MOST_TRIALS:
            raise ValueError(
                f"a sweep may have at most {MOST_TRIALS:,} trials, and this one has "
                f"{self.count:,}: draw some of them at random, or leave values out"
            )
        grid = [self._experiment(settings) for settings in map(self._settings, self._places())]
        trials: list[Trial] = []
        for extra in range(self.seeds):
            seed = (self.base.seed + extra) % 2**32
            for settings, experiment in grid:
                trials.append(Trial(len(trials), settings, experiment.changed(seed=seed)))
        return tuple(trials)

    def _places(self) -> list[int]:
        """Return which places of the grid are trained, in order."""
        grid = math.prod(len(axis.values) for axis in self.axes)
        if self.combinations == grid:
            return list(range(grid))
        return sorted(random.Random(self.base.seed).sample(range(grid), self.combinations))

    def _settings(self, place: int) -> dict[str, str]:
        """Return the values at a place of the grid, whose last axis changes fastest."""
        values = {}
        for axis in reversed(self.axes):
            place, index = divmod(place, len(axis.values))
            values[axis.name] = axis.values[index]
        return {axis.name: values[axis.name] for axis in self.axes}

    def _experiment(self, settings: dict[str, str]) -> tuple[dict[str, str], Experiment]:
        experiment = self.base
        for axis in in_order(self.axes):
            try:
                experiment = with_setting(experiment, axis.name, settings[axis.name])
            except ValueError as error:
                where = ", ".join(f"{name}={shown(value)}" for name, value in settings.items())
                raise ValueError(f"{error} (with {where})") from error
        return settings, experiment

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "base": self.base.to_dict(),
            "axes": [written(axis) for axis in self.axes],
            "seeds": self.seeds,
            "random": self.random,
        }

    @classmethod
    def from_dict(cls, description: Any) -> "Sweep":
        """Return the sweep that `to_dict` described; raises ValueError."""
        try:
            return cls(
                Experiment.from_dict(description["base"]),
                tuple(map(read_axis, description["axes"])),
                description["seeds"],
                description["random"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("what is written of this sweep cannot be read") from error
