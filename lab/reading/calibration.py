"""Calibrates a network: its probabilities become as high as it is often right, and it says "not
sure" where it should.

A network that was trained until it made no mistake is surer of itself than it is right. One number,
the temperature T, mends that: its sums are divided by T before the softmax, which changes no
answer. Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017. T is
fitted on digits that no network has seen: the computer draws them, far more unruly than those of
the training sets, since other people's hands differ from these more than MNIST's do.

What looks like no digit at all leaves the largest sum small: Hendrycks and others, "Scaling
out-of-distribution detection for real-world settings", 2022.
"""

import functools
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from engine import expected_calibration_error
from engine.arrays import Inputs
from lab.data import strokes
from lab.data.image_sets import DIGITS
from lab.reading import fitting
from lab.runs.model_file import Model, from_bytes, with_figures

HELD_OUT, SEED, JITTER = 1500, 1, 0.1
# below, a network is not sure: of held-out digits with so little, about half are read wrongly
SURE = 0.6
STRANGE = 0.03  # the share of held-out digits whose largest sum is below what counts as familiar

Numbers = NDArray[np.floating]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Calibration:
    """The calibration of one network.

    temperature: its sums are divided by it
    familiar: the largest sum from which on a picture looks like a digit
    drawn: share of the held-out drawn digits that it reads; error: expected calibration error on
    these; both 0 if it reads no digits
    """

    temperature: float = 1.0
    familiar: float = -1e9
    drawn: float = 0.0
    error: float = 0.0


def probabilities(sums: Numbers, temperature: float = 1.0) -> NDArray[np.float64]:
    """Return the softmax of the sums (rows, classes) divided by the temperature: (rows,
    classes).
    """
    z = np.asarray(sums, np.float64) / temperature
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def fit_temperature(sums: Numbers, labels: Labels) -> float:
    """Return the temperature, 0.05 to 20, at which these labels (rows,) are likeliest, given the
    sums (rows, classes).
    """

    def surprise(log_t: float) -> float:
        p = probabilities(sums, float(np.exp(log_t)))
        return float(-np.log(np.maximum(p[np.arange(len(labels)), labels], 1e-30)).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-3, 3), method="bounded").x))


def sums(model: Model, rows: Inputs) -> Numbers:
    """Return what the temperature divides, (rows, classes): logits, or logarithms of the outputs.

    `rows` are prepared pictures, (rows, inputs).
    """
    network = model.network
    chunks = []
    for start in range(0, len(rows), network.chunk):
        z, a = network.forward(rows[start : start + network.chunk])
        takes_logits = network.loss.partner is not None and z.shape[1] > 1
        chunks.append(
            z.copy() if takes_logits else np.log(np.maximum(network.probabilities(a), 1e-12))
        )
    return np.vstack(chunks)


@functools.lru_cache(maxsize=2)
def draw_held_out(small: bool = False) -> tuple[Numbers, Labels]:
    """Return digits that no network has seen, (digits, 784), or (digits, 64) if `small`, and their
    labels.
    """
    drawn, labels = strokes.draw_digits(HELD_OUT, SEED, JITTER)
    images = drawn.astype(np.float32) / np.float32(255)
    if small:
        images = np.array([fitting.to_8x8(image) for image in images])
    return images.reshape(len(images), -1), labels


def reads_digits(model: Model) -> bool:
    """Return whether the model reads digits: all ten, or one against the others."""
    dataset = model.experiment.dataset
    return dataset.input_shape in ((28, 28), (8, 8)) and (
        dataset.positive_digit is not None or model.classes == DIGITS
    )


def add_calibration(content: bytes) -> bytes:
    """Return a model's file with its calibration added, if it reads digits; raises ModelError."""
    model = from_bytes(content)
    return (
        with_figures(content, {"calibration": asdict(calibrate(model))})
        if reads_digits(model)
        else content
    )


def calibrate(model: Model) -> Calibration:
    """Return the calibration of a network that reads digits; of any other, one that changes
    nothing.
    """
    if not reads_digits(model):
        return Calibration()
    dataset = model.experiment.dataset
    rows, labels = draw_held_out(dataset.input_shape == (8, 8))
    if dataset.positive_digit is not None:
        labels = (labels == dataset.positive_digit).astype(np.int64)
    z = sums(model, rows)
    t = fit_temperature(z, labels)
    return Calibration(
        t,
        float(np.quantile(z.max(axis=1), STRANGE)) if dataset.positive_digit is None else -1e9,
        float(np.mean(z.argmax(axis=1) == labels)),
        expected_calibration_error(labels, probabilities(z, t)),
    )
