"""A link says a whole experiment in an address that one can read:
`?dataset=Spiral&layers=Dense(8),Dense(8)&seed=3`.

Those of TensorFlow Playground are read too (`#activation=tanh&...`). Its own page ignores what it
does not understand; here that is said.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    L1,
    L2,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SGD,
    Activation,
    Dense,
    Layer,
    Linear,
    Regularizer,
    ReLU,
    Sigmoid,
    Tanh,
    Uniform,
    Zeros,
    parse,
    written,
)
from engine.settings import shown
from lab.data.menu import DATASETS
from lab.data.tf_playground import CLASSES, NUMBERS, TFPlayground
from lab.data.toy_points import FEATURES
from lab.runs.experiment import MAX_LAYERS, Experiment
from lab.runs.presets import recommended

ACTIVATIONS_THERE: dict[str, type[Activation]] = {
    "relu": ReLU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "linear": Linear,
}
NUMBER_THERE = r"[+-]?([0-9]++\.?[0-9]*+|\.[0-9]++)([eE][+-]?[0-9]++)?"
SHOWN_ONLY = {"tutorial", "collectStats", "hideText"}  # what its page shows, and ours cannot
SHOWN_HERE = {"showTestData", "discretize", "numHiddenLayers"}
HIDDEN_HERE = {  # what its links can hide, under the names that ours have for it
    "playButton": "train,pause",
    "stepButton": "step",
    "resetButton": "reset",
    "activation": "activation",
    "learningRate": "learning_rate",
    "regularization": "regularizers",
    "regularizationRate": "strength",
    "batchSize": "batch_size",
    "dataset": "dataset",
    "problem": "dataset",
    "percTrainData": "test_share",
    "noise": "noise",
    "numHiddenLayers": "layers",
    "showTestData": "test",
    "discretize": "discrete",
}
SHOWING = ("show", "hide", "goal")  # what an address of ours says besides the experiment
LONGEST, LONGEST_SHOWING, MOST_NOTES = (
    20_000,
    500,
    5,
)  # letters of an address, and of what it says of the page; notes


ONE = {
    "dataset": DATASETS,
    "output": ACTIVATIONS,
    "loss": LOSSES,
    "initializer": INITIALIZERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
SEVERAL = {"layers": LAYERS, "regularizers": REGULARIZERS}
NUMBERS_HERE = ("batch_size", "epochs", "seed")


def to_params(experiment: Experiment) -> dict[str, str]:
    """The experiment as the parameters of an address, each as people write it; see
    `engine.written`.
    """
    params = {name: written(getattr(experiment, name)) for name in ONE}
    params |= {name: ", ".join(map(written, getattr(experiment, name))) for name in SEVERAL}
    return params | {name: str(getattr(experiment, name)) for name in NUMBERS_HERE}


def from_params(params: Mapping[str, str]) -> Experiment:
    """The experiment of an address's parameters; what is not said is as recommended for the dataset
    and the loss.

    Parameters that say nothing of an experiment are left to others. Raises ValueError.
    """
    chosen: dict[str, Any] = {}
    for name, menu in ONE.items():
        if name in params:
            found: list[Any] = parse(menu, params[name], name)  # type: ignore[arg-type]
            if len(found) != 1:
                raise ValueError(f"{name} in the link must be one entry, not {len(found)}")
            chosen[name] = found[0]
    for name, several in SEVERAL.items():
        if name in params:
            chosen[name] = tuple(parse(several, params[name], name))  # type: ignore[arg-type]
    for name in NUMBERS_HERE:
        if name in params:
            if not re.fullmatch("[0-9]{1,20}", params[name].strip()):
                raise ValueError(
                    f"{name} in the link must be a whole number, not {shown(params[name])}"
                )
            chosen[name] = int(params[name])
    return recommended(chosen.get("dataset", "spiral"), chosen.get("loss")).changed(**chosen)


def read(address: str) -> tuple[Experiment, list[str]]:
    """The experiment of an address, ours or TensorFlow Playground's, and what it asks for in vain,
    or a ValueError.
    """
    if len(address) > LONGEST:
        raise ValueError(f"a link must have at most {LONGEST:,} letters, not {len(address):,}")
    params = dict(parse_qsl(address.strip().split("?", 1)[-1], keep_blank_values=True))
    # both have a dataset and a seed; the rest tells them apart
    ours = "?" in address or ({*ONE, *SEVERAL, *NUMBERS_HERE} - {"dataset", "seed"}) & set(params)
    if "#" not in address and ours:
        strangers = [
            name for name in params if name not in {*ONE, *SEVERAL, *NUMBERS_HERE, *SHOWING, "run"}
        ]
        return from_params(params), _few(
            [f"The link asks for {_cut(name)}, which is unknown here." for name in strangers]
        )
    return from_tf_playground(address)


def showing(address: str) -> dict[str, str]:
    """What an address, ours or TensorFlow Playground's, says of how a page looks: some of show,
    hide and goal.
    """
    if "#" not in address:
        params = dict(parse_qsl(address.strip().split("?", 1)[-1]))
        return {name: params[name][:LONGEST_SHOWING] for name in SHOWING if params.get(name)}
    asked = dict(pair.partition("=")[::2] for pair in address.strip().split("#", 1)[1].split("&"))
    on = {name for name, value in asked.items() if value.strip() and value != "false"}
    switches = [
        "network",
        *(["test"] if "showTestData" in on else []),
        *(["discrete"] if "discretize" in on else []),
    ]
    hidden = [ours for theirs, ours in HIDDEN_HERE.items() if f"{theirs}_hide" in on]
    return {"show": ",".join(switches)} | (
        {"hide": ",".join(dict.fromkeys(hidden))} if hidden else {}
    )


def from_tf_playground(address: str) -> tuple[Experiment, list[str]]:
    """The experiment of a TensorFlow Playground address, pasted whole or from the # on, and what it
    asks for in vain.

    Raises ValueError for a value that its page could not use either, or that is too large here.
    """
    words = address.strip().split("#", 1)[-1] if "#" in address else address.strip()
    asked: dict[str, str] = {}
    for pair in words.split("&"):
        name, _, value = pair.partition("=")
        asked[name] = value.split("=")[0]
    given = {name: value for name, value in asked.items() if value.strip()}
    notes = [
        f"The link asks for {_cut(f'{name}={value}')}, which is not done here."
        for name, value in given.items()
        if value != "false"
        and (
            name in SHOWN_ONLY
            or (name.endswith("_hide") and name.removesuffix("_hide") not in HIDDEN_HERE)
        )
    ]

    def number(name: str, default: float) -> float:
        letters = given.get(name, str(default)).strip()
        found = float(letters) if re.fullmatch(NUMBER_THERE, letters) else math.nan
        if not math.isfinite(found):
            raise ValueError(f"{name} in the link must be a number, not {shown(letters)}")
        return found

    def word(name: str, words: dict[str, Any], default: str) -> str:
        value = given.get(name, default)
        if value not in words:
            notes.append(
                f"The link asks for {_cut(f'{name}={value}')}, which TensorFlow Playground does not know; "
                f"it takes {default}."
            )
            return default
        return value

    numbers = (
        word("problem", dict.fromkeys(("classification", "regression")), "classification")
        == "regression"
    )
    classes = word("dataset", dict.fromkeys(CLASSES), "circle")
    regression = word("regDataset", dict.fromkeys(NUMBERS), "reg-plane")
    noise = number("noise", 0.0)
    if noise > 80 or noise < 0:
        notes.append(
            f"The noise in the link is {noise:g}; TensorFlow Playground takes {50 if noise > 80 else 0} for it."
        )
        noise = 50.0 if noise > 80 else 0.0
    chosen = [
        name for name in FEATURES if given.get(name, "true" if name in "xy" else "false") != "false"
    ]
    if not chosen:
        raise ValueError("the link switches all features off, and a network needs at least one")
    if "seed" not in given:
        notes.append(
            "The link has no seed, for which TensorFlow Playground would draw one; here it is 0."
        )
    dataset = TFPlayground(
        data=regression if numbers else classes,
        noise=noise,
        train_percent=number("percTrainData", 50.0),
        features=",".join(chosen),
        chance=given.get("seed", "0"),
    )
    known = {
        "activation",
        "regularization",
        "problem",
        "dataset",
        "regDataset",
        "noise",
        "percTrainData",
        "seed",
        "batchSize",
        "learningRate",
        "regularizationRate",
        "networkShape",
        "initZero",
        *FEATURES,
        *SHOWN_ONLY,
        *SHOWN_HERE,
    }
    notes += [
        f"The link asks for {_cut(f'{name}={value}')}, which is unknown here."
        for name, value in given.items()
        if name not in known and not name.endswith("_hide")
    ]
    bend = ACTIVATIONS_THERE[word("activation", ACTIVATIONS_THERE, "tanh")]
    rate = number("regularizationRate", 0.0)
    pull = word("regularization", dict.fromkeys(("none", "L1", "L2")), "none")
    regularizers: tuple[Regularizer, ...] = ()
    if pull != "none" and rate:
        regularizers = (L2(rate) if pull == "L2" else L1(rate, "yes"),)
    zero = given.get("initZero", "false") != "false"
    return recommended(dataset).changed(
        layers=_layers(asked.get("networkShape", "4,2"), bend),
        regularizers=regularizers,
        initializer=Zeros() if zero else Uniform(0.5),
        optimizer=SGD(number("learningRate", 0.03)),
        batch_size=number("batchSize", 10),
    ), _few(notes)


def _cut(words: str) -> str:
    return words if len(words) <= 60 else f"{words[:57]}..."


def _few(notes: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = len(notes) - MOST_NOTES
    return [
        *notes[:MOST_NOTES],
        *([f"The link asks for {more} more that cannot be done here."] if more > 0 else []),
    ]


def _layers(shape: str, bend: type[Activation]) -> tuple[Layer, ...]:
    units = [part.strip() for part in shape.split(",")] if shape.strip() else []
    if (
        not all(re.fullmatch(r"[0-9]{1,10}(\.0*)?", unit) for unit in units)
        or len(units) > MAX_LAYERS
    ):
        allowed = f"at most {MAX_LAYERS} whole numbers such as 4,2"
        raise ValueError(f"networkShape in the link must be {allowed}, not {shown(shape)}")
    return tuple(Dense(int(float(unit)), bend()) for unit in units)
