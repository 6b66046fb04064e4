"""Image datasets: small grey pictures of digits or clothes, each pixel from 0 (paper) to 1 (ink).

Where MNIST or Fashion-MNIST are not on this computer yet, scikit-learn's 1,797 digits stand in, and
the note says so.
"""

import functools
import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import MSE, SGD, Adam, Cosine, Dense, He, Loss, Normal, ReLU, setting
from lab.data import cache, image_files
from lab.data.dataset import Data, Dataset
from lab.data.drawn_digits import with_drawn_digits

DIGITS = tuple("0123456789")
_CLOTHES = "T-shirt, trousers, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot"
CLOTHES = tuple(_CLOTHES.split(", "))

STAND_IN, SMALL = "scikit-learn's digits, fitted to 28x28", "scikit-learn's digits"
CLASS = "class-digits"
PATIENCE = 2.0  # seconds of waiting that need no explanation
DRAWN_A_SECOND = 800  # digits, on an ordinary computer
SETS = {
    "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST",
    STAND_IN: STAND_IN,
    SMALL: "scikit-learn's digits, 8x8",
    CLASS: "Digits of a class",
}


def set_name(source: object) -> str:
    """Return in words which pictures a `Data.source`, or a figure that notes one, stands for.

    Label figures by this, not by the dataset that was asked for: another may have stood in for it.
    """
    unknown = "a set that is not noted"
    return SETS.get(source, unknown) if isinstance(source, str) else unknown


def _rows(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pictures as rows of bytes, which networks read as numbers from 0 to 1."""
    return pictures.reshape(len(pictures), -1)


def stand_in(name: str) -> str:
    """Return in words what is used while a set is not here."""
    return (
        f"{SETS[name]} is not on this computer yet. Until it is downloaded, the 1,797 small "
        "handwritten digits that come with scikit-learn, enlarged to 28x28, take its place."
    )


_loading = threading.Lock()  # lru_cache lets those who come at the same time each load a copy


def _load(name: str, classes: tuple[str, ...]) -> Data:
    with _loading:
        return _load_once(name, classes, cache.find(name) is not None)


# all users of a worker share one copy, and all workers share its pictures
@functools.lru_cache(maxsize=2)
def _load_once(name: str, classes: tuple[str, ...], here: bool) -> Data:
    """Load MNIST or Fashion-MNIST with its official split, or the stand-in if it is not `here`."""
    if here:
        source, note, images = name, "", image_files.load(name)
    else:
        source, images, classes = STAND_IN, image_files.fallback_mnist(), DIGITS
        note = stand_in(name)
    return Data(
        _rows(images.train_x),
        images.train_y.astype(np.int64),
        _rows(images.test_x),
        images.test_y.astype(np.int64),
        classes,
        (28, 28),
        source,
        note,
    )


@functools.lru_cache(maxsize=2)
def _load_with_drawn(name: str, here: bool, count: int) -> Data:
    """Load MNIST, or the stand-in if it is not `here`, with so many drawn digits below."""
    with _loading:
        data = _load_once(name, DIGITS, here)
    pictures, digits = with_drawn_digits(data.train_x.astype(np.uint8, copy=False), count)
    return replace(data, train_x=pictures, train_y=np.concatenate([data.train_y, digits]))


def mnist_rows(count: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the first `count` training pictures of MNIST, or of what stands in for it, as rows,
    and their digits.
    """
    data = _load("mnist", DIGITS)
    return data.train_x[:count], data.train_y[:count]


def source_here(dataset: Dataset) -> str | None:
    """Return the `Data.source` that pictures would be loaded from now; None for other data."""
    if not dataset.has_pictures:
        return None
    if not dataset.name:
        return SMALL
    return dataset.name if cache.find(dataset.name) else STAND_IN


def first_images(dataset: Dataset, count: int, source: object = None) -> Data:
    """Return an image set with at most its first `count` training pictures, for a page to leaf
    through.

    `source` is the `Data.source` that a network was trained on: if it was the stand-in, the
    stand-in is returned, even when the set has been downloaded since. For `mnist-strokes` the
    pictures are MNIST's. Raises TypeError for a dataset without pictures.
    """
    if not dataset.has_pictures:
        raise TypeError(f"{type(dataset).__name__} has no pictures")
    if not dataset.name:
        return dataset.load(0)
    classes = CLOTHES if dataset.name == "fashion-mnist" else DIGITS
    here = source != STAND_IN and cache.find(dataset.name) is not None
    data, digit = _first_images(dataset.name, classes, count, here), dataset.positive_digit
    return data if digit is None else _tell_apart(data, digit)


def _tell_apart(data: Data, digit: int) -> Data:
    """Return the same pictures in two classes: not the digit, and the digit."""
    return replace(
        data,
        train_y=(data.train_y == digit).astype(np.int64),
        test_y=(data.test_y == digit).astype(np.int64),
        classes=(f"not {digit}", str(digit)),
    )


@functools.lru_cache(maxsize=2)
def _first_images(name: str, classes: tuple[str, ...], count: int, here: bool) -> Data:
    images = image_files.load(name) if here else image_files.fallback_mnist()
    return Data(
        _rows(images.train_x[:count]),
        images.train_y[:count].astype(np.int64),
        _rows(images.test_x),
        images.test_y.astype(np.int64),
        classes if here else DIGITS,
        (28, 28),
        name if here else STAND_IN,
        "" if here else stand_in(name),
    )


def shifted(pictures: NDArray[np.floating], right: int) -> NDArray[np.floating]:
    """Return pictures (..., height, width) moved right by so many pixels, or left if below 0; zeros
    come in.
    """
    out, width = np.zeros_like(pictures), pictures.shape[-1]
    right = max(-width, min(right, width))
    out[..., max(right, 0) : width + min(right, 0)] = pictures[
        ..., max(-right, 0) : width - max(right, 0)
    ]
    return out


class ImageSet(Dataset):
    """A picture is a row of pixels."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (28, 28)

    def recommend(self, loss: Loss) -> dict[str, Any]:
        return {
            "layers": (Dense(64, ReLU()),),
            "initializer": He(),
            "schedule": Cosine(),
            "optimizer": Adam(0.005),
            "batch_size": 64,
            "epochs": 5,
        }


@dataclass
class MNISTBinary(ImageSet):
    """One digit against the nine others. Only one picture in ten is the digit: never guessing it is
    90 % right.
    """

    name = "mnist"
    digit: int = setting(0, 0, 9, "The one digit to be found among all others")

    @property
    def class_count(self) -> int:
        return 2

    @property
    def class_names(self) -> tuple[str, ...]:
        return f"not {self.digit}", str(self.digit)

    @property
    def positive_digit(self) -> int:
        return self.digit

    def load(self, seed: int) -> Data:
        return _tell_apart(_load(self.name, DIGITS), self.digit)

    def class_of(self, label: str) -> str:
        """Whatever is not the digit is of the first class."""
        return label if label in self.class_names else self.class_names[0]

    def recommend(self, loss: Loss) -> dict[str, Any]:
        usual = {"layers": (), "schedule": Cosine(), "batch_size": 64, "epochs": 10}
        if isinstance(loss, MSE):
            # a lone ReLU neuron: larger weights and steps kill it in one seed out of three
            neuron = {"output": ReLU(), "initializer": Normal(0.05), "optimizer": SGD(0.03)}
            return usual | neuron
        return usual | {"optimizer": Adam(0.005)}

    def pictures_title(self, pictures: str) -> str:
        return f"{pictures}, {self.digit} or not"

    def selection_code(self) -> str:
        return "".join(
            f"data.{part}_y = (data.{part}_y == {self.digit}).astype(np.int64)\n"
            for part in ("train", "test")
        )


@dataclass
class MNIST(ImageSet):
    """70,000 digits written by hand by some 500 people, 28x28 pixels: the most famous dataset of
    all.
    """

    name = "mnist"
    train_size: int = setting(
        60_000,
        10,
        60_000,
        "How many of the training pictures it learns from: with few it learns them by heart",
        label="training pictures",
    )

    @property
    def most_examples(self) -> int:
        return self.train_size

    def load(self, seed: int) -> Data:
        """The first `train_size` training pictures; the test set is always whole."""
        data, size = _load(self.name, DIGITS), self.train_size
        if size >= len(data.train_x):
            return data
        return replace(data, train_x=data.train_x[:size], train_y=data.train_y[:size])

    def pictures_title(self, pictures: str) -> str:
        return f"{pictures}, ten digits"

    def selection_code(self) -> str:
        size = self.train_size
        if size >= MNIST().train_size:
            return ""
        return f"data.train_x, data.train_y = data.train_x[:{size}], data.train_y[:{size}]\n"


@dataclass
class MNISTAndStrokes(ImageSet):
    """MNIST, and with it digits drawn by the computer in ways that MNIST has few of: barred sevens,
    flagged ones.
    """

    name = "mnist"
    drawn_digits = True
    strokes: int = setting(
        20_000, 0, 60_000, "How many drawn digits are added to the training pictures"
    )

    @property
    def most_examples(self) -> int:
        return 60_000 + self.strokes

    def load(self, seed: int) -> Data:
        return _load_with_drawn(self.name, cache.find(self.name) is not None, self.strokes)

    def while_loading(self, seconds: float) -> str:
        """Whoever waits, waits for the drawing: what has been drawn is read in a moment."""
        if seconds < PATIENCE or not self.strokes:
            return ""
        usual = self.strokes / DRAWN_A_SECOND
        wait = f"{seconds:.0f} s " + (f"of about {usual:.0f} s" if seconds < usual else "so far")
        return f"Drawing {self.strokes:,} digits, which happens once on a computer: {wait}."

    def pictures_title(self, pictures: str) -> str:
        return f"{pictures} and drawn digits"

    def selection_code(self) -> str:
        return (
            f"more, digits = draw_digits({self.strokes})\n"
            "data.train_x = np.vstack([data.train_x, _rows(more)])\n"
            "data.train_y = np.concatenate([data.train_y, digits])\n"
        )


@dataclass
class FashionMNIST(ImageSet):
    """70,000 pictures of clothes and shoes in the format of MNIST, and a good deal harder."""

    name = "fashion-mnist"

    @property
    def class_names(self) -> tuple[str, ...]:
        return CLOTHES if cache.find(self.name) else DIGITS

    def load(self, seed: int) -> Data:
        return _load(self.name, CLOTHES)

    def allows(self, classes: tuple[str, ...]) -> bool:
        """Digits stand in for clothes, here or where the network learned."""
        return classes in (self.class_names, DIGITS, CLOTHES)


@dataclass
class Digits(ImageSet):
    """1,797 digits of only 8x8 pixels, which come with scikit-learn: learned within a second."""

    test_share: float = setting(
        0.2,
        0.05,
        0.9,
        "The share of the pictures that is kept for testing",
        label="share for testing",
    )

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (8, 8)

    @property
    def most_examples(self) -> int:
        return 1_797

    def load(self, seed: int) -> Data:
        """Split class by class, so that every digit is tested alike, and alike for every seed."""
        pictures, labels = image_files.small_digits()
        rng = np.random.default_rng(0)
        order = rng.permutation(len(labels))
        by_class = [order[labels[order] == digit] for digit in range(10)]
        counts = [
            min(max(round(len(rows) * self.test_share), 1), len(rows) - 1) for rows in by_class
        ]
        test = np.concatenate([rows[:k] for rows, k in zip(by_class, counts, strict=True)])
        train = np.concatenate([rows[k:] for rows, k in zip(by_class, counts, strict=True)])
        x, y = _rows(pictures), labels.astype(np.int64)
        return Data(x[train], y[train], x[test], y[test], DIGITS, (8, 8), SMALL)

    def recommend(self, loss: Loss) -> dict[str, Any]:
        return super().recommend(loss) | {"batch_size": 32, "epochs": 40}
