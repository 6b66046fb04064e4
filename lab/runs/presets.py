"""Presets are experiments that do well: one recommended for each dataset, and those of the Digits
page.
"""

from engine import (
    LAYERS,
    MSE,
    Activation,
    Adam,
    Augmentation,
    Layer,
    Linear,
    Loss,
    find,
)
from lab.data.class_digits import ClassDigits
from lab.data.dataset import Dataset
from lab.data.image_sets import MNIST, Digits, FashionMNIST, MNISTAndStrokes, MNISTBinary
from lab.data.menu import DATASETS
from lab.data.names import LETTERS, Names
from lab.notation import parse
from lab.runs.experiment import Experiment


def natural_output(loss: Loss, output: Activation | None = None) -> Activation:
    """Return the output activation that a loss needs; if it takes any, `output`, or Linear if that
    is None.
    """
    return loss.partner() if loss.partner else output or Linear()


def recommended(dataset: str | Dataset, loss: Loss | None = None) -> Experiment:
    """Return a good first experiment for a dataset (and a loss); pages and the command line start
    from it.
    """
    if isinstance(dataset, str):
        dataset = find(DATASETS, dataset, "dataset")()
    loss = loss or dataset.natural_loss()
    settings = {"output": natural_output(loss)} | dataset.recommend(loss)
    return Experiment(dataset=dataset, loss=loss, **settings)


def _layers(text: str) -> tuple[Layer, ...]:
    return tuple(parse(LAYERS, text, "layers"))


def presets() -> dict[str, Experiment]:
    """Return the presets of the Digits page by the names shown there."""
    small = {"Small digits 8x8, a hidden layer": recommended(Digits())}
    return _digit_presets() | _clothes_presets() | small


def _digit_presets() -> dict[str, Experiment]:
    binary, digits = MNISTBinary(), recommended(MNIST())
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
    }


def class_presets(digest: str) -> dict[str, Experiment]:
    """Return what to do with the digits of a class: all three are tested on the same hands."""
    ours = recommended(ClassDigits(digest)).changed(epochs=30)
    both = ClassDigits(digest, mnist=10_000)
    return {
        "Our digits alone": ours,
        "MNIST and our digits": ours.changed(dataset=both, epochs=5),
        "MNIST alone, tested on us": ours.changed(dataset=both.changed(ours=0), epochs=5),
    }


def _clothes_presets() -> dict[str, Experiment]:
    clothes = recommended(FashionMNIST())
    return {
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
    }


def writers() -> dict[str, Experiment]:
    """Return two networks that learn to write names, by what they know the letters so far by."""
    names = recommended(Names()).changed(optimizer=Adam(0.002), epochs=20)
    look = f'Embedding({len(LETTERS)}, 16), Attention(32, "last"), Dense(32, ReLU)'
    return {
        "With a memory": names.changed(layers=_layers(f"Embedding({len(LETTERS)}, 8), GRU(32)")),
        "With attention": names.changed(layers=_layers(look)),
    }
