"""Digits: train a network on pictures, follow its loss and accuracy, and look at what it still gets
wrong.
"""

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine import ReLU, f1, macro, precision, recall, weighted
from lab.data import cache
from lab.data.class_digits import ClassDigits
from lab.data.image_sets import set_name
from lab.data.menu import CLASS_SETS, IMAGE_SETS
from lab.runs.experiment import Experiment
from lab.runs.presets import class_presets, presets, recommended
from lab.words import percent
from lab.workers.messages import FULL
from lab.workers.pool import TRYING_AGAIN, shared_pool
from lab.workers.questions import Evaluation, Samples
from ui.belongings import tabs_as_before
from ui.board.board import Board, show_board
from ui.draw.gallery import gallery
from ui.experiment import charts, current_run, looked_at, sharing
from ui.experiment.controls import Controls, groups
from ui.experiment.downloads import show_download
from ui.experiment.training_page import lay_out, show_tools
from ui.experiment.transport import transport
from ui.rooms.attendance import newest_set
from ui.state import page_state, remembered

PAGE = "digits"
OWN = "Your own mixture"
STUDY_REST = 9  # times as long as a look took, until the next: a tenth of a worker's time at most
TABS = ("Look inside", "Class by class", "Training pictures", "Curves")


def class_set() -> str | None:
    """The digest of the class's own digits: those that were collected last, or that are chosen;
    "" where an address names some, and None where there are none to choose.
    """
    experiment = page_state(PAGE).experiment
    dataset = experiment.dataset if experiment else None
    if isinstance(dataset, ClassDigits):
        return newest_set() or dataset.digest
    named = str(st.query_params.get("dataset", "")).startswith(ClassDigits.__name__)
    return newest_set() or ("" if named else None)


OURS = class_set()
controls = Controls(PAGE, IMAGE_SETS if OURS is None else {**IMAGE_SETS, **CLASS_SETS})
controls.hidden = sharing.hidden()
PRESETS = presets() | (class_presets(OURS) if OURS else {})


def preset_chosen() -> None:
    """Sets all controls to the preset."""
    chosen = st.session_state.get(controls.key("preset"))
    if chosen in PRESETS:
        controls.put(PRESETS[chosen])


def dataset_chosen() -> None:
    """Another dataset starts from its first preset."""
    kind = controls.menu.get(str(st.session_state.get(controls.key("dataset"))))
    if kind:
        mine = (preset for preset in PRESETS.values() if type(preset.dataset) is kind)
        controls.put(next(mine, None) or recommended(kind()))


def choose() -> Experiment:
    """The controls; raises ValueError for a mixture that is none."""
    preset_place = st.container()
    data_tab, network_tab, training_tab = groups(controls)
    with data_tab, controls.group("data"):
        dataset = controls.data(on_change=dataset_chosen)
    with network_tab, controls.group("network"):
        network = controls.network(dataset)
    with training_tab, controls.group("training"):
        training = controls.training(pictures=True)
    mixture = {"dataset": dataset, **network, **training}
    same = [
        name
        for name, preset in PRESETS.items()
        if all(getattr(preset, k) == v for k, v in mixture.items())
    ]
    st.session_state[controls.key("preset")] = same[0] if same else OWN
    with preset_place:
        if controls.hides("preset"):
            return Experiment(**mixture)
        st.selectbox(
            "Start from",
            [*PRESETS, OWN],
            [*PRESETS, OWN].index(st.session_state[controls.key("preset")]),
            key=controls.key("preset"),
            on_change=preset_chosen,
            help="A ready mixture of data, network and training; change anything below to make it "
            "your own.",
        )
    return Experiment(**mixture)


def follow_advice(trouble: list[Any] | None) -> None:
    """Does what the advice on a trouble says."""
    current_run.follow_advice(controls, trouble)


def open_cell(wish: list[Any] | None) -> None:
    """Shows the pictures of a cell of the confusion matrix."""
    looked_at.open_cell(controls, wish)
    st.session_state[controls.key("studied")] = TABS[0]


def show_run(experiment: Experiment) -> None:
    """Buttons, board, and what one studies."""
    token = current_run.ensure(PAGE, experiment)
    current_run.write_address(experiment)
    dataset, state = experiment.dataset, page_state(PAGE)
    name = dataset.name
    if name and cache.find(name) is None:
        state.stand_in = token
        show_download(name)
    elif state.stand_in == token:  # the real pictures have come
        state.stand_in = ""
        old = shared_pool().get(token)
        token = current_run.begin(PAGE, experiment, pace=FULL, training=False, instead_of=old).token
    sharing.unknown()
    transport(PAGE, token, on_train=lambda: current_run.keep(token), hidden=controls.hidden)
    names = dataset.class_names
    board = Board(
        "images",
        names,
        "Press Train to begin.",
        held="validation" if experiment.validation_share else "test",
        keys=PAGE,
        goal=sharing.goal(),
        on={"advice": follow_advice, "cell": open_cell},
    )
    show_board(f"{PAGE}.board", token, board)
    if isinstance(experiment.output, ReLU):
        st.caption(
            "Where a ReLU neuron answers 0 its slope is 0 as well, so it learns nothing from that "
            "picture. One that answers 0 to every picture is dead: try the learning rate 1. A "
            "sigmoid neuron always has a slope."
        )
    if dataset.class_count == 2:
        st.caption(
            f"Always answering “{names[0]}” is right about nine times in ten, and has learned "
            "nothing: the grey line. An accuracy of 85 to 90 % is therefore no success here. "
            f"Watch F1 for “{names[1]}” below."
        )
    study(token)
    show_tools(token, controls, series=False)


@dataclass
class Study:
    """What was last studied: at which moment, the token and the step, and what was found; and when
    it may be looked at again, as its worker has to train besides.
    """

    moment: tuple[str, int] | None = None
    rests_until: float = 0.0
    samples: Samples | None = None
    evaluation: Evaluation | None = None
    record: dict[str, Any] | None = None


@st.fragment(run_every=3.0)
def study(token: str) -> None:
    """Samples, per-class figures, and the worst mistakes; looked at again every few seconds while
    the run goes on.
    """
    pool = shared_pool()
    handle = pool.get(token)
    if handle is None:
        st.caption("This run has ended. Press Reset to begin a new one.")
        return
    studied = remembered(f"{PAGE}.study", Study)
    other, start = studied.moment is None or studied.moment[0] != token, time.monotonic()
    changed = studied.moment != (token, handle.step) and start >= studied.rests_until
    if other or changed or studied.samples is None:
        current_run.snapshot(token)
        studied.samples, studied.evaluation = pool.samples(token), pool.evaluation(token)
        studied.moment, studied.record = (token, handle.step), pool.record(token)
        now = time.monotonic()
        studied.rests_until = now + STUDY_REST * (now - start)
    show_study(token, studied.samples, studied.evaluation, studied.record)


def show_classes(evaluation: Evaluation, classes: tuple[str, ...], source: str) -> None:
    """How well each class is recognised, and what that makes in all."""
    confusion = evaluation.confusion
    table = {
        "Class": list(classes),
        "Precision": 100 * precision(confusion),
        "Recall": 100 * recall(confusion),
        "F1": 100 * f1(confusion),
        f"{evaluation.held.capitalize()} pictures": confusion.sum(axis=1),
    }
    explained = {
        "Precision": "Of its answers with this class, how many were right",
        "Recall": "Of the pictures of this class, how many it found",
        "F1": "Precision and recall in one: high only if both are",
    }
    bars = {
        name: st.column_config.ProgressColumn(
            format="%.1f %%", min_value=0, max_value=100, help=text
        )
        for name, text in explained.items()
    }
    st.dataframe(table, hide_index=True, column_config=bars, height=38 + 35 * len(classes))
    plain, by_size = macro(f1(confusion)), weighted(f1(confusion), confusion)
    averages = [
        f"Over {evaluation.tests:,} {evaluation.held} pictures of {set_name(source)} after step "
        f"{evaluation.step:,}.",
        f"F1, mean of the classes: {percent(plain)}, by their size: {percent(by_size)}.",
    ]
    if evaluation.top_3 is not None:
        averages.append(
            f"The right class is among its three likeliest {percent(evaluation.top_3)} of the time."
        )
    if evaluation.roc_auc is not None:
        averages.append(
            f"ROC-AUC {evaluation.roc_auc:.3f}: so often it is surer of “{classes[1]}” for a "
            "picture of one than for a picture of something else. Guessing gives 0.5."
        )
    st.caption(" ".join(averages))


def show_curves(record: dict[str, Any]) -> None:
    """The history as charts to point at."""
    if record["history"]:
        logarithmic = st.checkbox("Logarithmic loss", key=controls.key("log"))
        charts.curves(
            record["history"],
            key=controls.key("curves"),
            logarithmic=logarithmic,
            held=record.get("held", "test"),
        )
    else:
        st.caption("Nothing to study yet: press Train, or Epoch.")


def show_samples(samples: Samples) -> None:
    """What it learns from."""
    gallery(
        list(samples.pictures),
        [samples.classes[y] for y in samples.labels],
        "Pictures from the training set with their classes",
    )
    st.caption(f"The first of the training pictures. Source: {set_name(samples.source)}.")


def open_test_set(token: str) -> None:
    """Look at the sealed test set, and have what is studied looked at again."""
    shared_pool().open_test_set(token)
    remembered(f"{PAGE}.study", Study).moment = None


def show_seal(token: str, evaluation: Evaluation) -> None:
    """The test set of a run that keeps a validation set: sealed, or what was seen of it."""
    look = evaluation.looked
    with st.container(border=True, key="seal", horizontal=True, vertical_alignment="center"):
        if look is None:
            st.markdown(
                f":material/lock: **The test set is sealed.** All figures here are of "
                f"{evaluation.tests:,} validation pictures. Choose by these as often as you like; "
                f"open the {evaluation.sealed:,} test pictures once, at the very end."
            )
        else:
            times = "once" if look.times == 1 else f"{look.times:,} times"
            st.markdown(
                f":material/lock_open: **Test set: {percent(look.accuracy)} of {look.examples:,} "
                f"right**, loss {look.loss:.4f}, after step {look.step:,}. "
                f"It was looked at {times}."
                + (
                    ""
                    if look.times == 1
                    else " Whoever chooses by it again and again fits to it: "
                    "the first look was the honest one."
                )
            )
        st.button(
            "Open the test set" if look is None else "Look again",
            key=controls.key("open_test"),
            on_click=open_test_set,
            args=(token,),
            width="content",
        )


def show_study(
    token: str,
    samples: Samples | None,
    evaluation: Evaluation | None,
    record: dict[str, Any] | None,
) -> None:
    """The tabs below the board."""
    if samples is None or evaluation is None or record is None:
        usual = "Loading the pictures ..."
        st.caption(shared_pool().why_nothing(token, usual, TRYING_AGAIN))
        return
    classes, source = samples.classes, samples.source
    if evaluation.sealed:
        show_seal(token, evaluation)
    # only what is open is sent: tables and charts that nobody looks at are megabytes of scripts
    tabs = tabs_as_before(TABS, controls.key("studied"))
    title, tab = next((title, tab) for title, tab in zip(TABS, tabs, strict=True) if tab.open)
    with tab:
        match title:
            case "Look inside":
                looked_at.show_looked_at(token, controls, evaluation, tuple(classes))
            case "Class by class":
                show_classes(evaluation, classes, source)
            case "Training pictures":
                show_samples(samples)
            case "Curves":
                show_curves(record)


lay_out(controls, choose, show_run, next(iter(PRESETS.values())))
