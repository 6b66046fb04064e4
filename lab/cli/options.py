"""Options of the command line become an experiment: what is given replaces what is recommended for
the dataset.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from engine import (
    ACTIVATIONS,
    L2,
    LAYERS,
    REGULARIZERS,
    Choice,
    Dense,
    Layer,
    Regularizer,
    ReLU,
    find,
)
from engine.settings import shown
from lab.cli.parser import KNOBS, MENUS, UsageError, option_name, settings_of
from lab.data.menu import DATASETS
from lab.notation import parse
from lab.runs.experiment import NUMBERS, Experiment
from lab.runs.presets import recommended

C = TypeVar("C", bound=Choice)


def experiment_from(options: Mapping[str, Any]) -> Experiment:
    """Return the experiment that the options describe, on top of what is recommended for the
    dataset.

    Raises ValueError or UsageError, naming the option, what was given and what is allowed.
    """
    given = _Given(options)
    dataset = given.entry("dataset", DATASETS["spiral"]())
    start = recommended(dataset, given.plain_entry("loss", None))
    settings: dict[str, Any] = {
        "dataset": dataset,
        "output": given.entry("output", start.output),
        "loss": given.with_settings(start.loss),
        "layers": given.layers(start),
    }
    for name in ("initializer", "optimizer", "schedule"):
        settings[name] = given.entry(name, getattr(start, name))
    settings["regularizers"] = given.regularizers(start)
    for name in NUMBERS:
        if options.get(name) is not None:
            settings[name] = parse_number(options[name], name)
    experiment = start.changed(**settings)
    given.refuse_unused()
    return experiment


def parse_number(text: str, name: str) -> float:
    """The number that was given for `name`; raises UsageError."""
    try:
        return float(text) if not text.lstrip("+-").isdigit() else int(text)
    except ValueError:
        raise UsageError(f"{name} must be a number, not {shown(text)}") from None


class _Given:
    """The options that were given, and which class each setting among them has been used for."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._used: dict[str, type[Choice]] = {}

    def plain_entry(self, name: str, current: Any) -> Any:
        """Return the chosen entry of the menu `name`, or `current` if none was chosen."""
        text = self._options.get(name)
        if text is None:
            return current
        menu = MENUS[name][0]
        if "(" not in text:
            entry_class = find(menu, text, name)
            return current if entry_class is type(current) else entry_class()
        entries = parse(menu, text, name)
        if len(entries) != 1:
            raise UsageError(f"{name} must be one entry, not {len(entries)}")
        return entries[0]

    def entry(self, name: str, current: Any) -> Any:
        """Return what `plain_entry` returns, with those of its settings that were given as
        options.
        """
        return self.with_settings(self.plain_entry(name, current))

    def with_settings(self, choice: C) -> C:
        """Return `choice` with those of its settings that were given as options."""
        settings = {}
        for f in fields(choice):
            text = self._options.get(f.name)
            if f.metadata and text is not None:
                if (other := self._used.setdefault(f.name, type(choice))) is not type(choice):
                    mine, theirs = type(choice).__name__, other.__name__
                    raise UsageError(
                        f"{option_name(f.name)} is a setting of both {theirs} and {mine} here: "
                        f"write {mine}({f.name}=...)"
                    )
                settings[f.name] = parse_number(text, f.name) if "low" in f.metadata else text
        return choice.changed(**settings)

    def layers(self, start: Experiment) -> tuple[Layer, ...]:
        """Return the hidden layers: those of `--layers`, or dense ones of `--hidden` and
        `--activation`, or those of `start`.
        """
        options = self._options
        if options.get("layers") is not None:
            if options.get("hidden") is not None or options.get("activation") is not None:
                raise UsageError(
                    "--layers says all of the hidden layers: leave out --hidden and --activation"
                )
            return tuple(parse(LAYERS, options["layers"], "layers"))
        dense = [layer for layer in start.layers if isinstance(layer, Dense)]
        activation: Any = dense[0].activation if dense else ReLU()
        if options.get("activation") is not None:
            activation = find(ACTIVATIONS, options["activation"], "activation")()
        activation = self.with_settings(activation)
        units = [layer.units for layer in dense]
        if options.get("hidden") is not None:
            units = _units(options["hidden"])
        elif len(dense) < len(start.layers):  # what is recommended has other layers too: they stay
            return start.layers
        return tuple(Dense(n, activation) for n in units)

    def regularizers(self, start: Experiment) -> tuple[Regularizer, ...]:
        """Return those of `--regularizers`, or of `start`, with the strength of L2 that `--l2`
        gives.
        """
        regularizers = list(start.regularizers)
        if self._options.get("regularizers") is not None:
            regularizers = parse(REGULARIZERS, self._options["regularizers"], "regularizers")
        if self._options.get("l2") is not None:
            regularizers = [r for r in regularizers if not isinstance(r, L2)]
            regularizers.append(L2(parse_number(self._options["l2"], "l2")))
        return tuple(regularizers)

    def refuse_unused(self) -> None:
        """Raise UsageError for a setting whose entry was not chosen."""
        for name, owners in settings_of(KNOBS).items():
            if self._options.get(name) is not None and name not in self._used:
                entries = ", ".join(entry for entry, _ in owners)
                raise UsageError(
                    f"{option_name(name)} is a setting of {entries}, "
                    "which this experiment does not have"
                )


def _units(text: str) -> list[int]:
    """Return the units of each hidden layer in a text such as "128,64"; "" has none."""
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    if wrong := [part for part in parts if not part.isdigit()]:
        raise UsageError(
            "hidden must be whole numbers with commas between them, such as 128,64, "
            f'or "" for none, not {shown(wrong[0])}'
        )
    return [int(parse_number(part, "hidden")) for part in parts]
