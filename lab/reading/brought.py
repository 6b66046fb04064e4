"""What is done with the pictures, drawings and networks that visitors bring, in functions that take
and return what can be sent to another process: networks travel as files.
"""

import functools
import hashlib
from collections.abc import Collection, Generator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lab.data.image_sets import MNIST, first_images
from lab.reading import calibration, fine_tune, predict
from lab.reading.calibration import Calibration
from lab.reading.fine_tune import Drawing
from lab.reading.picture_file import Opened, open_picture
from lab.reading.predict import Number
from lab.runs import model_file
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model, ModelError


@functools.lru_cache(maxsize=8)
def _model(content: bytes) -> Model:
    """Return the network in a file of our own, of which the same is asked again and again."""
    return model_file.from_bytes(content)


def read_number(
    content: bytes,
    picture: Opened,
    trust: Calibration,
    off: Collection[str],
    opinion: bool = True,
) -> Number:
    """Return what a network reads on a picture, as `predict.read_number` does."""
    return predict.read_number(_model(content), picture, trust, off, opinion)


def open_and_read(content: bytes, file: bytes) -> Number:
    """Return what a network reads on the picture in a file; raises PictureError and ModelError."""
    return predict.read_number(_model(content), open_picture(file), Calibration(), opinion=False)


def calibrate(content: bytes) -> Calibration:
    """Return the calibration of a network, as `calibration.calibrate` does."""
    return calibration.calibrate(_model(content))


def teach(
    content: bytes, drawings: Sequence[Drawing], trust: Calibration
) -> Generator[float, None, bytes]:
    """Yield the share of the work that is done; return the file of the network that was taught, as
    `fine_tune.fine_tune` does.
    """
    new = yield from fine_tune.fine_tune(_model(content), drawings)
    new.figures["calibration"] = asdict(trust)
    return model_file.weights_to_bytes(new)


@dataclass(frozen=True)
class Brought:
    """What a model's file says of itself, without the network.

    resumable: whether training can go on from it
    """

    experiment: Experiment
    figures: dict[str, Any]
    resumable: bool


def look_into(content: bytes) -> Brought:
    """Return what a file says, all of which has been read strictly; raises ModelError."""
    model = model_file.from_bytes(content)
    return Brought(model.experiment, model.figures, model.notes is not None)


@dataclass(frozen=True)
class Tried:
    """How many of the first test pictures a network has right, and what tells its weights from
    others.
    """

    parameters: int
    right: int
    asked: int
    weights: bytes


def try_out(content: bytes, most: int) -> Tried:
    """Ask the network in a file about the first test pictures of MNIST; raises ModelError for one
    that reads others.
    """
    model = _model(content)
    if not isinstance(model.experiment.dataset, MNIST):
        raise ModelError("this network reads other pictures than those of this lesson")
    tests = first_images(MNIST(), 10_000)
    x, y = tests.test_x[:most], tests.test_y[:most]
    right = int(np.sum(model.network.decide(model.network.outputs(x)) == y))
    weights = model.network.theta.tobytes()
    return Tried(len(model.network.theta), right, len(y), hashlib.sha256(weights).digest())
