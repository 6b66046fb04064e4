"""Reading is what a trained network does with a picture: prepare it as its training pictures were, and ask."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab import pictures
from lab.saved_models import Model, ModelError, read

_ASSETS = Path(__file__).resolve().parent.parent / "assets"
SHIPPED = {name: _ASSETS / f"{name}.safetensors" for name in ("mlp", "cnn")}


@dataclass(frozen=True)
class Answer:
    """What a network says of a picture: the winning class, and the probability of each, in the model's order."""

    label: str
    probabilities: dict[str, float]


def seen_by(model: Model, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """A prepared 28x28 picture in the shape that the model was trained on."""
    shape = model.experiment.dataset.input_shape
    if shape == (28, 28):
        return pixels
    if shape == (8, 8):
        return pictures.to_8x8(pixels)
    raise ModelError("this model was trained on points of a plane, not on pictures: choose one from the Digits page")


def answer(model: Model, pixels: NDArray[np.float32]) -> Answer:
    """What the model says of a prepared 28x28 picture; raises ModelError for a model that reads no pictures."""
    row = seen_by(model, pixels).reshape(1, -1)
    p = model.network.probabilities(model.network.outputs(row))[0]
    return Answer(model.classes[int(p.argmax())], {name: float(x) for name, x in zip(model.classes, p, strict=True)})


def open_model(name: str) -> Model:
    """A model that ships, by its name, or one in a file; raises ModelError."""
    return read(SHIPPED.get(name.lower(), Path(name)))
