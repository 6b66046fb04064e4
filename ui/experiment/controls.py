"""Controls: widgets made from the menus and their settings, which together say one `Experiment`.

A new entry of a menu, or a new setting of one, appears here by itself.
"""

import contextlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import streamlit as st

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    Choice,
    Dense,
    Layer,
    ReLU,
    Softmax,
    Tanh,
)
from lab.data.dataset import Dataset
from lab.data.image_sets import STAND_IN, source_here
from lab.data.menu import TITLES, name_of
from lab.data.toy_points import SHORT
from lab.runs.experiment import MAX_LAYERS, Experiment
from lab.runs.presets import natural_output
from lab.words import decimals, plain

C = TypeVar("C", bound=Choice)

MAX_HIDDEN = MAX_LAYERS
MAX_EPOCHS_SHOWN = 1000
LEARNING_RATES = (0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
STRENGTHS = (0.0, 0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
BATCH_SIZES = (*range(1, 31), 32, 64, 128, 256, 512, 1024)  # up to 30 as in TensorFlow Playground
TITLES_OF_LOSSES = {
    "MSE": "Squared error (MSE)",
    "MAE": "Absolute error (MAE)",
    "BinaryCrossEntropy": "Binary cross-entropy",
    "CategoricalCrossEntropy": "Categorical cross-entropy",
}


class Controls:
    """The controls of one page; `page` sets them apart from those of others."""

    def __init__(self, page: str, menu: Mapping[str, type[Dataset]]) -> None:
        self.page, self.menu = page, menu
        self.hidden: frozenset[str] = (
            frozenset()
        )  # names of settings, or of groups of them, that are not shown

    def hides(self, name: str) -> bool:
        """Whether the widget for a setting is not shown; its value stays as it is."""
        return name in self.hidden or self._group in self.hidden

    _group = ""

    @contextlib.contextmanager
    def group(self, name: str) -> Iterator[None]:
        """Within the block the widgets belong to "data", "network" or "training", which is shown or
        hidden as one.
        """
        self._group = name
        try:
            yield
        finally:
            self._group = ""

    def key(self, *parts: object) -> str:
        """The name of a widget's state."""
        return ":".join((self.page, *map(str, parts)))

    @property
    def filled(self) -> bool:
        """Whether the widgets have values; those of a page that one has left are gone, but for
        hidden ones.
        """
        return all(
            self.key(what) in st.session_state
            for what in ("dataset", "depth", "optimizer", "batch_size", "seed")
        )

    def put(self, experiment: Experiment) -> None:
        """Sets every control to what `experiment` says. Only before the controls are shown, or in a
        callback.
        """
        state = st.session_state
        state[self.key("dataset")] = name_of(experiment.dataset)
        state[self.key("depth")] = len(experiment.layers)
        for number, layer in enumerate(experiment.layers):
            state[self.key("layer", number)] = type(layer).__name__
            self._put_settings("layer", number, choice=layer)
        for what in ("output", "loss", "initializer", "optimizer", "schedule"):
            state[self.key(what)] = type(getattr(experiment, what)).__name__
            self._put_settings(what, choice=getattr(experiment, what))
        self._put_settings("dataset", choice=experiment.dataset)
        state[self.key("regularizers")] = [
            type(regularizer).__name__ for regularizer in experiment.regularizers
        ]
        for regularizer in experiment.regularizers:
            self._put_settings("regularizers", choice=regularizer)
        for what in ("batch_size", "epochs", "seed"):
            state[self.key(what)] = getattr(experiment, what)
        state[self.key("epochs")] = min(experiment.epochs, MAX_EPOCHS_SHOWN)

    def _put_settings(self, *where: object, choice: Choice) -> None:
        for f in fields(choice):  # type: ignore[arg-type]
            value, place = getattr(choice, f.name), (*where, type(choice).__name__, f.name)
            if isinstance(value, Choice):
                st.session_state[self.key(*place)] = type(value).__name__
                self._put_settings(*place, choice=value)
            else:
                st.session_state[self.key(*place)] = value

    def put_data(self, dataset: Dataset) -> None:
        """Sets the controls to another dataset, with a loss and an output that suit it where those
        do not.
        """
        st.session_state[self.key("dataset")] = name_of(dataset)
        self._put_settings("dataset", choice=dataset)
        suits = st.session_state[self.key("loss")] == "CategoricalCrossEntropy"
        if not suits or dataset.class_count == 2:
            self._suit(dataset)

    # --- widgets ----------------------------------------------------------------------------------

    def _number(self, f: Any, *where: object) -> Any:
        """A widget for one numeric setting: a slider where the range is small, a list for rates, a
        box otherwise.
        """
        key, label = self.key(*where, f.name), _label(f)
        low, high, caption = f.metadata["low"], f.metadata["high"], f.metadata["caption"]
        value = st.session_state.setdefault(key, f.default)
        if f.name in ("learning_rate", "strength"):
            options = sorted({*(LEARNING_RATES if f.name == "learning_rate" else STRENGTHS), value})
            return st.select_slider(label, options, key=key, help=caption, format_func=plain)
        if isinstance(f.default, int):
            if high > 100 and low < 20:
                return st.number_input(label, low, high, key=key, help=caption)
            return st.slider(label, low, high, key=key, help=caption, step=20 if high > 100 else 1)
        if high <= 2 and all(round(limit, 2) == limit for limit in (low, high)):
            return st.slider(label, float(low), float(high), key=key, help=caption, step=0.01)
        small = 0 < abs(value) < 0.0001  # which %g would write as 1e-05
        shown = f"%.{decimals(value)}f" if small else "%.6g"
        return st.number_input(
            label, low, high, key=key, help=caption, format=shown, step=f.default / 10
        )

    def settings(self, kind: type[C], *where: object, into: Iterator[Any] | None = None) -> C:
        """Widgets for the settings of one entry of a menu, each in the next place of `into`, and
        the entry so set.
        """
        values: dict[str, Any] = {}
        for f in fields(kind):  # type: ignore[arg-type]
            with next(into) if into else contextlib.nullcontext():
                values[f.name] = self._one(f, *where, kind.__name__)
        return kind(**values)

    def _one(self, f: Any, *place: object) -> Any:
        if "menu" in f.metadata:
            return self._nested(f, *place)
        if (
            self.hides({"data": "dataset", "train_percent": "test_share"}.get(f.name, f.name))
            or f.name == "drawn"
        ):
            return st.session_state.setdefault(self.key(*place, f.name), f.default)
        if f.name == "features":
            return self._features(f, *place)
        if "text" in f.metadata:
            key, longest = self.key(*place, f.name), f.metadata["text"]
            st.session_state.setdefault(key, f.default)
            return st.text_input(_label(f), key=key, max_chars=longest, help=f.metadata["caption"])
        if "options" not in f.metadata:
            return self._number(f, *place)
        key = self.key(*place, f.name)
        st.session_state.setdefault(key, f.default)
        return st.selectbox(_label(f), f.metadata["options"], key=key, help=f.metadata["caption"])

    def _features(self, f: Any, *place: object) -> str:
        key = self.key(*place, f.name)
        state = st.session_state
        state.setdefault(key, f.default)
        if isinstance(state[key], str):
            state[key] = [name.strip() for name in state[key].split(",")]
        chosen = st.pills(
            "Input features",
            list(SHORT),
            selection_mode="multi",
            key=key,
            format_func=SHORT.__getitem__,
            help="What the network is told of each point. With the squares of its coordinates it "
            "need not find out by itself what a circle is.",
        )
        if not chosen:
            raise ValueError("A network needs at least one input feature: switch one on")
        return ",".join(chosen)

    def _nested(self, f: Any, *place: object) -> Choice:
        st.session_state.setdefault(self.key(*place, f.name), f.default_factory.__name__)
        chosen: type[Choice] = self.choose(
            _label(f), f.metadata["menu"], self.key(*place, f.name).removeprefix(f"{self.page}:")
        )
        return self.settings(chosen, *place, f.name)

    def choose(
        self,
        label: str,
        menu: Mapping[str, type[C]],
        what: str,
        titles: Mapping[str, str] | None = None,
        on_change: Callable[[], None] | None = None,
    ) -> type[C]:
        """A list of a menu's entries, each explained by its docstring."""
        key = self.key(what)
        if st.session_state.get(key) not in menu:
            st.session_state[key] = next(iter(menu))
        if self.hides(
            "layers" if what.startswith("layer:") and what.count(":") == 1 else what.split(":")[-1]
        ):
            return menu[st.session_state[key]]
        name = st.selectbox(
            label,
            list(menu),
            key=key,
            help=captions(menu),
            on_change=on_change,
            format_func=lambda entry: (titles or {}).get(entry, entry),
        )
        return menu[name]

    # --- groups -----------------------------------------------------------------------------------

    def data(self, on_change: Callable[[], None] | None = None) -> Dataset:
        """Which dataset, and its knobs. Another one brings a loss and an output that suit it, or
        does `on_change`.
        """
        kind = self.choose(
            "Dataset", self.menu, "dataset", TITLES, on_change=on_change or self._suit
        )
        if not self.hides("dataset"):
            # what is said of a set does not hold for the pictures that stand in for it
            st.caption(
                ("Once it is downloaded: " if source_here(kind()) == STAND_IN else "")
                + caption(kind)
            )
        return self.settings(kind, "dataset")

    def _suit(self, dataset: Dataset | None = None) -> None:
        dataset = dataset or self.menu[st.session_state[self.key("dataset")]]()
        loss = dataset.natural_loss()
        st.session_state[self.key("loss")] = type(loss).__name__
        st.session_state[self.key("output")] = type(natural_output(loss)).__name__

    def network(self, dataset: Dataset) -> dict[str, Any]:
        """Layers, output, loss, first weights."""
        still = self.hides("layers")
        depth = (
            st.session_state[self.key("depth")]
            if still
            else st.slider(
                "Hidden layers", 0, MAX_HIDDEN, key=self.key("depth"), help=HELP["layers"]
            )
        )
        pictures = len(dataset.input_shape) == 2
        menu = {name: kind for name, kind in LAYERS.items() if pictures or not kind.reads_pictures}
        layers: list[Layer] = []
        for number in range(depth):
            # a new layer is like the one before it, if that is dense
            like = (
                layers[-1]
                if layers and isinstance(layers[-1], Dense)
                else Dense(16, ReLU() if pictures else Tanh())
            )
            place = ("layer", number)
            if self.key(*place) not in st.session_state:
                st.session_state[self.key(*place)] = "Dense"
                self._put_settings(*place, choice=like)
            bare = still and self.hides("units") and self.hides("activation")
            with st.container(border=not bare):
                left, right = st.columns(2) if not bare else (st.container(), st.container())
                with left:
                    kind = self.choose(f"Layer {number + 1}", menu, f"layer:{number}")
                layers.append(self.settings(kind, *place, into=itertools.cycle((right, left))))
        losses = {
            name: kind
            for name, kind in LOSSES.items()
            if not (dataset.regression and (kind.partner or kind.targets))
        }
        loss = self.settings(self.choose("Loss", losses, "loss", TITLES_OF_LOSSES), "loss")
        if loss.partner:
            output = natural_output(loss)
            if not self.hides("output") and not self.hides("loss"):
                st.caption(f"Output: {type(output).__name__}, which this loss needs.")
        else:
            single = dataset.class_count == 2
            outputs = {
                name: kind for name, kind in ACTIVATIONS.items() if not (single and kind is Softmax)
            }
            output = self.settings(self.choose("Output activation", outputs, "output"), "output")
        initializer = self.settings(
            self.choose("First weights", INITIALIZERS, "initializer"), "initializer"
        )
        return {"layers": tuple(layers), "output": output, "loss": loss, "initializer": initializer}

    def training(self, *, pictures: bool, epochs: int | None = None) -> dict[str, Any]:
        """Optimizer, schedule, regularisation, batch size, epochs unless they are given, seed."""
        optimizer = self.settings(self.choose("Optimizer", OPTIMIZERS, "optimizer"), "optimizer")
        schedule = self.settings(self.choose("Schedule", SCHEDULES, "schedule"), "schedule")
        key = self.key("regularizers")
        legal = [name for name in REGULARIZERS if pictures or name != "Augmentation"]
        names = st.session_state[key] = [
            name for name in st.session_state.get(key, []) if name in legal
        ]
        if not self.hides("regularizers"):
            names = st.multiselect(
                "Regularisation", legal, key=key, help=captions(REGULARIZERS), placeholder="None"
            )
        regularizers = [
            self.settings(REGULARIZERS[name], "regularizers")
            for name in REGULARIZERS
            if name in names
        ]
        sizes = sorted({*BATCH_SIZES, st.session_state.setdefault(self.key("batch_size"), 32)})
        chosen: dict[str, Any] = {
            "optimizer": optimizer,
            "schedule": schedule,
            "regularizers": tuple(regularizers),
            "batch_size": st.session_state[self.key("batch_size")],
            "epochs": epochs or st.session_state[self.key("epochs")],
            "seed": st.session_state[self.key("seed")],
        }
        if not self.hides("batch_size"):
            chosen["batch_size"] = st.select_slider(
                "Batch size", sizes, key=self.key("batch_size"), help=HELP["batch_size"]
            )
        for name, most in (("epochs", MAX_EPOCHS_SHOWN), ("seed", 2**32 - 1)):
            if not self.hides(name) and not (name == "epochs" and epochs):
                low = int(name == "epochs")
                chosen[name] = st.number_input(
                    name.capitalize(), low, most, key=self.key(name), help=HELP[name]
                )
        return chosen


def groups(controls: Controls) -> list[Any]:
    """Places for data, network and training: tabs for those that are shown."""
    names = ["data", "network", "training"]
    shown = [name for name in names if name not in controls.hidden]
    tabs = dict(
        zip(shown, st.tabs([name.capitalize() for name in shown]) if shown else [], strict=True)
    )
    return [tabs.get(name) or st.container() for name in names]


HELP = {
    "layers": "Layers of neurons between the inputs and the answer. "
    "None at all is a single straight cut.",
    "units": "How many neurons stand side by side in this layer.",
    "batch_size": "How many examples the network looks at before it makes one step.",
    "epochs": "How many times it goes through all training examples.",
    "seed": "All chance comes from this number: the same seed gives the same run, exactly.",
}


def sentence(problem: Exception) -> str:
    """What went wrong, as Markdown: one sentence, which may quote an address or a file letter for
    letter.
    """
    return as_written(unmarked_sentence(problem))


def unmarked_sentence(problem: Exception) -> str:
    """The same for where no Markdown is read: a capital letter in front and one full stop at the
    end.
    """
    text = str(problem).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def as_written(text: str) -> str:
    """Markdown that shows a text letter for letter, whoever wrote it: no link, no picture, no
    formula, no colour.

    Streamlit makes links of bare addresses and icons of :names: after Markdown's own escapes have
    been read, hence the spaces of no width.
    """
    escaped = re.sub(r"([\\`*_\[\]<>$~|&#])", r"\\\1", " ".join(text.split()))
    return re.sub(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)", "\u200b", escaped, flags=re.IGNORECASE)


def caption(kind: type[Choice]) -> str:
    """The first paragraph of an entry's docstring, which is its caption."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def captions(menu: Mapping[str, type[Choice]]) -> str:
    """A line for every entry of a menu."""
    return "\n\n".join(f"**{kind.__name__}**: {caption(kind)}" for kind in menu.values())


def _label(f: Any) -> str:
    text = str(f.metadata.get("label") or f.name.replace("_", " "))
    return text[0].upper() + text[1:] if text[0].isascii() else text  # β stays small
