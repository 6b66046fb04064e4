"""Reads digits: prepares a picture as the training pictures were prepared, and asks a trained
network.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab.data.image_sets import DIGITS
from lab.reading import fitting, preprocess
from lab.reading.calibration import SURE, Calibration, probabilities, reads_digits, sums
from lab.reading.photograph import prepare_photograph
from lab.reading.picture_file import Opened, PictureError
from lab.reading.segment import MOST
from lab.reading.strangers import looks_strange, second_opinion
from lab.runs.model_file import Model, ModelError, read

_ASSETS = Path(__file__).resolve().parents[2] / "assets"
SAY = 0.35  # the power of each of two networks: at a half each they were sure of too much
SHIPPED = {name: _ASSETS / f"{name}.safetensors" for name in ("mlp", "cnn")}


@dataclass(frozen=True)
class Answer:
    """What a network answers to a picture.

    label: the winning class; second: the runner-up
    probabilities: of each class, calibrated, in the model's order
    doubt: a sentence on why it is not sure; empty if it is
    """

    label: str
    probabilities: dict[str, float]
    second: str
    doubt: str = ""


def resize_for(model: Model, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a prepared 28x28 picture in the shape that the model was trained on; raises
    ModelError.
    """
    shape = model.experiment.dataset.input_shape
    if shape == (28, 28):
        return pixels
    if shape == (8, 8):
        return fitting.to_8x8(pixels)
    learned = "letters" if model.experiment.dataset.of_letters else "points of a plane"
    raise ModelError(
        f"this model was trained on {learned}, not on pictures: choose one from the Digits page"
    )


def read_digit(
    model: Model,
    pixels: NDArray[np.float32],
    trust: Calibration | None = None,
    opinion: bool = False,
) -> Answer:
    """Return the model's answer to a prepared 28x28 picture.

    `trust` is the model's calibration, by default that in its file. With a second `opinion`, the
    network that knows strangers has an equal say: the probabilities of both are multiplied (a
    product of experts: Hinton, 1999) and evened out, since the two learned from much the same and
    err alike; where they differ the answer is not sure. Raises
    ModelError for a model that reads no pictures.
    """
    trust = trust or calibration_of(model) or Calibration()
    z = sums(model, resize_for(model, pixels).reshape(1, -1))
    p = probabilities(z, trust.temperature)[0]
    votes = {model.classes[int(p.argmax())]}
    if opinion and model.classes == DIGITS:
        other = second_opinion(pixels)
        votes.add(DIGITS[int(other.argmax())])
        p = (p * other) ** SAY
        p /= p.sum()
    order = np.argsort(-p, kind="stable")
    label, second = model.classes[order[0]], model.classes[order[1]]
    doubt = ""
    if float(z.max()) < trust.familiar:
        doubt = "This looks like nothing that the network has learned."
    elif p[order[0]] < SURE:
        doubt = f"It could be {label}, and it could be {second}."
    elif reads_digits(model) and looks_strange(pixels):
        doubt = "This looks like no digit."
    elif len(votes) > 1:
        doubt = f"Two networks were asked, and said {' and '.join(sorted(votes))}."
    return Answer(
        label, {name: float(x) for name, x in zip(model.classes, p, strict=True)}, second, doubt
    )


@dataclass(frozen=True)
class Number:
    """What a network reads on a whole picture: the sheet, and an answer for each digit in reading
    order.
    """

    sheet: preprocess.Sheet
    answers: list[Answer]

    @property
    def text(self) -> str:
        """The answers side by side, as the number is written; words with a space between."""
        labels = [answer.label for answer in self.answers]
        return ("" if all(len(label) == 1 for label in labels) else " ").join(labels)


def read_number(
    model: Model,
    picture: Opened | Image.Image,
    trust: Calibration | None = None,
    off: Collection[str] = (),
    opinion: bool = True,
) -> Number:
    """Return what the model reads on a picture; `off` names stages of the preparation to leave out.

    A photograph is read with a second opinion, see `read_digit`, unless `opinion` is False.

    Raises PictureError where there is no ink, or far too many pieces of it, and ModelError as
    `answer` does.
    """
    if not reads_digits(model):
        sheet = preprocess.prepare_sheet(picture, {*off, "cut"})  # a shoe stays whole
    elif isinstance(picture, Opened):
        sheet = prepare_photograph(picture, off)
    else:
        sheet = preprocess.prepare_sheet(picture, off)
    if not sheet.digits:
        raise PictureError(
            "there is no ink in this picture: "
            "write or photograph a digit that stands out from its paper"
        )
    if len(sheet.digits) > MOST:
        raise PictureError(
            f"there are more than {MOST} pieces of ink in this picture, as on a page of text or in "
            "noise: cut out a number, and take that"
        )
    return Number(sheet, [_read_on(sheet, model, digit, trust, opinion) for digit in sheet.digits])


def _read_on(
    sheet: preprocess.Sheet,
    model: Model,
    digit: preprocess.Prepared,
    trust: Calibration | None,
    opinion: bool,
) -> Answer:
    """Return the answer to a digit of a sheet, with a second opinion and the sheet's doubts on a
    photograph.
    """
    answer = read_digit(model, digit.pixels, trust, opinion and sheet.place is not None)
    return replace(answer, doubt=answer.doubt or sheet.doubt)


def read_other(
    model: Model,
    number: Number,
    which: int,
    trust: Calibration | None = None,
    opinion: bool = True,
) -> Number:
    """Return what the model reads if another of the candidates on a photograph is taken, alone; the
    digits of the number are candidates then.
    """
    sheet = number.sheet
    part, digit = sheet.others[which]
    before = tuple(zip(sheet.parts, sheet.digits, strict=True))
    others = (*before, *sheet.others[:which], *sheet.others[which + 1 :])
    sheet = replace(sheet, parts=[part], digits=[digit], others=others)
    return Number(sheet, [_read_on(sheet, model, digit, trust, opinion)])


def calibration_of(model: Model) -> Calibration | None:
    """Return the calibration in the model's file, or None if it has none; raises ModelError for a
    bad one.
    """
    noted = model.figures.get("calibration")
    if noted is None:
        return None
    try:
        values = {
            name: float(noted[name]) for name in ("temperature", "familiar", "drawn", "error")
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            "the calibration in the file cannot be read: calibrate the model again"
        ) from error
    if not (0 < values["temperature"] < 100 and np.isfinite(list(values.values())).all()):
        raise ModelError("the calibration in the file makes no sense: calibrate the model again")
    return Calibration(**values)


def open_model(name: str) -> Model:
    """Return the model that ships under a name, or else the one in a file; raises ModelError."""
    return read(SHIPPED.get(name.lower(), Path(name)))
