"""The menu of datasets, under the names by which links, files and the command line call them."""

from lab.data.class_digits import ClassDigits
from lab.data.dataset import Dataset
from lab.data.image_sets import (
    MNIST,
    Digits,
    FashionMNIST,
    ImageSet,
    MNISTAndStrokes,
    MNISTBinary,
    set_name,
)
from lab.data.names import Names
from lab.data.own_points import OwnPoints
from lab.data.tf_playground import TFPlayground
from lab.data.toy_points import XOR, Bumps, Circles, Gaussians, Moons, Plane, PlanePoints, Spiral

TOY_POINTS: dict[str, type[PlanePoints]] = {
    "spiral": Spiral,
    "circles": Circles,
    "xor": XOR,
    "gaussians": Gaussians,
    "moons": Moons,
    "plane": Plane,
    "bumps": Bumps,
    "tf-playground": TFPlayground,
    "own-points": OwnPoints,
}
IMAGE_SETS: dict[str, type[ImageSet]] = {
    "mnist": MNIST,
    "mnist-strokes": MNISTAndStrokes,
    "mnist-binary": MNISTBinary,
    "fashion-mnist": FashionMNIST,
    "digits": Digits,
}
CLASS_SETS: dict[str, type[ImageSet]] = {"class-digits": ClassDigits}  # where a class has some
DATASETS: dict[str, type[Dataset]] = {**TOY_POINTS, **IMAGE_SETS, **CLASS_SETS, "names": Names}
TITLES = {
    "spiral": "Spiral",
    "circles": "Circles",
    "xor": "XOR",
    "gaussians": "Gaussians",
    "moons": "Moons",
    "plane": "Plane (regression)",
    "bumps": "Bumps (regression)",
    "tf-playground": "TensorFlow Playground's",
    "own-points": "Your own points",
    "mnist": "MNIST, ten digits",
    "mnist-strokes": "MNIST and drawn digits",
    "mnist-binary": "MNIST, one digit against the rest",
    "fashion-mnist": "Fashion-MNIST",
    "digits": "Digits 8x8",
    "class-digits": "Digits of the class",
    "names": "Names, letter by letter",
}


def name_of(dataset: Dataset) -> str:
    """Return the name of a dataset in the menu."""
    return next(name for name, dataset_class in DATASETS.items() if dataset_class is type(dataset))


def title_of(dataset: Dataset, source: object) -> str:
    """Return in words what was learned: the title of `dataset` when its data came from `source`.

    Pictures are named by `lab.data.image_sets.set_name`.
    """
    if not dataset.has_pictures:
        return TITLES[name_of(dataset)]
    return dataset.pictures_title(set_name(source))
