"""Thumbnails are small pictures of datasets, of which one chooses one, as of radio buttons."""

import base64
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from lab.data.dataset import Data, Dataset
from lab.data.menu import TITLES, name_of
from ui import modules

COUNT = 150  # points in a thumbnail
REACH = 127  # what stands for the edge of the plane, and for the largest number

_component = modules.Component(
    "glassbox_thumbnails",
    "thumbnails.js",
    html='<div class="sets" data-part="sets" role="radiogroup" aria-label="Dataset"></div>',
    css=(modules.ASSETS / "css" / "thumbnails.css").read_text(encoding="utf-8"),
)


def points_of(dataset: Dataset, data: Data) -> str:
    """Return x, y, and class or number of some training points, as base64 of signed bytes."""
    places = data.places[0] if data.places else np.asarray(data.train_x)
    kinds = data.train_y[:COUNT]
    if kinds.dtype.kind == "f":
        kinds = np.rint(REACH * kinds.clip(-1, 1))
    middle, half = (dataset.high + dataset.low) / 2, (dataset.high - dataset.low) / 2
    near = np.rint(REACH * ((places[:COUNT] - middle) / half).clip(-1, 1))
    return base64.b64encode(np.column_stack([near, kinds]).astype(np.int8).tobytes()).decode()


@functools.lru_cache(maxsize=64)  # settings are what visitors choose
def _usual(kind: type[Dataset], settings: tuple[tuple[str, Any], ...]) -> str:
    dataset = kind(**dict(settings))
    return points_of(dataset, dataset.load(0))


def thumbnails(
    key: str,
    datasets: Sequence[Dataset],
    chosen: Dataset,
    data: Data,
    on_choice: Callable[[str], None],
) -> None:
    """Show a small picture of each dataset; that of `chosen` shows its `data`.

    `on_choice` is called with the name of another one, before the page runs again.
    """

    def choose() -> None:
        name = (st.session_state.get(key) or {}).get("chosen")
        if name in {name_of(dataset) for dataset in datasets}:
            on_choice(name)

    sets = []
    for dataset in datasets:
        mine = type(dataset) is type(chosen)
        usual = tuple(sorted(vars(dataset).items()))
        points = points_of(chosen, data) if mine else _usual(type(dataset), usual)
        name = name_of(dataset)
        sets.append(
            {
                "name": name,
                "title": TITLES[name],
                "points": points,
                "numbers": dataset.regression,
                "settings": dataset.to_dict(),
            }
        )
    _component(
        key=key,
        data={"sets": sets, "chosen": name_of(chosen)},
        on_chosen_change=choose,
    )
