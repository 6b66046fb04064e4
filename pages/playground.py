"""Playground: points on a plane, a small network, and the boundary that it draws between them while
it learns.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from lab.data.menu import TOY_POINTS
from lab.runs import links
from lab.runs.experiment import MAX_EPOCHS, Experiment, reshaped
from lab.runs.presets import recommended
from lab.workers.pool import BusyError, shared_pool
from ui.board import board
from ui.experiment import bring_points as own_points
from ui.experiment import charts, compare, sharing, slow_motion
from ui.experiment import current_run as runs
from ui.experiment.controls import Controls, as_written, groups, sentence
from ui.experiment.transport import pace_of, take_away, transport

PAGE = "playground"
controls = Controls(PAGE, TOY_POINTS)
controls.hidden = sharing.hidden()


def choose() -> Experiment:
    """The controls; raises ValueError for a mixture that is none. Such a run trains until one
    pauses it.
    """
    data_tab, network_tab, training_tab = groups(controls)
    with data_tab, controls.group("data"):
        dataset = controls.data()
        if not controls.hides("own"):
            own_points.panel(controls, dataset)
        if not controls.hides("link"):
            link_box()
    with network_tab, controls.group("network"):
        network = controls.network(dataset)
    with training_tab, controls.group("training"):
        training = controls.training(pictures=False, epochs=MAX_EPOCHS)
    return Experiment(dataset=dataset, **network, **training)


def link_box() -> None:
    """A place to paste an address of TensorFlow Playground into."""
    key = controls.key("link")
    st.text_input(
        "Open a link",
        key=key,
        on_change=open_link,
        placeholder="https://playground.tensorflow.org/#…",
        help="An address of this page, or of TensorFlow Playground: then with its points, first "
        "weights and curve.",
    )
    if problem := st.session_state.get(f"{key}.problem"):
        st.error(problem)
    for note in st.session_state.get(f"{key}.notes", ()):
        st.caption(as_written(note))


def open_link() -> None:
    """Sets all controls to what the pasted address says."""
    key = controls.key("link")
    address = str(st.session_state.get(key) or "")
    st.session_state[f"{key}.problem"], st.session_state[f"{key}.notes"] = "", []
    if not address.strip():
        return
    try:
        experiment, st.session_state[f"{key}.notes"] = links.read(address)
    except ValueError as problem:
        st.session_state[f"{key}.problem"] = sentence(problem)
        return
    for name, value in links.showing(address).items():
        st.query_params[name] = value
    st.session_state.pop(f"{PAGE}.shown", None)
    controls.put(experiment)


def shown() -> str:
    """What of the picture is switched on: what it was last, what the address says, or network and
    test points.
    """
    return st.session_state.get(f"{PAGE}.shown") or st.query_params.get("show", "network,test")


def switch(names: str) -> None:
    """Something was switched on or off on the board."""
    st.session_state[f"{PAGE}.shown"] = st.query_params["show"] = names


def reshape(wish: dict[str, Any] | None) -> None:
    """A layer or a unit more or less, as asked for on the board."""
    if wish:
        runs.change(controls, lambda experiment: reshaped(experiment, wish))


def follow(trouble: list[Any] | None) -> None:
    """Does what the advice on a trouble says."""
    runs.follow(controls, trouble)


def brush(wish: dict[str, Any] | None) -> None:
    """Points were added or erased on the board."""
    own_points.drawn(controls, wish)


def show(experiment: Experiment) -> None:
    """Buttons and board."""
    token = runs.show(PAGE, experiment, pace=pace_of(PAGE))
    runs.write_address(experiment)
    sharing.unknown()
    transport(PAGE, token, speed=True, hidden=controls.hidden)
    dataset = experiment.dataset
    data = dataset.load(experiment.seed)
    on: dict[str, Callable[[Any], None]] = {"shape": reshape, "advice": follow, "shown": switch}
    if dataset.editable:
        on["drawn"] = brush
    board.board(
        f"{PAGE}.board",
        token,
        "points",
        classes=data.classes,
        dots=board.points(data),
        hint="Press Train and watch the boundary bend.",
        score="R²" if dataset.regression else "accuracy",
        low=dataset.low,
        high=dataset.high,
        shown=shown(),
        keys=PAGE,
        hidden=controls.hidden,
        goal=sharing.goal(),
        on=on,
    )
    if not controls.hides("slow"):
        slow_motion.slow_motion(token, controls)
    with st.container(horizontal=True, gap="small"):
        if not controls.hides("files"):
            take_away(token, controls)
        if not controls.hides("share"):
            sharing.share(PAGE)
    if not controls.hides("compare"):
        st.markdown("##### Compare")
        compare.compare(token, controls)
    if st.toggle(
        "Study the curves",
        key=controls.key("study"),
        help="Exact values, zoom, and a logarithmic scale",
    ):
        study(token)


@st.fragment(run_every=3.0)
def study(token: str) -> None:
    """Loss and accuracy so far, looked at again every few seconds while the run goes on."""
    record = shared_pool().record(token)
    if not record or not record["history"]:
        st.caption("Nothing to study yet: press Train, or Epoch.")
        return
    logarithmic = st.checkbox("Logarithmic loss", key=controls.key("log"))
    charts.curves(record["history"], key=controls.key("curves"), logarithmic=logarithmic)


left, right = st.columns([2.3, 1], gap="medium")
try:
    if controls.filled:
        with right:
            experiment = choose()
        with left:
            show(experiment)
    else:  # the first time: what one came to see goes out before the controls
        start = runs.remembered(PAGE, TOY_POINTS) or recommended("spiral")
        experiment = start.changed(epochs=MAX_EPOCHS)
        controls.put(experiment)
        with left:
            show(experiment)
        with right:
            choose()
except (ValueError, BusyError) as problem:
    with left:
        st.error(sentence(problem))
