"""An experiment is one frozen description of everything that decides how a training run goes.

It is checked here and nowhere else, and the same description gives the same curve, bit for bit, on
the same machine.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    L2,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    Activation,
    Adam,
    CategoricalCrossEntropy,
    ConstantRate,
    Dense,
    Flatten,
    Initializer,
    Layer,
    Loss,
    Network,
    Optimizer,
    Regularizer,
    Schedule,
    Softmax,
    Tanh,
    Xavier,
    Zeros,
    from_dict,
    shapes_through,
)
from engine.arrays import Array
from engine.settings import check_number, shown
from lab.data.dataset import Data, Dataset
from lab.data.menu import DATASETS, name_of
from lab.data.toy_points import Spiral

VERSION = 2  # 1 had a single regularizer, L2
MAX_PARAMETERS = 2_000_000
MAX_LAYERS = 12
MAX_EPOCHS = 1_000_000
MOST_VALIDATION = 0.5


# what an experiment has one entry of, or several, and the menu that they come from
ONE: dict[str, Mapping[str, type[Any]]] = {
    "dataset": DATASETS,
    "output": ACTIVATIONS,
    "loss": LOSSES,
    "initializer": INITIALIZERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
# its plain numbers
NUMBERS = ("batch_size", "epochs", "seed", "validation_share", "data_seed")
SEVERAL: dict[str, Mapping[str, type[Any]]] = {"layers": LAYERS, "regularizers": REGULARIZERS}


@dataclass(frozen=True)
class Experiment:
    """Dataset, network, loss, optimizer, and the seed of all randomness.

    `layers` are the hidden ones; the output layer follows from the dataset and the loss (see
    `output_units`), with `output` as its activation. `validation_share` of the training pictures
    are kept apart: the run is watched and stopped by them, and the test set stays sealed.
    `data_seed`, where it is not None, has the data drawn from a seed of their own, so that other
    first weights meet the same points. Raises ValueError, naming the setting, what was given and
    what is allowed.
    """

    dataset: Dataset = field(default_factory=Spiral)
    layers: tuple[Layer, ...] = (Dense(16, Tanh()), Dense(16, Tanh()))
    output: Activation = field(default_factory=Softmax)
    loss: Loss = field(default_factory=CategoricalCrossEntropy)
    initializer: Initializer = field(default_factory=Xavier)
    optimizer: Optimizer = field(default_factory=Adam)
    schedule: Schedule = field(default_factory=ConstantRate)
    regularizers: tuple[Regularizer, ...] = ()
    batch_size: int = 32
    epochs: int = 100
    seed: int = 0
    validation_share: float = 0.0
    data_seed: int | None = None

    def __post_init__(self) -> None:
        for name, high in (("batch_size", 10_000), ("epochs", MAX_EPOCHS)):
            object.__setattr__(self, name, check_number(name, getattr(self, name), int, 1, high))
        for name in ("seed", "data_seed") if self.data_seed is not None else ("seed",):
            number = check_number(name, getattr(self, name), int, 0, 2**32 - 1)
            object.__setattr__(self, name, number)
        if self.data_seed == self.seed:  # what is the same is written in one way
            object.__setattr__(self, "data_seed", None)
        share = check_number("validation_share", self.validation_share, float, 0, MOST_VALIDATION)
        object.__setattr__(self, "validation_share", share)
        if share and self.dataset.on_plane:
            raise ValueError(
                "validation_share is for pictures, of which there are only so many: "
                "of points it must be 0, as new ones can be drawn with another seed"
            )
        if len(self.layers) > MAX_LAYERS:
            raise ValueError(
                f"hidden layers must number at most {MAX_LAYERS}, not {len(self.layers)}"
            )
        loss, partner = type(self.loss).__name__, self.loss.partner
        if self.dataset.regression and (partner or self.loss.targets):
            raise ValueError(
                f"{loss} compares classes, and this dataset has numbers: choose MSE, MAE or Huber"
            )
        if partner and not isinstance(self.output, partner):
            raise ValueError(
                f"{loss} needs the output activation {partner.__name__}: it compares probabilities"
            )
        if isinstance(self.output, Softmax) and self.output_units == 1:
            raise ValueError(
                "Softmax needs two outputs or more: "
                "choose the loss CategoricalCrossEntropy, or Sigmoid"
            )
        counts = Counter(type(regularizer).__name__ for regularizer in self.regularizers)
        if twice := [name for name, count in counts.items() if count > 1]:
            raise ValueError(
                f"regularizers must each be named once, "
                f"and {twice[0]} is named {counts[twice[0]]} times"
            )
        if not self.dataset.has_pictures and any(r.reads_pictures for r in self.regularizers):
            raise ValueError("Augmentation moves pictures, and this dataset has none: leave it out")
        if not self.dataset.of_letters and any(layer.reads_codes for layer in self.layers):
            raise ValueError(
                "Embedding gives letters numbers to stand for them, and this dataset has no "
                "letters: leave it out"
            )
        self.dataset.check_training(self.layers, self.batch_size)
        if self.parameters > MAX_PARAMETERS:
            raise ValueError(
                f"this network would have {self.parameters:,} parameters, and {MAX_PARAMETERS:,} "
                "is the most that can be trained here: take fewer layers or fewer units"
            )

    @property
    def seed_of_data(self) -> int:
        """The seed from which the data are drawn: that of all else, unless they have their own."""
        return self.seed if self.data_seed is None else self.data_seed

    def data(self) -> Data:
        """Return the examples."""
        return self.dataset.load(self.seed_of_data)

    @property
    def output_units(self) -> int:
        """One output a class; a single one for two classes, unless the loss compares classes."""
        classes = self.dataset.class_count
        return 1 if classes == 2 and not isinstance(self.loss, CategoricalCrossEntropy) else classes

    @property
    def units(self) -> int:
        """The number of units, or maps, in all hidden layers with weights."""
        return sum(
            int(getattr(layer, "units", getattr(layer, "filters", 0))) for layer in self.layers
        )

    @cached_property
    def all_layers(self) -> tuple[Layer, ...]:
        """The hidden layers and the output layer."""
        return (*self.layers, Dense(self.output_units, self.output))

    @cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of one example before the first layer and after each."""
        return shapes_through(self.all_layers, self.dataset.input_shape)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of numbers in one example at first and after each layer: (2, 16, 16, 3)."""
        return tuple(math.prod(shape) for shape in self.shapes)

    @property
    def inputs(self) -> int:
        """The number of numbers in one example."""
        return math.prod(self.dataset.input_shape)

    @cached_property
    def summary(self) -> str:
        """The network in a line: "2-16-16-3", or "28×28 – 8 filters – pooling – 10".

        Layers that only reshape are left out.
        """
        dense = [layer.units for layer in self.all_layers if isinstance(layer, Dense)]
        if len(dense) == len(self.all_layers):
            return "-".join(map(str, [self.inputs, *dense]))
        layers = [_brief(layer) for layer in self.all_layers if not isinstance(layer, Flatten)]
        return " – ".join(["×".join(map(str, self.dataset.input_shape)), *layers])

    @cached_property
    def parameters(self) -> int:
        """The number of weights and biases."""
        needed = (
            layer.parameters(shape)
            for layer, shape in zip(self.all_layers, self.shapes, strict=False)
        )
        return sum(math.prod(p.shape) for layer in needed for p in layer.values() if p.learned)

    def network(self, *, blank: bool = False, like: Array | None = None) -> Network:
        """Return the network with its first weights, drawn from the seed; `blank` leaves them
        undrawn. Its arrays live where `like` does.
        """
        rng = np.random.default_rng([self.seed, 1])
        initializer = Zeros() if blank else self.initializer
        shape, regression = self.dataset.input_shape, self.dataset.regression
        network = Network(
            self.all_layers,
            shape,
            self.loss,
            initializer,
            rng,
            self.dataset.dtype,
            regression=regression,
            like=like,
        )
        if self.dataset.own_weights and not blank:
            self.dataset.first_weights(network, isinstance(self.initializer, Zeros))
        return network

    def changed(self, **settings: Any) -> "Experiment":
        """Return the experiment with some settings replaced, checked again."""
        return replace(self, **settings)

    def continues(self, other: "Experiment") -> bool:
        """Return whether a run of `other` can go on with this experiment.

        Only epochs, regularizers' and the optimizer's settings may differ.
        """
        same_kind = type(self.optimizer) is type(other.optimizer)
        return same_kind and self == replace(
            other, optimizer=self.optimizer, regularizers=self.regularizers, epochs=self.epochs
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON, links and saved files carry."""
        description: dict[str, Any] = {"version": VERSION}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name == "validation_share" and not value:
                continue  # off, as in all files that were written before there was any
            if f.name == "dataset":
                description["dataset"] = value.to_dict() | {"name": name_of(value)}
            elif isinstance(value, tuple):
                description[f.name] = [choice.to_dict() for choice in value]
            elif hasattr(value, "to_dict"):
                description[f.name] = value.to_dict()
            elif value is not None:  # data without a seed of their own say nothing of it
                description[f.name] = value
        return description

    @classmethod
    def from_dict(cls, description: object) -> "Experiment":
        """Return the experiment that `to_dict` described; missing settings take their defaults."""
        if not isinstance(description, Mapping):
            raise ValueError(
                f"an experiment must be a set of named settings, not {shown(description)}"
            )
        version = description.get("version", VERSION)
        if version == 1:
            old, description = (
                description,
                {key: description[key] for key in description if key != "regularizer"},
            )
            pull = (
                from_dict(REGULARIZERS, old["regularizer"], "regularizer")
                if "regularizer" in old
                else L2(0.0)
            )
            description["regularizers"] = [pull.to_dict()] if pull != L2(0.0) else []
        elif version != VERSION:
            raise ValueError(
                f"this experiment was written by another version ({shown(version)}), "
                f"and this one reads up to {VERSION}: update Glassbox"
            )
        known = {f.name for f in fields(cls)} | {"version"}
        if unknown := [key for key in description if key not in known]:
            raise ValueError(f"an experiment has no setting called {shown(unknown[0])}")
        settings: dict[str, Any] = {key: description[key] for key in NUMBERS if key in description}
        for key, menu in ONE.items():
            if key in description:
                settings[key] = from_dict(menu, description[key], key)
        for key, menu in SEVERAL.items():
            if key in description:
                if not isinstance(description[key], list):
                    raise ValueError(f"{key} must be a list, not {shown(description[key])}")
                settings[key] = tuple(
                    from_dict(menu, entry, key[:-1]) for entry in description[key]
                )
        return cls(**settings)

    def to_json(self) -> str:
        """Return the description as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


def _brief(layer: Layer) -> str:
    name, settings = type(layer).__name__, vars(layer)
    words = {
        "Dense": "{units}",
        "Conv2D": "{filters} filters",
        "MaxPool2D": "pooling",
        "AvgPool2D": "average pooling",
        "Dropout": "dropout {p:g}",
        "BatchNorm": "batch norm",
        "LayerNorm": "layer norm",
        "GRU": "GRU {units}",
        "Embedding": "embedding {units}",
        "Attention": "attention {units}",
    }
    return words.get(name, name).format(**settings)


def reshaped(experiment: Experiment, wish: Mapping[str, Any]) -> Experiment:
    """Return the experiment with one layer, or some units, more or less.

    `wish` is {"do": "layer", "by": ±1} or {"do": "units", "layer": 2, "by": ±1}. A new layer is
    like the last dense one. Raises ValueError for other wishes, and where the outcome is no
    experiment.
    """
    layers, by = list(experiment.layers), wish.get("by")
    if wish.get("do") == "layer" and by == 1:
        last = next(
            (layer for layer in reversed(layers) if isinstance(layer, Dense)), Dense(8, Tanh())
        )
        layers.append(last.changed())
    elif wish.get("do") == "layer" and by == -1:
        layers = layers[:-1]
    elif wish.get("do") == "units" and wish.get("layer") in range(1, len(layers) + 1):
        at = wish["layer"] - 1
        if not isinstance(layers[at], Dense):
            raise ValueError(f"layer {at + 1} has no units of its own")
        layers[at] = layers[at].changed(units=layers[at].units + by)
    else:
        raise ValueError("a network can have a layer or units more or less")
    return experiment.changed(layers=tuple(layers))
