"""Reads links of TensorFlow Playground (`#activation=tanh&...`).

Its own page ignores what it does not understand; here that is said in notes.
"""

import math
import re

from engine import (
    L1,
    L2,
    SGD,
    Activation,
    Dense,
    Layer,
    Linear,
    Regularizer,
    ReLU,
    Sigmoid,
    Tanh,
    Uniform,
    Zeros,
)
from engine.settings import shown
from lab.data.tf_playground import CLASSES, NUMBERS, TFPlayground
from lab.data.toy_points import FEATURES
from lab.runs.experiment import MAX_LAYERS, Experiment
from lab.runs.presets import recommended

ACTIVATIONS_THERE: dict[str, type[Activation]] = {
    "relu": ReLU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "linear": Linear,
}
NUMBER_THERE = r"[+-]?([0-9]++\.?[0-9]*+|\.[0-9]++)([eE][+-]?[0-9]++)?"
SHOWN_ONLY = {"tutorial", "collectStats", "hideText"}  # what its page shows, and ours cannot
SHOWN_HERE = {"showTestData", "discretize", "numHiddenLayers"}
HIDDEN_HERE = {  # what its links can hide, under the names that ours have for it
    "playButton": "train,pause",
    "stepButton": "step",
    "resetButton": "reset",
    "activation": "activation",
    "learningRate": "learning_rate",
    "regularization": "regularizers",
    "regularizationRate": "strength",
    "batchSize": "batch_size",
    "dataset": "dataset",
    "problem": "dataset",
    "percTrainData": "test_share",
    "noise": "noise",
    "numHiddenLayers": "layers",
    "showTestData": "test",
    "discretize": "discrete",
}
MOST_NOTES = 5
KNOWN = {
    "activation",
    "regularization",
    "problem",
    "dataset",
    "regDataset",
    "noise",
    "percTrainData",
    "seed",
    "batchSize",
    "learningRate",
    "regularizationRate",
    "networkShape",
    "initZero",
    *FEATURES,
    *SHOWN_ONLY,
    *SHOWN_HERE,
}


def from_tf_playground(address: str) -> tuple[Experiment, list[str]]:
    """Return the experiment of a TensorFlow Playground address, and notes on what could not be
    followed.

    The address may be whole or begin at the #. Raises ValueError for a value that its page could
    not use either, or that is too large here.
    """
    reader = _Reader(address)
    reader.note_what_is_not_done()
    dataset = _dataset(reader)
    reader.note_what_is_unknown()
    activation = ACTIVATIONS_THERE[reader.option("activation", list(ACTIVATIONS_THERE), "tanh")]
    rate = reader.number("regularizationRate", 0.0)
    penalty = reader.option("regularization", ["none", "L1", "L2"], "none")
    regularizers: tuple[Regularizer, ...] = ()
    if penalty != "none" and rate:
        regularizers = (L2(rate) if penalty == "L2" else L1(rate, "yes"),)
    return recommended(dataset).changed(
        layers=_layers(reader.values.get("networkShape", "4,2"), activation),
        regularizers=regularizers,
        initializer=Zeros() if reader.flag("initZero") else Uniform(0.5),
        optimizer=SGD(reader.number("learningRate", 0.03)),
        batch_size=reader.number("batchSize", 10),
    ), shorten_notes(reader.notes)


class _Reader:
    """The values of an address by their names, and notes on what could not be followed."""

    def __init__(self, address: str) -> None:
        text = address.strip().split("#", 1)[-1] if "#" in address else address.strip()
        self.values: dict[str, str] = {}
        for pair in text.split("&"):
            name, _, value = pair.partition("=")
            self.values[name] = value.split("=")[0]
        self.given = {name: value for name, value in self.values.items() if value.strip()}
        self.notes: list[str] = []

    def note_what_is_not_done(self) -> None:
        """Note what its page shows, and ours cannot."""
        for name, value in self.given.items():
            hides = name.endswith("_hide") and name.removesuffix("_hide") not in HIDDEN_HERE
            if value != "false" and (name in SHOWN_ONLY or hides):
                self.note(
                    f"The link asks for {shorten(f'{name}={value}')}, which is not done here."
                )

    def note_what_is_unknown(self) -> None:
        """Note names that neither page knows."""
        for name, value in self.given.items():
            if name not in KNOWN and not name.endswith("_hide"):
                self.note(f"The link asks for {shorten(f'{name}={value}')}, which is unknown here.")

    def note(self, sentence: str) -> None:
        """Add a note."""
        self.notes.append(sentence)

    def flag(self, name: str, default: str = "false") -> bool:
        """Return whether a switch is on."""
        return self.given.get(name, default) != "false"

    def number(self, name: str, default: float) -> float:
        """Return a number; ValueError for anything else."""
        text = self.given.get(name, str(default)).strip()
        number = float(text) if re.fullmatch(NUMBER_THERE, text) else math.nan
        if not math.isfinite(number):
            raise ValueError(f"{name} in the link must be a number, not {shown(text)}")
        return number

    def option(self, name: str, options: list[str], default: str) -> str:
        """Return one of the options; as on its page, any other value becomes the default."""
        value = self.given.get(name, default)
        if value in options:
            return value
        self.note(
            f"The link asks for {shorten(f'{name}={value}')}, which TensorFlow Playground does not "
            f"know; it takes {default}."
        )
        return default


def _dataset(reader: _Reader) -> TFPlayground:
    problem = reader.option("problem", ["classification", "regression"], "classification")
    classes = reader.option("dataset", list(CLASSES), "circle")
    regression = reader.option("regDataset", list(NUMBERS), "reg-plane")
    noise = reader.number("noise", 0.0)
    if noise > 80 or noise < 0:
        taken = 50 if noise > 80 else 0
        reader.note(
            f"The noise in the link is {noise:g}; TensorFlow Playground takes {taken} for it."
        )
        noise = float(taken)
    features = [name for name in FEATURES if reader.flag(name, "true" if name in "xy" else "false")]
    if not features:
        raise ValueError("the link switches all features off, and a network needs at least one")
    if "seed" not in reader.given:
        reader.note(
            "The link has no seed, for which TensorFlow Playground would draw one; here it is 0."
        )
    return TFPlayground(
        data=regression if problem == "regression" else classes,
        noise=noise,
        train_percent=reader.number("percTrainData", 50.0),
        features=",".join(features),
        chance=reader.given.get("seed", "0"),
    )


def _layers(shape: str, activation: type[Activation]) -> tuple[Layer, ...]:
    units = [part.strip() for part in shape.split(",")] if shape.strip() else []
    if (
        not all(re.fullmatch(r"[0-9]{1,10}(\.0*)?", unit) for unit in units)
        or len(units) > MAX_LAYERS
    ):
        allowed = f"at most {MAX_LAYERS} whole numbers such as 4,2"
        raise ValueError(f"networkShape in the link must be {allowed}, not {shown(shape)}")
    return tuple(Dense(int(float(unit)), activation()) for unit in units)


def shorten(text: str) -> str:
    """Return at most 60 letters of a text."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def shorten_notes(notes: list[str]) -> list[str]:
    """Return the first notes, and one on how many more there are."""
    more = len(notes) - MOST_NOTES
    return [
        *notes[:MOST_NOTES],
        *([f"The link asks for {more} more that cannot be done here."] if more > 0 else []),
    ]
