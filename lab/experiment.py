"""An experiment is one frozen description of everything that decides how a training run goes.

It is checked here and nowhere else, and the same description gives the same curve, bit for bit, on the same machine.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    L2,
    LAYERS,
    LOSSES,
    MSE,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SGD,
    Activation,
    Adam,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Constant,
    Cosine,
    Dense,
    He,
    Initializer,
    Linear,
    Loss,
    Network,
    Normal,
    Optimizer,
    ReLU,
    Schedule,
    Sigmoid,
    Softmax,
    Tanh,
    Xavier,
    find,
    from_dict,
)
from engine.settings import check_number
from lab.dataset import Dataset
from lab.datasets import DATASETS, name_of
from lab.image_sets import MNIST, Digits, FashionMNIST, ImageSet, MNISTBinary
from lab.toy_points import Spiral

VERSION = 1
MAX_PARAMETERS = 2_000_000
MAX_LAYERS = 12
MAX_EPOCHS = 1_000_000


@dataclass(frozen=True)
class Experiment:
    """Dataset, network, loss, optimizer, and the seed of all chance.

    `layers` are the hidden ones; the output layer follows from the dataset and the loss (see `output_units`), with
    `output` as its activation. Raises ValueError, naming the setting, what was given and what is allowed.
    """

    dataset: Dataset = field(default_factory=Spiral)
    layers: tuple[Dense, ...] = (Dense(16, Tanh()), Dense(16, Tanh()))
    output: Activation = field(default_factory=Softmax)
    loss: Loss = field(default_factory=CategoricalCrossEntropy)
    initializer: Initializer = field(default_factory=Xavier)
    optimizer: Optimizer = field(default_factory=Adam)
    schedule: Schedule = field(default_factory=Constant)
    regularizer: L2 = field(default_factory=L2)
    batch_size: int = 32
    epochs: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        for name, high in (("batch_size", 10_000), ("epochs", MAX_EPOCHS)):
            object.__setattr__(self, name, check_number(name, getattr(self, name), int, 1, high))
        object.__setattr__(self, "seed", check_number("seed", self.seed, int, 0, 2**32 - 1))
        if len(self.layers) > MAX_LAYERS:
            raise ValueError(f"hidden layers must number at most {MAX_LAYERS}, not {len(self.layers)}")
        if isinstance(self.loss, CategoricalCrossEntropy) and not isinstance(self.output, Softmax):
            raise ValueError("CategoricalCrossEntropy needs the output activation Softmax: it compares probabilities")
        if isinstance(self.loss, BinaryCrossEntropy) and not isinstance(self.output, Sigmoid):
            raise ValueError("BinaryCrossEntropy needs the output activation Sigmoid: it compares probabilities")
        if isinstance(self.output, Softmax) and self.output_units == 1:
            raise ValueError("Softmax needs two outputs or more: choose the loss CategoricalCrossEntropy, or Sigmoid")
        if self.parameters > MAX_PARAMETERS:
            raise ValueError(
                f"this network would have {self.parameters:,} parameters, and {MAX_PARAMETERS:,} is the most that can "
                "be trained here: take fewer layers or fewer units"
            )

    @property
    def output_units(self) -> int:
        """One output a class; for two classes a single one that says no or yes, unless the loss compares classes."""
        classes = self.dataset.class_count
        return 1 if classes == 2 and not isinstance(self.loss, CategoricalCrossEntropy) else classes

    @property
    def inputs(self) -> int:
        """Numbers in one example."""
        return int(np.prod(self.dataset.input_shape))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, units of each hidden layer, outputs: (2, 16, 16, 3)."""
        return (self.inputs, *(layer.units for layer in self.layers), self.output_units)

    @property
    def parameters(self) -> int:
        """How many weights and biases there are."""
        return sum((i + 1) * o for i, o in zip(self.sizes, self.sizes[1:], strict=False))

    def network(self) -> Network:
        """The network with its first weights, drawn from the seed."""
        layers = [*self.layers, Dense(self.output_units, self.output)]
        return Network(layers, self.inputs, self.loss, self.initializer, np.random.default_rng([self.seed, 1]))

    def changed(self, **settings: Any) -> "Experiment":
        """The same with some settings replaced, checked again."""
        return replace(self, **settings)

    def continues(self, other: "Experiment") -> bool:
        """Whether a run of `other` can go on so: only epochs and the knobs of optimizer and regularizer differ."""
        same_kind = type(self.optimizer) is type(other.optimizer)
        return same_kind and self == replace(
            other, optimizer=self.optimizer, regularizer=self.regularizer, epochs=self.epochs
        )

    def to_dict(self) -> dict[str, Any]:
        """What JSON, links and saved files carry."""
        description: dict[str, Any] = {"version": VERSION}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name == "dataset":
                description["dataset"] = value.to_dict() | {"name": name_of(value)}
            elif f.name == "layers":
                description["layers"] = [layer.to_dict() for layer in value]
            else:
                description[f.name] = value.to_dict() if hasattr(value, "to_dict") else value
        return description

    @classmethod
    def from_dict(cls, description: object) -> "Experiment":
        """The opposite of `to_dict`; settings that are missing take their defaults."""
        if not isinstance(description, Mapping):
            raise ValueError(f"an experiment must be a set of named settings, not {description!r}")
        if description.get("version", VERSION) != VERSION:
            raise ValueError(
                f"this experiment was written by another version ({description['version']!r}); this one reads {VERSION}"
            )
        menus = {
            "dataset": DATASETS, "output": ACTIVATIONS, "loss": LOSSES, "initializer": INITIALIZERS,
            "optimizer": OPTIMIZERS, "schedule": SCHEDULES, "regularizer": REGULARIZERS,
        }  # fmt: skip
        known = {f.name for f in fields(cls)} | {"version"}
        if unknown := [key for key in description if key not in known]:
            raise ValueError(f"an experiment has no setting called {unknown[0]!r}")
        settings: dict[str, Any] = {
            key: description[key] for key in ("batch_size", "epochs", "seed") if key in description
        }
        for key, menu in menus.items():
            if key in description:
                settings[key] = from_dict(menu, description[key], key)  # type: ignore[arg-type]
        if "layers" in description:
            if not isinstance(description["layers"], list):
                raise ValueError(f"layers must be a list, not {description['layers']!r}")
            settings["layers"] = tuple(from_dict(LAYERS, layer, "layer") for layer in description["layers"])
        return cls(**settings)

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


def natural_loss(dataset: Dataset) -> Loss:
    """The loss that suits a dataset: yes or no for two classes, one out of several otherwise."""
    return BinaryCrossEntropy() if dataset.class_count == 2 else CategoricalCrossEntropy()


def natural_output(loss: Loss, output: Activation | None = None) -> Activation:
    """The output activation that a loss needs, or `output` (Linear if there is none) where it takes any."""
    return loss.partner() if loss.partner else output or Linear()


def recommended(dataset: str | Dataset, loss: Loss | None = None) -> Experiment:
    """A good first experiment for a dataset (and a loss): what pages and the command line start from."""
    if isinstance(dataset, str):
        dataset = find(DATASETS, dataset, "dataset")()
    loss = loss or natural_loss(dataset)
    common: dict[str, Any] = {"dataset": dataset, "loss": loss, "output": natural_output(loss)}
    if isinstance(dataset, MNISTBinary) and isinstance(loss, MSE):
        # small weights and plain steps: larger ones kill a lone ReLU neuron in one seed out of three
        single = common | {"layers": (), "output": ReLU(), "initializer": Normal(0.05)}
        return Experiment(**single, optimizer=SGD(0.03), schedule=Cosine(), batch_size=64, epochs=10)
    if isinstance(dataset, MNISTBinary):
        return Experiment(**common, layers=(), optimizer=Adam(0.005), schedule=Cosine(), batch_size=64, epochs=10)
    if isinstance(dataset, ImageSet):
        hidden: dict[str, Any] = {
            "layers": (Dense(64, ReLU()),),
            "initializer": He(),
            "schedule": Cosine(),
            "optimizer": Adam(0.005),
        }
        small = isinstance(dataset, Digits)
        return Experiment(**common, **hidden, batch_size=32 if small else 64, epochs=40 if small else 5)
    return Experiment(**common, epochs=200)


def presets() -> dict[str, Experiment]:
    """The presets of the Digits page, by the name shown there."""
    binary = MNISTBinary()
    return {
        "Ten digits, a hidden layer": recommended(MNIST()),
        "Ten digits, no hidden layer": recommended(MNIST()).changed(layers=()),
        "0 or not: one ReLU neuron, squared error": recommended(binary, MSE()),
        "0 or not: one sigmoid neuron, cross-entropy": recommended(binary),
        "Clothes, a hidden layer": recommended(FashionMNIST()),
        "Small digits 8x8, a hidden layer": recommended(Digits()),
    }
