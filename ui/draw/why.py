"""Why a network says what it says of a drawing, and which training pictures it is reminded of."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lab.data import cache
from lab.data.cache import DownloadError
from lab.data.image_sets import set_name
from lab.explain import attribution as insides
from lab.explain.occlusion import Memory, alike, memory, occlusion
from lab.reading import predict as reading
from lab.runs.model_file import Model
from lab.words import percent
from ui.draw import reader
from ui.draw.gallery import gallery
from ui.experiment.insides import layer, shown


@st.cache_resource(max_entries=6, show_spinner="Showing it training pictures ...")
def _memory(mark: str, here: bool, _model: Model) -> Memory:
    return memory(_model)


def show(model: Model, pixels: NDArray[np.float32]) -> None:
    """Pixels, patches, units, maps, and the training pictures that are most alike to this network."""
    seen = reading.seen_by(model, pixels)
    found = insides.explained(model.network, model.experiment, seen)
    covered = occlusion(model, seen, reader.trusted(model))
    name = model.classes[found.answer]
    shown(
        found,
        model.classes,
        [(covered, f"Cover a patch there, and “{name}” loses (orange) or gains (blue) from it")],
    )
    try:
        name = getattr(model.experiment.dataset, "name", "")
        known = _memory(reader.mark(model), bool(name and cache.find(name)), model)
    except DownloadError as problem:
        st.caption(f"Training pictures cannot be shown: {problem}.")
    else:
        near = alike(model, seen, known)
        st.markdown("**The pictures that its last hidden layer finds most alike**")
        gallery(
            [known.pictures[i].reshape(seen.shape) for i, _ in near],
            [f"{known.classes[known.labels[i]]}, {percent(share)}" for i, share in near],
            "The most similar pictures, each with what it is",
        )
        st.caption(
            f"Of {len(known.labels):,} training pictures of {set_name(known.source)}. 100 % would be the same to the "
            f"network. {known.note}"
        )
    for said in found.said:
        if said.maps:
            layer(said, model.classes)
