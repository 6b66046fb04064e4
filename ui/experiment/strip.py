"""What one plays with most, in sight without a scroll: a strip above the run, and beside it the
data.

Each of these widgets is the only one of its setting: the tabs of all settings leave it out.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields

import streamlit as st

from engine import ACTIVATIONS, OPTIMIZERS, REGULARIZERS
from lab.data.dataset import Dataset
from lab.data.tf_playground import CLASSES, NUMBERS, TFPlayground
from lab.runs.chance import other_points, other_weights
from lab.runs.experiment import Experiment
from lab.runs.redraw import FIRST
from ui.board.thumbnails import thumbnails
from ui.experiment import current_run
from ui.experiment.controls import Controls

PROBLEMS = tuple(FIRST)
MIXED, NONE, SEVERAL = "mixed", "None", "several"
NOTHING = "–"


DRAWS: dict[str, tuple[str, Callable[[Experiment], Experiment], str]] = {  # buttons by their keys
    "new_weights": (
        "casino",
        other_weights,
        "Begin anew with other first weights, on the same points",
    ),
    "new_points": (
        "shuffle",
        other_points,
        "Another draw of the same set, for the same first weights",
    ),
}


def draw_anew(controls: Controls, what: str) -> None:
    """Show the button that draws one of DRAWS anew, and keeps the other."""
    if controls.hides(what):
        return
    icon, how, tip = DRAWS[what]
    st.button(
        what.replace("_", " ").capitalize(),
        key=controls.key(what),
        icon=f":material/{icon}:",
        on_click=current_run.change,
        args=(controls, how),
        help=tip,
    )


def show_strip(controls: Controls) -> None:
    """Show rate, activation of all layers, regularisation and its rate, and the kind of problem."""
    with controls.group("training"):
        kind = OPTIMIZERS[st.session_state[controls.key("optimizer")]]
        controls.early(kind, "learning_rate", "optimizer")
    with controls.group("network"):
        _all_activations(controls)
    with controls.group("training"):
        _one_regularizer(controls)
    with controls.group("data"):
        _problem(controls)


def _all_activations(controls: Controls) -> None:
    """Show one menu that sets every hidden layer."""
    if controls.hides("activation"):
        return
    state, keys = st.session_state, controls.activation_keys()
    used = {state[key] for key in keys}
    names = [*ACTIVATIONS]
    now = used.pop() if len(used) == 1 else MIXED if used else NOTHING
    if now not in names:
        names = [now, *names]
    key = controls.key("all_activations")
    state[key] = now

    def set_all() -> None:
        if (name := state[key]) in ACTIVATIONS:
            for each in keys:
                state[each] = name

    st.selectbox(
        "Activation",
        names,
        names.index(now),
        key=key,
        disabled=not keys,
        on_change=set_all,
        help="Of all hidden layers; each by itself stands under Network",
    )


def _one_regularizer(controls: Controls) -> None:
    """Show a menu for the one regularizer that most runs have, and its rate."""
    if controls.hides("regularizers"):
        return
    state, several = st.session_state, controls.key("regularizers")
    menu = {name: kind for name, kind in REGULARIZERS.items() if not kind.reads_pictures}
    chosen = [name for name in state.get(several, []) if name in menu]
    now = NONE if not chosen else chosen[0] if len(chosen) == 1 else SEVERAL
    names = [NONE, *menu] if now != SEVERAL else [SEVERAL, NONE, *menu]
    key = controls.key("one_regularizer")
    state[key] = now

    def set_one() -> None:
        if state[key] != SEVERAL:
            state[several] = [state[key]] if state[key] in menu else []

    st.selectbox(
        "Regularisation",
        names,
        names.index(now),
        key=key,
        on_change=set_one,
        help="Keeps a network from learning its examples by heart; several at once stand under "
        "Training",
    )
    if controls.hides("strength"):
        return
    if now in menu:
        controls.early(menu[now], fields(menu[now])[0].name, "regularizers")
    else:  # its place is kept
        unused = controls.key("no_strength")
        st.select_slider("Strength", (NOTHING, " "), NOTHING, key=unused, disabled=True)


def _problem(controls: Controls) -> None:
    """Show whether the answers are classes or numbers."""
    if controls.hides("problem") or controls.hides("dataset"):
        return
    state, key = st.session_state, controls.key("problem")
    now = PROBLEMS[controls.dataset_now().regression]
    state[key] = now

    def change() -> None:
        wanted = state[key]
        if wanted == now:
            return
        if state[controls.key("dataset")] == "tf-playground":
            controls.put_data(_tf_playground(controls, wanted == "Regression"))
        else:
            controls.choose_dataset(FIRST[wanted])

    st.selectbox(
        "Problem",
        PROBLEMS,
        PROBLEMS.index(now),
        key=key,
        on_change=change,
        help="Classification: which class is it? Regression: which number?",
    )


def _tf_playground(controls: Controls, regression: bool) -> TFPlayground:
    """Return TensorFlow Playground's first set of a kind, with the settings that it had before."""
    before = controls.remembered(TFPlayground)
    sets = NUMBERS if regression else CLASSES
    return before if before.data in sets else before.changed(data=sets[0])


def show_data(controls: Controls, menu: Mapping[str, type[Dataset]]) -> None:
    """Show the datasets of the kind of problem at hand, and what one changes most about them."""
    now = controls.dataset_now()

    def of_this_kind() -> list[Dataset]:
        sets: list[Dataset] = []
        for kind in menu.values():
            dataset = now if isinstance(now, kind) else controls.remembered(kind)
            if isinstance(dataset, TFPlayground):
                dataset = _tf_playground(controls, now.regression)
            if dataset.regression == now.regression:
                sets.append(dataset)
        return sets

    def choose(name: str) -> None:
        if name == "tf-playground":
            controls.put_data(_tf_playground(controls, now.regression))
        else:
            controls.choose_dataset(name)

    if not controls.hides("dataset"):
        thumbnails(
            controls.key("thumbnails"), of_this_kind(), now, now.load(controls.seed_of_data), choose
        )
    left, right = st.columns(2, gap="small")
    kind = type(now)
    with left:
        controls.early(kind, "noise", "dataset")
    with right:
        controls.early(kind, "test_share", "dataset")
    left, right = st.columns(2, gap="small", vertical_alignment="bottom")
    with left, controls.group("training"):
        controls.batch_size()
    with right:
        draw_anew(controls, "new_points")
    controls.early(kind, "features", "dataset")
