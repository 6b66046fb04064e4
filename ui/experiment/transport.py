"""The buttons that drive a run: Train, Pause, one batch, one epoch, Reset."""

from collections.abc import Callable

import streamlit as st

from lab.runs.presets import recommended
from lab.workers.handle import Handle
from lab.workers.messages import FULL, GENTLE
from lab.workers.pool import shared_pool
from ui.experiment import current_run
from ui.experiment.controls import MAX_EPOCHS_SHOWN
from ui.fairness import say_if_hurried
from ui.state import page_state

PACES: dict[str, str | float] = {
    "Gentle start": GENTLE,
    "1 step a second": 1.0,
    "10 steps a second": 10.0,
    "100 steps a second": 100.0,
    "1,000 steps a second": 1000.0,
    "Full speed": FULL,
}
PACE_HELP = (
    "Gentle start takes its time over the first steps, in which most happens, and then goes ever "
    "faster."
)
BUTTONS = {  # an icon, and what it does where the name does not say it
    "Train": ("play_arrow", None),
    "Pause": ("pause", None),
    "Step": ("skip_next", "One step: a single batch of examples"),
    "Epoch": ("fast_forward", "On to the end of the epoch: every example once"),
    "Reset": (
        "restart_alt",
        "Forget everything and begin again from the same first weights",
    ),
}


def pace_of(page: str) -> str | float:
    """Return what the list of paces says.

    When a page opens, that is the pace of the run that is there, or else the gentle start.
    """
    key = f"{page}:pace"
    if key not in st.session_state:
        handle = current_run.current(page)
        names = [name for name, pace in PACES.items() if handle and pace == handle.pace]
        st.session_state[key] = names[0] if names else "Gentle start"
    return PACES[st.session_state[key]]


@st.fragment
def transport(
    page: str,
    token: str,
    *,
    speed: bool = False,
    on_train: Callable[[], None] | None = None,
    hidden: frozenset[str] = frozenset(),
) -> None:
    """Show the buttons that act on the run `token`.

    Reset begins the same experiment anew; `on_train` is called as well when Train is pressed.
    `speed` adds a list of paces; `hidden` names buttons that are not shown.
    """
    pool = shared_pool()
    say_if_hurried()

    def train() -> None:
        handle = pool.get(token)
        if handle and handle.status == "finished":
            _add_epochs(page, handle)
        pool.train(token)
        if on_train:
            on_train()

    actions: dict[str, Callable[[], None]] = {
        "Train": train,
        "Pause": lambda: pool.train(token, False),
        "Step": lambda: pool.step(token),
        "Epoch": lambda: pool.step(token, whole_epoch=True),
        "Reset": lambda: _reset(page, token),
    }
    with st.container(
        key=f"{page}-buttons", horizontal=True, gap="small", vertical_alignment="center"
    ):
        for label, (icon, tip) in BUTTONS.items():
            name = label.lower()
            if name not in hidden:
                st.button(
                    label,
                    key=f"{page}:{name}",
                    type="primary" if name == "train" else "secondary",
                    icon=f":material/{icon}:",
                    on_click=actions[label],
                    help=tip,
                )
        if speed and "speed" not in hidden:
            _choose_pace(page, token)
    state = page_state(page)
    if state.rerun:
        state.rerun = False
        st.rerun()  # not this fragment alone: another run is to be shown


def _choose_pace(page: str, token: str) -> None:
    st.selectbox(
        "Speed",
        list(PACES),
        list(PACES.values()).index(pace_of(page)),
        key=f"{page}:pace",
        width=136,
        label_visibility="collapsed",
        help=PACE_HELP,
        on_change=lambda: shared_pool().pace(token, pace_of(page)),
    )


def _reset(page: str, token: str) -> None:
    """Begin the same experiment anew."""
    handle, state = shared_pool().get(token), page_state(page)
    experiment = handle.experiment if handle else state.experiment
    assert experiment  # the page shows it
    current_run.begin(
        page,
        experiment,
        pace=handle.pace if handle else FULL,
        training=False,
        instead_of=handle,
    )
    state.rerun = True


def _add_epochs(page: str, handle: Handle) -> None:
    """Let a finished run train as many epochs again; the control says how many that makes."""
    key = f"{page}:epochs"
    if key in st.session_state:
        more = recommended(handle.experiment.dataset).epochs
        st.session_state[key] = min(handle.experiment.epochs + more, MAX_EPOCHS_SHOWN)
        page_state(page).rerun = True
