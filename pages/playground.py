"""Playground: points on a plane, a small network, and the boundary that it draws between them while
it learns.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from engine import Dense, Tanh
from lab.data.menu import TOY_POINTS
from lab.frames.dots import dots_of
from lab.runs import links
from lab.runs.experiment import MAX_EPOCHS, Experiment, reshaped
from lab.runs.presets import recommended
from lab.workers.pool import TRYING_AGAIN, shared_pool
from ui.belongings import belongings, chosen_before, note_choice
from ui.board.board import Board, show_board
from ui.experiment import bring_points, charts, current_run, sharing, strip
from ui.experiment.controls import Controls, groups
from ui.experiment.training_page import lay_out, show_tools
from ui.experiment.transport import pace_of, transport
from ui.sentences import as_written, sentence
from ui.state import Reply, page_state

PAGE = "playground"
SWITCHES = f"{PAGE}.switches"  # the name of a note
# small enough that one can follow each unit, and large enough for the spiral
FIRST = recommended("spiral").changed(layers=(Dense(6, Tanh()), Dense(4, Tanh())))
controls = Controls(PAGE, TOY_POINTS)
controls.hidden = sharing.hidden()


def read() -> Experiment:
    """What the controls say. Such a run trains until one pauses it, or until it is solved."""
    return controls.read(pictures=False, epochs=MAX_EPOCHS)


def choose() -> None:
    """The controls."""
    with quick:
        strip.show_strip(controls)
    data_tab, network_tab, training_tab = groups(controls)
    with data_tab, controls.group("data"):
        strip.show_data(controls, TOY_POINTS)
        dataset = controls.data()
        if not controls.hides("own"):
            bring_points.show_own_points(controls, dataset)
        if not controls.hides("link"):
            link_box()
    with network_tab, controls.group("network"):
        controls.network(dataset)
    with training_tab, controls.group("training"):
        controls.training(pictures=False, epochs=MAX_EPOCHS)


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
    reply = page_state(PAGE).link
    if reply.problem:
        st.error(reply.problem)
    for note in reply.notes:
        st.caption(as_written(note))


def open_link() -> None:
    """Sets all controls to what the pasted address says."""
    key = controls.key("link")
    address = str(st.session_state.get(key) or "")
    reply = page_state(PAGE).link = Reply()
    if not address.strip():
        return
    try:
        experiment, reply.notes = links.read_link(address)
    except ValueError as problem:
        reply.problem = sentence(problem)
        return
    for name, value in links.read_page_options(address).items():
        st.query_params[name] = value
    page_state(PAGE).switches = ""
    controls.put(experiment)


def shown() -> str:
    """What of the picture is switched on: what it was last in this tab, what the address says, what
    it was last in this visit, or network and test points.
    """
    before = belongings().notes.get(SWITCHES, "network,test")
    return page_state(PAGE).switches or st.query_params.get("show", before)


def switch(names: str) -> None:
    """Something was switched on or off on the board."""
    page_state(PAGE).switches = st.query_params["show"] = names
    belongings().keep_note(SWITCHES, names)


def reshape(wish: dict[str, Any] | None) -> None:
    """A layer or a unit more or less, as asked for on the board."""
    if wish:
        current_run.change(controls, lambda experiment: reshaped(experiment, wish))


def follow_advice(trouble: list[Any] | None) -> None:
    """Does what the advice on a trouble says."""
    current_run.follow_advice(controls, trouble)


def brush(wish: dict[str, Any] | None) -> None:
    """Points were added or erased on the board."""
    bring_points.brush(controls, wish)


def show_run(experiment: Experiment) -> None:
    """Buttons and board."""
    token = current_run.ensure(PAGE, experiment, pace=pace_of(PAGE))
    current_run.write_address(experiment)
    sharing.unknown()
    with drive:
        transport(PAGE, token, speed=True, hidden=controls.hidden)
        strip.draw_anew(controls, "new_weights")
    dataset, data = experiment.dataset, experiment.data()
    on: dict[str, Callable[[Any], None]] = {
        "shape": reshape,
        "advice": follow_advice,
        "shown": switch,
    }
    if dataset.editable:
        on["drawn"] = brush
    board = Board(
        "points",
        data.classes,
        "Press Train and watch the boundary bend.",
        dots=dots_of(data),
        score="R²" if dataset.regression else "accuracy",
        low=dataset.low,
        high=dataset.high,
        shown=shown(),
        tab=page_state(PAGE).tab,
        keys=PAGE,
        hidden=controls.hidden,
        goal=sharing.goal(),
        on=on,
    )
    show_board(f"{PAGE}.board", token, board)
    show_tools(token, controls)
    key = controls.key("study")
    studies = st.toggle(
        "Study the curves",
        chosen_before(key, False),
        key=key,
        help="Exact values, zoom, and a logarithmic scale",
    )
    note_choice(key)
    if studies:
        study(token)


@st.fragment(run_every=3.0)
def study(token: str) -> None:
    """Loss and accuracy so far, looked at again every few seconds while the run goes on."""
    record = shared_pool().record(token)
    if not record or not record["history"]:
        usual = "Nothing to study yet: press Train, or Epoch."
        st.caption(shared_pool().why_nothing(token, usual, TRYING_AGAIN))
        return
    logarithmic = st.checkbox("Logarithmic loss", key=controls.key("log"))
    charts.curves(record["history"], key=controls.key("curves"), logarithmic=logarithmic)


with st.container(
    key="playground-strip", horizontal=True, gap="small", vertical_alignment="bottom"
):
    drive = st.container(
        key="playground-drive",
        horizontal=True,
        gap="small",
        vertical_alignment="bottom",
        width="content",
    )
    quick = st.container(
        key="playground-quick", horizontal=True, gap="small", vertical_alignment="bottom"
    )
with st.container(key="playground-body"):
    lay_out(controls, choose, show_run, FIRST, read=read, epochs=MAX_EPOCHS)
