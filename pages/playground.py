"""Playground: points on a plane, a small network, and the boundary that it draws between them while it learns."""

import streamlit as st

from lab import workers
from lab.datasets import TOY_POINTS
from lab.experiment import MAX_EPOCHS, Experiment, recommended
from ui import board, runs
from ui.controls import Controls, sentence
from ui.transport import take_away, transport

PAGE = "playground"
PACES = {
    "Gentle start": "gentle",
    "1 step a second": 1.0,
    "10 steps a second": 10.0,
    "100 steps a second": 100.0,
    "1,000 steps a second": 1000.0,
    "Full speed": "full",
}

controls = Controls(PAGE, TOY_POINTS)


def start_from(name: str) -> Experiment:
    """The experiment with which a dataset opens: it trains until one pauses it."""
    return recommended(name).changed(epochs=MAX_EPOCHS)


if not controls.filled:
    controls.put(runs.remembered(PAGE) or start_from("spiral"))

left, right = st.columns([2.3, 1], gap="medium")

with right:
    data_tab, network_tab, training_tab = st.tabs(["Data", "Network", "Training"])
    with data_tab:
        dataset = controls.data()
    with network_tab:
        network = controls.network(dataset)
    with training_tab:
        training = controls.training(with_epochs=False, epochs=MAX_EPOCHS)
        st.selectbox(
            "Speed", list(PACES), key=controls.key("pace"),
            help="Gentle start takes its time over the first steps, in which most happens, and then goes ever faster.",
        )  # fmt: skip

with left:
    try:
        experiment = Experiment(dataset=dataset, **network, **training)
        token = runs.show(PAGE, experiment, pace=PACES[st.session_state[controls.key("pace")]])
    except (ValueError, workers.Busy) as problem:
        st.error(sentence(problem))
        st.stop()
    transport(PAGE, token)
    data = experiment.dataset.load(experiment.seed)
    board.board(
        f"{PAGE}.board", token, "points", classes=data.classes, dots=board.points(data),
        hint="Press Train and watch the boundary bend.",
    )  # fmt: skip
    take_away(token)
