"""Controls: widgets made from the menus and their settings, which together say one `Experiment`.

A new entry of a menu, or a new setting of one, appears here by itself.
"""

import contextlib
import itertools
from collections.abc import Callable, Mapping
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
    Activation,
    Choice,
    Dense,
    Layer,
    Loss,
    Regularizer,
    ReLU,
    Softmax,
    Tanh,
)
from lab.data.dataset import Dataset
from lab.data.image_sets import STAND_IN, source_here
from lab.data.menu import TITLES, name_of
from lab.runs.experiment import MAX_LAYERS, Experiment
from lab.runs.presets import natural_output
from lab.words import percent
from ui.experiment.setting_widgets import SettingWidgets
from ui.sentences import caption, captions

MAX_HIDDEN = MAX_LAYERS
MAX_EPOCHS_SHOWN = 1000
SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)  # of the training pictures
BATCH_SIZES = (*range(1, 31), 32, 64, 128, 256, 512, 1024)  # up to 30 as in TensorFlow Playground
TITLES_OF_LOSSES = {
    "MSE": "Squared error (MSE)",
    "MAE": "Absolute error (MAE)",
    "BinaryCrossEntropy": "Binary cross-entropy",
    "CategoricalCrossEntropy": "Categorical cross-entropy",
}


D = TypeVar("D", bound=Dataset)


class Controls(SettingWidgets):
    """The controls of one page, for datasets out of `menu`."""

    def __init__(self, page: str, menu: Mapping[str, type[Dataset]]) -> None:
        super().__init__(page)
        self.menu = menu

    @property
    def filled(self) -> bool:
        """Whether the widgets have values: of a page that one has left, only hidden ones have."""
        return all(
            self.key(what) in st.session_state
            for what in ("dataset", "depth", "optimizer", "batch_size", "seed")
        )

    def put(self, experiment: Experiment) -> None:
        """Set every control to what `experiment` says.

        Only before the controls are shown, or in a callback.
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
        for what in ("batch_size", "epochs", "seed", "data_seed", "validation_share"):
            state[self.key(what)] = getattr(experiment, what)
        state[self.key("epochs")] = min(experiment.epochs, MAX_EPOCHS_SHOWN)

    def _put_settings(self, *where: object, choice: Choice) -> None:
        for f in fields(choice):
            value, inner = getattr(choice, f.name), (*where, type(choice).__name__, f.name)
            if isinstance(value, Choice):
                st.session_state[self.key(*inner)] = type(value).__name__
                self._put_settings(*inner, choice=value)
            else:
                st.session_state[self.key(*inner)] = value

    def put_data(self, dataset: Dataset) -> None:
        """Set the controls to another dataset, and to a loss and an output that suit it."""
        st.session_state[self.key("dataset")] = name_of(dataset)
        self._put_settings("dataset", choice=dataset)
        suits = st.session_state[self.key("loss")] == "CategoricalCrossEntropy"
        if not suits or dataset.class_count == 2:
            self._suit(dataset)

    @property
    def seed_of_data(self) -> int:
        """The seed from which the examples are drawn."""
        seed: int = st.session_state[self.key("seed")]
        own: int | None = st.session_state.get(self.key("data_seed"))
        return seed if own is None else own

    def read(self, *, pictures: bool, epochs: int | None = None) -> Experiment:
        """Return what the widgets say, before they are shown; ValueError for a mixture that is no
        experiment.
        """
        with self.silence():
            dataset = self.data()
            network = self.network(dataset)
            training = self.training(pictures=pictures, epochs=epochs)
        self._early.clear()
        return Experiment(dataset=dataset, **network, **training)

    def remembered(self, kind: type[D]) -> D:
        """Return the dataset with the settings that its widgets have, or last had."""
        settings: dict[str, Any] = {}
        for f in fields(kind):
            value = st.session_state.get(self.key("dataset", kind.__name__, f.name), f.default)
            if isinstance(value, list):  # of input features
                value = ",".join(value)
            settings[f.name] = f.default if value in ("", None) else value
        return kind(**settings)

    def dataset_now(self) -> Dataset:
        """Return the dataset that is chosen, before its widgets are shown."""
        return self.remembered(self.menu[st.session_state[self.key("dataset")]])

    def choose_dataset(self, name: str) -> None:
        """Choose another dataset, with a loss and an output that suit it, in a callback."""
        st.session_state[self.key("dataset")] = name
        self._suit()

    def activation_keys(self) -> list[str]:
        """Return the keys of the activations of all dense hidden layers."""
        numbers = range(st.session_state[self.key("depth")])
        keys = [self.key("layer", number, "Dense", "activation") for number in numbers]
        dense = [st.session_state.get(self.key("layer", number)) == "Dense" for number in numbers]
        return [key for key, one in zip(keys, dense, strict=True) if one]

    # --- groups -----------------------------------------------------------------------------------

    def data(self, on_change: Callable[[], None] | None = None) -> Dataset:
        """Show which dataset, and its settings; return it.

        Another one brings a loss and an output that suit it, or does `on_change`.
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
        """Show layers, output, loss and first weights; return them by their names."""
        layers = self._hidden_layers(pictures=dataset.has_pictures)
        loss, output = self._loss_and_output(dataset)
        initializer = self.settings(
            self.choose("First weights", INITIALIZERS, "initializer"), "initializer"
        )
        return {"layers": tuple(layers), "output": output, "loss": loss, "initializer": initializer}

    def _hidden_layers(self, *, pictures: bool) -> list[Layer]:
        depth = self.key("depth")
        still = self.hides("layers")
        if not still:
            now = st.session_state[depth]
            st.slider("Hidden layers", 0, MAX_HIDDEN, now, key=depth, help=HELP["layers"])
        menu = {
            name: kind
            for name, kind in LAYERS.items()
            if not kind.reads_codes and (pictures or not kind.reads_pictures)
        }
        bare = still and self.hides("units") and self.hides("activation")
        layers: list[Layer] = []
        for number in range(st.session_state[depth]):
            # a new layer is like the one before it, if that is dense
            before = layers[-1] if layers and isinstance(layers[-1], Dense) else None
            if self.key("layer", number) not in st.session_state:
                st.session_state[self.key("layer", number)] = "Dense"
                usual = before or Dense(16, ReLU() if pictures else Tanh())
                self._put_settings("layer", number, choice=usual)
            with contextlib.nullcontext() if bare else st.container(border=True):
                left, right = st.columns(2) if not bare else (contextlib.nullcontext(),) * 2
                with left:
                    kind = self.choose(f"Layer {number + 1}", menu, f"layer:{number}")
                columns = itertools.cycle((right, left))
                layers.append(self.settings(kind, "layer", number, into=columns))
        return layers

    def _loss_and_output(self, dataset: Dataset) -> tuple[Loss, Activation]:
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
            return loss, output
        single = dataset.class_count == 2
        outputs = {
            name: kind for name, kind in ACTIVATIONS.items() if not (single and kind is Softmax)
        }
        return loss, self.settings(self.choose("Output activation", outputs, "output"), "output")

    def training(self, *, pictures: bool, epochs: int | None = None) -> dict[str, Any]:
        """Show optimizer, schedule, regularisation, batch size, epochs unless given, and seed.

        Returns them by their names.
        """
        return {
            "optimizer": self.settings(
                self.choose("Optimizer", OPTIMIZERS, "optimizer"), "optimizer"
            ),
            "schedule": self.settings(self.choose("Schedule", SCHEDULES, "schedule"), "schedule"),
            "regularizers": self._regularizers(pictures=pictures),
            "batch_size": self.batch_size(),
            "epochs": epochs or self._whole_number("epochs", 1, MAX_EPOCHS_SHOWN),
            "seed": self._whole_number("seed", 0, 2**32 - 1),
            **({"validation_share": self._validation_share()} if pictures else {}),
            "data_seed": self._data_seed(pictures=pictures),
        }

    def _regularizers(self, *, pictures: bool) -> tuple[Regularizer, ...]:
        key = self.key("regularizers")
        menu = {
            name: kind for name, kind in REGULARIZERS.items() if pictures or not kind.reads_pictures
        }
        chosen = [name for name in st.session_state.get(key, []) if name in menu]
        st.session_state[key] = chosen
        if not self.hides("regularizers"):
            chosen = st.multiselect(
                "Regularisation",
                list(menu),
                chosen,
                key=key,
                help=captions(REGULARIZERS),
                placeholder="None",
            )
        return tuple(self.settings(menu[name], "regularizers") for name in menu if name in chosen)

    def _data_seed(self, *, pictures: bool) -> int | None:
        key = self.key("data_seed")
        own: int | None = st.session_state.get(key)
        if pictures or self.hides("seed") or own is None:  # it follows the other
            return own
        return st.number_input(
            "Seed of the points", 0, 2**32 - 1, own, key=key, help=HELP["data_seed"]
        )

    def batch_size(self) -> int:
        """Show the batch size, unless it has been shown already, and return it."""
        key = self.key("batch_size")
        if key not in self._early:
            self._early[key] = self._batch_size(key)
        size: int = self._early[key]
        return size

    def _batch_size(self, key: str) -> int:
        sizes = sorted({*BATCH_SIZES, st.session_state.setdefault(key, 32)})
        if self.hides("batch_size"):
            return st.session_state[key]
        now = st.session_state[key]
        return st.select_slider("Batch size", sizes, now, key=key, help=HELP["batch_size"])

    def _validation_share(self) -> float:
        name = "validation_share"
        key = self.key(name)
        now = st.session_state.setdefault(key, 0.0)
        if self.hides(name):
            return now
        shares = sorted({*SHARES, now})
        return st.select_slider(
            "Kept for validation", shares, now, key=key, help=HELP[name], format_func=percent
        )

    def _whole_number(self, name: str, low: int, high: int) -> int:
        key = self.key(name)
        if self.hides(name):
            return st.session_state[key]
        now = st.session_state[key]
        return st.number_input(name.capitalize(), low, high, now, key=key, help=HELP[name])


def groups(controls: Controls) -> list[Any]:
    """Return places for data, network and training: tabs for those that are shown."""
    names = ["data", "network", "training"]
    shown = [name for name in names if name not in controls.hidden]
    titles = [name.capitalize() for name in shown]
    # which one is open only the browser notes, see assets/first.js
    key = controls.key("settings")
    tabs = dict(zip(shown, st.tabs(titles, key=key) if shown else [], strict=True))
    return [tabs.get(name) or st.container() for name in names]


HELP = {
    "layers": "Layers of neurons between the inputs and the answer. "
    "None at all is a single straight cut.",
    "batch_size": "How many examples the network looks at before it makes one step.",
    "validation_share": "The share of the training pictures that is kept apart. Figures, mistakes "
    "and early stopping then look at these, and the test set stays sealed until you open it.",
    "epochs": "How many times it goes through all training examples.",
    "data_seed": "The points have a seed of their own, so that other first weights meet the same "
    "points.",
    "seed": "All chance comes from this number: the same seed gives the same run, exactly.",
}
