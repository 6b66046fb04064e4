"""Presets are experiments that do well: one recommended for each dataset, and those of the Digits
page.
"""

from typing import Any

from engine import (
    LAYERS,
    MSE,
    SGD,
    Activation,
    Adam,
    Augmentation,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Cosine,
    Dense,
    HalfSquaredError,
    He,
    Layer,
    Linear,
    Loss,
    Normal,
    ReLU,
    Tanh,
    Uniform,
    find,
    parse,
)
from lab.data.dataset import Dataset
from lab.data.image_sets import MNIST, Digits, FashionMNIST, ImageSet, MNISTAndStrokes, MNISTBinary
from lab.data.menu import DATASETS
from lab.data.tf_playground import TFPlayground
from lab.runs.experiment import Experiment


def natural_loss(dataset: Dataset) -> Loss:
    """The loss that suits a dataset: distance for numbers, yes or no for two classes, one out of
    several otherwise.
    """
    if dataset.exact:
        return HalfSquaredError()
    if dataset.regression:
        return MSE()
    return BinaryCrossEntropy() if dataset.class_count == 2 else CategoricalCrossEntropy()


def natural_output(loss: Loss, output: Activation | None = None) -> Activation:
    """The output activation that a loss needs, or `output` (Linear if there is none) where it takes
    any.
    """
    return loss.partner() if loss.partner else output or Linear()


def recommended(dataset: str | Dataset, loss: Loss | None = None) -> Experiment:
    """A good first experiment for a dataset (and a loss): what pages and the command line start
    from.
    """
    if isinstance(dataset, str):
        dataset = find(DATASETS, dataset, "dataset")()
    loss = loss or natural_loss(dataset)
    if isinstance(dataset, TFPlayground):  # as its page opens
        output = Linear() if dataset.regression else Tanh()
        return Experiment(
            dataset=dataset,
            layers=_layers("Dense(4, Tanh), Dense(2, Tanh)"),
            output=output,
            loss=loss,
            initializer=Uniform(0.5),
            optimizer=SGD(0.03),
            batch_size=min(10, dataset.trained_on),
            epochs=200,
        )
    common: dict[str, Any] = {"dataset": dataset, "loss": loss, "output": natural_output(loss)}
    if isinstance(dataset, MNISTBinary) and isinstance(loss, MSE):
        # small weights and plain steps: larger ones kill a lone ReLU neuron in one seed out of
        # three
        single = common | {"layers": (), "output": ReLU(), "initializer": Normal(0.05)}
        return Experiment(
            **single, optimizer=SGD(0.03), schedule=Cosine(), batch_size=64, epochs=10
        )
    if isinstance(dataset, MNISTBinary):
        return Experiment(
            **common, layers=(), optimizer=Adam(0.005), schedule=Cosine(), batch_size=64, epochs=10
        )
    if isinstance(dataset, ImageSet):
        hidden: dict[str, Any] = {
            "layers": (Dense(64, ReLU()),),
            "initializer": He(),
            "schedule": Cosine(),
            "optimizer": Adam(0.005),
        }
        small = isinstance(dataset, Digits)
        return Experiment(
            **common, **hidden, batch_size=32 if small else 64, epochs=40 if small else 5
        )
    return Experiment(**common, epochs=200)


def _layers(text: str) -> tuple[Layer, ...]:
    return tuple(parse(LAYERS, text, "layers"))


def presets() -> dict[str, Experiment]:
    """The presets of the Digits page, by the name shown there."""
    binary, digits, clothes = MNISTBinary(), recommended(MNIST()), recommended(FashionMNIST())
    gently = (Augmentation(shift=1.5, rotate=8.0, scale=0.08),)
    strongly = (Augmentation(shift=1.5, rotate=12.0, scale=0.12, slant=0.3, stretch=0.2, bend=2.0),)
    anybody = recommended(MNISTAndStrokes()).changed(
        optimizer=Adam(0.002), batch_size=128, regularizers=strongly
    )
    return {
        "Ten digits, a hidden layer": digits,
        "Ten digits, no hidden layer": digits.changed(layers=()),
        "Ten digits, two hidden layers, pictures moved": digits.changed(
            layers=_layers("256, 128"),
            optimizer=Adam(0.002),
            batch_size=128,
            epochs=15,
            regularizers=gently,
        ),
        "Ten digits, convolutional": digits.changed(
            layers=_layers("Conv2D(8, 5), MaxPool2D, Conv2D(16, 5), MaxPool2D, Flatten, 64"),
            optimizer=Adam(0.003),
            epochs=8,
            regularizers=gently,
        ),
        "Anybody's digits, dense": anybody.changed(layers=_layers("256, 128"), epochs=20),
        "Anybody's digits, convolutional": anybody.changed(
            layers=_layers(
                "Conv2D(16, 5), MaxPool2D, Conv2D(32, 5), MaxPool2D, Flatten, Dropout(0.2), 128"
            ),
            epochs=12,
            regularizers=(strongly[0].changed(bend=1.5),),
        ),
        "Ten digits, recurrent: reads row by row": digits.changed(
            layers=_layers("GRU(64)"), batch_size=128, epochs=3
        ),
        "0 or not: one ReLU neuron, squared error": recommended(binary, MSE()),
        "0 or not: one sigmoid neuron, cross-entropy": recommended(binary),
        "Clothes, a hidden layer": clothes,
        "Clothes, two hidden layers, normalised": clothes.changed(
            layers=_layers(
                "Dense(256, Linear), BatchNorm(activation=ReLU), Dropout(0.3), "
                "Dense(128, Linear), BatchNorm(activation=ReLU), Dropout(0.2)"
            ),
            optimizer=Adam(0.003),
            batch_size=128,
            epochs=20,
        ),
        "Clothes, convolutional": clothes.changed(
            layers=_layers(
                "Conv2D(16, 3, padding=1), MaxPool2D, Conv2D(32, 3, padding=1), MaxPool2D, "
                "Flatten, Dropout(0.25), 128, Dropout(0.25)"
            ),
            optimizer=Adam(0.003),
            batch_size=128,
            epochs=10,
        ),
        "Small digits 8x8, a hidden layer": recommended(Digits()),
    }
