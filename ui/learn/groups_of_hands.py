"""How many of each digit a network finds, for the hands that it learned from and for others."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import confusion_matrix, recall
from engine.arrays import Inputs
from lab.data.dataset import validation_rows
from lab.data.image_sets import MNIST, first_images
from lab.data.strokes import draw_digits
from lab.runs.model_file import Model

READ, DRAWN, SEED = 10_000, 1000, 17  # training pictures that are looked through; drawn digits


@st.cache_data(max_entries=1, show_spinner="Drawing digits ...")
def _others() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    pictures, digits = draw_digits(DRAWN, SEED)
    return pictures.reshape(len(pictures), -1), digits


def recalls(model: Model, share: float) -> dict[int, tuple[float, float]]:
    """Return the share found of each digit: of pictures kept apart by `share`, and drawn ones."""
    data = first_images(MNIST(), READ)
    count = len(data.train_y) if data.note else MNIST().train_size
    kept = validation_rows(count, share)[1]
    kept = kept[kept < len(data.train_y)]
    same = _recall(model, data.train_x[kept], data.train_y[kept])
    other = _recall(model, *_others())
    return {k: (float(same[k]), float(other[k])) for k in range(10)}


def _recall(model: Model, x: Inputs, y: NDArray[np.int64]) -> NDArray[np.floating]:
    return recall(confusion_matrix(y, model.network.decide(model.network.outputs(x)), 10))
