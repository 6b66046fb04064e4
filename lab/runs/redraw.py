"""A redraw is a change after which a run begins anew, as a board tells of it the moment that
somebody makes it: other first weights or points, another activation, an input feature more or less,
another dataset.

It comes from a browser, so it is read strictly.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from engine import ACTIVATIONS, Dense, find, from_dict
from lab.data.menu import TOY_POINTS
from lab.runs.chance import other_points, other_weights
from lab.runs.edit import is_natural
from lab.runs.experiment import Experiment
from lab.runs.presets import natural_output

# the set with which a kind of problem begins
FIRST = {"Classification": "spiral", "Regression": "plane"}


def _with_activation(experiment: Experiment, name: object) -> Experiment:
    activation = find(ACTIVATIONS, name, "activation")()
    layers = (
        layer.changed(activation=activation) if isinstance(layer, Dense) else layer
        for layer in experiment.layers
    )
    return experiment.changed(layers=tuple(layers))


def _with_feature(experiment: Experiment, number: object) -> Experiment:
    """Return the experiment with one input feature, by its number in the menu, on or off."""
    dataset = experiment.dataset
    menus = [list(f.metadata.get("some_of") or ()) for f in fields(dataset) if f.name == "features"]
    if not menus or not is_natural(number) or not int(str(number)) < len(menus[0]):
        raise ValueError(f"{type(dataset).__name__} has no input feature of that number")
    name, chosen = menus[0][int(str(number))], dataset.chosen
    chosen = [each for each in chosen if each != name] if name in chosen else [*chosen, name]
    return experiment.changed(dataset=dataset.changed(features=",".join(chosen)))


def _with_dataset(experiment: Experiment, settings: object) -> Experiment:
    dataset = from_dict(TOY_POINTS, settings, "dataset")
    loss = dataset.natural_loss()
    return experiment.changed(dataset=dataset, loss=loss, output=natural_output(loss))


def _with_problem(experiment: Experiment, kind: object) -> Experiment:
    if (
        not isinstance(kind, str)
        or kind not in FIRST
        or experiment.dataset.regression == (kind == "Regression")
    ):
        return experiment
    return _with_dataset(experiment, {"name": FIRST[kind]})


CHANGES: dict[str, Callable[[Experiment, Any], Experiment]] = {
    "new_weights": lambda experiment, _: other_weights(experiment),
    "new_points": lambda experiment, _: other_points(experiment),
    "reset": lambda experiment, _: experiment,
    "activation": _with_activation,
    "feature": _with_feature,
    "dataset": _with_dataset,
    "problem": _with_problem,
}


@dataclass(frozen=True)
class Redraw:
    """What was changed, and what was chosen: ("activation", "ReLU"); for a button None."""

    what: str
    chosen: Any = None

    @classmethod
    def from_dict(cls, message: object) -> "Redraw":
        """Return the redraw in parsed JSON; ValueError for anything that a board would not send."""
        if not isinstance(message, dict) or set(message) != {"what", "chosen"}:
            raise ValueError("a redraw has what and chosen")
        if not isinstance(message["what"], str) or message["what"] not in CHANGES:
            raise ValueError(f"what a run is redrawn by is one of {', '.join(CHANGES)}")
        return cls(**message)

    @property
    def at_rest(self) -> bool:
        """Whether the run then waits to be trained, whatever it did before."""
        return self.what == "reset"

    def apply(self, experiment: Experiment) -> Experiment:
        """Return the experiment that then begins; ValueError where it has nothing of the kind."""
        return CHANGES[self.what](experiment, self.chosen)
