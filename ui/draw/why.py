"""Why a network says what it says of a drawing, and which training pictures it is reminded of."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lab.data import cache
from lab.data.cache import DownloadError
from lab.data.image_sets import set_name
from lab.errands import ErrandError, do_errand
from lab.explain import attribution
from lab.explain.occlusion import Memory, cover_patches, nearest_images, remember_images_of
from lab.reading import predict
from lab.runs import model_file
from lab.runs.model_file import Model
from lab.words import percent
from ui.draw import reader
from ui.draw.gallery import gallery
from ui.experiment.insides import show_explanation, show_layer


@st.cache_resource(max_entries=6, show_spinner="Showing it training pictures ...")
def _memory(weights: str, here: bool, _model: Model) -> Memory:
    try:
        memory: Memory = do_errand(remember_images_of, model_file.weights_to_bytes(_model))
    except ErrandError as problem:
        raise DownloadError(str(problem)) from problem
    return memory


def show_reasons(model: Model, pixels: NDArray[np.float32]) -> None:
    """Show pixels, patches, units, maps, and the training pictures most alike to this network."""
    seen = predict.resize_for(model, pixels)
    explanation = attribution.explain_picture(model.network, model.experiment, seen)
    covered = cover_patches(model, seen, reader.calibration(model))
    name = model.classes[explanation.answer]
    show_explanation(
        explanation,
        model.classes,
        [(covered, f"Cover a patch there, and “{name}” loses (blue) or gains (orange) from it")],
    )
    try:
        name = model.experiment.dataset.name
        known = _memory(reader.fingerprint(model), bool(name and cache.find(name)), model)
    except DownloadError as problem:
        st.caption(f"Training pictures cannot be shown: {problem}.")
    else:
        near = nearest_images(model, seen, known)
        st.markdown("**The pictures that its last hidden layer finds most alike**")
        gallery(
            [known.pictures[i].reshape(seen.shape) for i, _ in near],
            [f"{known.classes[known.labels[i]]}, {percent(share)}" for i, share in near],
            "The most similar pictures, each with what it is",
        )
        st.caption(
            f"Of {len(known.labels):,} training pictures of {set_name(known.source)}. "
            f"100 % would be the same to the network. {known.note}"
        )
    for layer in explanation.layers:
        if layer.maps:
            show_layer(layer)
