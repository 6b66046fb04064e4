"""Explains an answer to a drawing: what it would be without a part of the drawing, and which
training pictures are most alike.

`attribution` tells what each pixel and unit adds. Here a patch of the picture is covered at each
place in turn (Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014,
section 4.2), and the training pictures are found whose activations in the last hidden layer are
most similar (Papernot and McDaniel, "Deep k-nearest neighbors", 2018).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import Network, as_numbers
from lab.data.image_sets import first_images
from lab.reading.calibration import Calibration, probabilities, sums
from lab.runs import model_file
from lab.runs.model_file import Model

PATCH = 5  # pixels across, of 28
SAMPLE = 10_000  # training pictures among which the most alike are sought

Pictures = NDArray[np.floating]


def cover_patches(model: Model, pixels: Pictures, trust: Calibration) -> Pictures:
    """Return by how much covering a patch around each pixel lowers the winner's probability.

    The result is (height, width), below 0 where the probability rises. `pixels`, (height, width),
    is the picture as the model sees it; what is covered becomes paper.
    """
    height, width = pixels.shape
    half = max(1, round(PATCH * height / 28)) // 2
    rows = np.repeat(pixels[None], height * width, axis=0)
    for y in range(height):
        for x in range(width):
            rows[
                y * width + x, max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1
            ] = 0
    # elsewhere there is nothing to cover
    touched = np.flatnonzero((rows != pixels).any(axis=(1, 2)))
    before = probabilities(sums(model, pixels.reshape(1, -1)), trust.temperature)[0]
    winner = int(before.argmax())
    fall = np.zeros(height * width)
    if len(touched):
        after = probabilities(
            sums(model, rows[touched].reshape(len(touched), -1)), trust.temperature
        )
        fall[touched] = before[winner] - after[:, winner]
    return fall.reshape(height, width)


@dataclass(frozen=True)
class Memory:
    """Training pictures (n, height·width), their labels (n,), and their activations (n, units) in
    the last hidden layer, scaled to length 1.

    `classes` names the labels; where other pictures stand in for the model's, they are not its
    classes.
    """

    pictures: Pictures
    labels: NDArray[np.int64]
    activations: Pictures
    classes: tuple[str, ...]
    source: str
    note: str


def _last_hidden(network: Network, rows: Pictures) -> Pictures:
    chunks = []
    for start in range(0, len(rows), network.chunk):
        layers = network.activations(rows[start : start + network.chunk])
        chunks.append(
            (layers[-2] if len(layers) > 1 else rows[start : start + network.chunk]).copy()
        )
    activations = np.vstack(chunks)
    length = np.linalg.norm(activations, axis=1, keepdims=True)
    unit: Pictures = activations / np.maximum(length, 1e-9)
    return unit


def remember_images(model: Model) -> Memory:
    """Return what `nearest_images` needs of the first SAMPLE pictures that the model was trained
    on.

    Other pictures stand in for them where they are not here.
    """
    data = first_images(model.experiment.dataset, SAMPLE, model.figures.get("data"))
    pictures = as_numbers(data.train_x)
    activations = _last_hidden(model.network, pictures)
    return Memory(pictures, data.train_y, activations, data.classes, data.source, data.note)


def remember_images_of(content: bytes) -> Memory:
    """Return what `remember_images` does, for the network in a file of ours."""
    return remember_images(model_file.from_bytes(content))


def nearest_images(
    model: Model, pixels: Pictures, known: Memory, count: int = 8
) -> list[tuple[int, float]]:
    """Return the rows in `known` of the pictures most similar to `pixels`, and their similarities.

    Similarity is the cosine of the angle between activations in the last hidden layer: 1 for the
    same direction. The most similar comes first.
    """
    similarity = known.activations @ _last_hidden(model.network, pixels.reshape(1, -1))[0]
    order = np.argsort(-similarity, kind="stable")[:count]
    return [(int(i), float(similarity[i])) for i in order]
