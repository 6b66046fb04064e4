"""Explains a network that reads pictures: the weights of its first layer, each layer's activations
for one picture, and what each pixel adds to the answer.

The last is gradient x input: how much each pixel, or each unit, adds to the winning sum. In a
network made of straight pieces (ReLU), these shares and those of the biases add up to it exactly.
Shrikumar, Greenside, Shcherbina and Kundaje, "Not just a black box", 2016; Simonyan, Vedaldi and
Zisserman, "Deep inside convolutional networks", 2013.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import Conv2D, Dense, Dropout, Flatten, Network, as_numbers
from lab.runs.experiment import Experiment
from lab.runs.run import Run

STEP = 1e-4  # of the slopes: small beside a pixel's 0 to 1, large beside float64's last digit
SHOWN = 256  # units or maps of a layer that are handed on
STRONGEST = 6

Pictures = NDArray[np.floating]


@dataclass(frozen=True)
class LayerOutput:
    """What one layer says to the picture: (units,) or, where `maps`, (maps, height, width).

    Of its `count` units or maps these are the first.
    """

    title: str
    values: Pictures
    maps: bool
    count: int


@dataclass(frozen=True)
class Insides:
    """All that a page shows of a network and one picture.

    first, first_kind: weights of the first layer that has any, (units, height, width) for "units"
    that see the whole picture and for "filters", or none of either; said: layer by layer;
    probabilities (classes,)
    shares: what each pixel added to the winning sum (height, width); rest: what biases and bends
    added; total: both
    strongest: units of the last hidden layer with what each added, the largest first, by size
    """

    picture: Pictures
    label: int
    answer: int
    probabilities: NDArray[np.float64]
    first: Pictures
    first_kind: str
    layers: list[LayerOutput]
    shares: Pictures
    rest: float
    total: float
    strongest: list[tuple[int, float]]


def explain_test_picture(run: Run, index: int) -> Insides:
    """Explain what the run's network says to a test picture; the run is left as it is."""
    index %= len(run.data.test_y)
    pixels = as_numbers(run.data.test_x[index])
    return explain_picture(run.network, run.experiment, pixels, int(run.data.test_y[index]))


def explain_picture(
    network: Network, experiment: Experiment, pixels: Pictures, label: int = -1
) -> Insides:
    """Explain what a network says to one picture (pixels,); -1 labels one that is not known."""
    network, shape = as_float64(network, experiment), experiment.dataset.input_shape
    x = pixels.reshape(1, -1).astype(np.float64)
    activations = [layer.copy() for layer in network.activations(x)]
    z, a = (part.copy() for part in network.forward(x))
    p = network.probabilities(a)[0]
    answer = int(p.argmax())
    winner = answer if z.shape[1] > 1 else 0
    sign = 1.0 if z.shape[1] > 1 or answer else -1.0  # of a lone unit's sum, where no has won
    slopes = sign * _slopes(network, x[0], winner)
    shares = (slopes * x[0]).reshape(shape)
    total = sign * float(z[0, winner])
    first, first_kind = first_layer(network)
    before = activations[-2][0] if len(activations) > 1 else x[0]
    added = sign * before * network.output.W[:, winner]
    order = np.argsort(-np.abs(added))[:STRONGEST]
    return Insides(
        x[0].reshape(shape),
        label,
        answer,
        p,
        first,
        first_kind,
        layer_outputs(network, activations),
        shares,
        total - float(shares.sum()),
        total,
        [(int(i), float(added[i])) for i in order] if len(activations) > 1 else [],
    )


def as_float64(network: Network, experiment: Experiment) -> Network:
    """Return a copy of the network in float64."""
    e = experiment
    copy = Network(
        e.all_layers,
        e.dataset.input_shape,
        e.loss,
        e.initializer,
        np.random.default_rng(0),
        np.float64,
        regression=e.dataset.regression,
    )
    copy.theta[:], copy.buffers[:] = network.theta, network.buffers
    return copy


def _slopes(network: Network, x: NDArray[np.float64], winner: int) -> NDArray[np.float64]:
    """Return ∂z/∂x of the winning sum by central differences: (pixels,), 0 at pixels without ink.

    There a share is 0 whatever the slope.
    """
    inked = np.flatnonzero(x)
    slopes = np.zeros_like(x)
    for start in range(0, len(inked), network.chunk // 2):
        part = inked[start : start + network.chunk // 2]
        rows = np.repeat(x[None], 2 * len(part), axis=0)
        rows[np.arange(len(part)), part] += STEP
        rows[len(part) + np.arange(len(part)), part] -= STEP
        z = network.forward(rows)[0][:, winner]
        slopes[part] = (z[: len(part)] - z[len(part) :]) / (2 * STEP)
    return slopes


def first_layer(network: Network) -> tuple[Pictures, str]:
    """Return the weights of the first layer as pictures (units, height, width), and what they are.

    That is "units", "filters", or "" if the first layer has neither. At most SHOWN are returned;
    filters that read several maps are averaged over these.
    """
    for layer in network.layers:
        if isinstance(layer, Dense):
            return np.moveaxis(layer.W.reshape(*network.shapes[0], -1), -1, 0)[
                :SHOWN
            ].copy(), "units"
        if isinstance(layer, Conv2D):
            return np.moveaxis(layer.W.mean(axis=2), -1, 0)[:SHOWN].copy(), "filters"
        if not isinstance(layer, Flatten | Dropout):
            break
    return np.zeros((0, 1, 1)), ""


def layer_outputs(network: Network, activations: list[Pictures]) -> list[LayerOutput]:
    """Return what each layer says, from the activations (rows, numbers) for one picture."""
    layers = []
    for number, (layer, values, shape) in enumerate(
        zip(network.layers, activations, network.shapes[1:], strict=True), 1
    ):
        if isinstance(layer, Dropout | Flatten):
            continue  # says what the one before it says
        last = number == len(network.layers)
        name = "Output" if last else f"Layer {number}, {type(layer).__name__}"
        if len(shape) == 3:  # (height, maps, width), see engine/convolution.py
            maps = np.moveaxis(values[0].reshape(shape), 1, 0)[:SHOWN]
            layers.append(
                LayerOutput(
                    f"{name}: {shape[1]} maps of {shape[0]} x {shape[2]}", maps, True, shape[1]
                )
            )
        else:
            count = values.shape[1]
            layers.append(
                LayerOutput(
                    f"{name}: {count} {'unit' if count == 1 else 'units'}",
                    values[0][:SHOWN],
                    False,
                    count,
                )
            )
    return layers
