"""A link says a whole experiment in a readable address:
`?dataset=Spiral&layers=Dense(8),Dense(8)&seed=3`.

Links of TensorFlow Playground (`#activation=tanh&...`) are read too.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from engine.settings import shown
from lab import limits
from lab.notation import format_choice, parse
from lab.runs.experiment import MOST_VALIDATION, NUMBERS, ONE, SEVERAL, Experiment
from lab.runs.presets import recommended
from lab.runs.tf_playground_links import HIDDEN_HERE, from_tf_playground, shorten, shorten_notes

SHOWING = ("show", "hide", "goal")  # what an address of ours says besides the experiment
NAMES = (*ONE, *SEVERAL, *NUMBERS)  # of an experiment's parameters
WHOLE = ("batch_size", "epochs", "seed", "data_seed")


def to_params(experiment: Experiment) -> dict[str, str]:
    """Return the experiment as parameters of an address, written as lab/notation.py says."""
    params = {name: format_choice(getattr(experiment, name)) for name in ONE}
    params |= {name: ", ".join(map(format_choice, getattr(experiment, name))) for name in SEVERAL}
    whole = {name: getattr(experiment, name) for name in WHOLE}
    params |= {name: str(value) for name, value in whole.items() if value is not None}
    share = experiment.validation_share
    return params | ({"validation_share": f"{share!r}"} if share else {})


def from_params(params: Mapping[str, str]) -> Experiment:
    """Return the experiment in an address's parameters, on top of what is recommended for its
    dataset and loss.

    Parameters of other names are ignored. Raises ValueError.
    """
    known = [name for name in NAMES if name in params]
    for name in known:
        limits.PARAMETER.check(f"{name} in the link", len(params[name]))
    chosen: dict[str, Any] = {}
    for name, menu in ONE.items():
        if name in params:
            entries: list[Any] = parse(menu, params[name], name)
            if len(entries) != 1:
                raise ValueError(f"{name} in the link must be one entry, not {len(entries)}")
            chosen[name] = entries[0]
    for name, menu in SEVERAL.items():
        if name in params:
            chosen[name] = tuple(parse(menu, params[name], name))
    for name in WHOLE:
        if name in params:
            if not re.fullmatch("[0-9]{1,20}", params[name].strip()):
                raise ValueError(
                    f"{name} in the link must be a whole number, not {shown(params[name])}"
                )
            chosen[name] = int(params[name])
    if "validation_share" in params:
        text = params["validation_share"].strip()
        if not re.fullmatch(r"[0-9]{0,3}\.?[0-9]{1,20}", text):
            raise ValueError(
                f"validation_share in the link must be a number from 0 to {MOST_VALIDATION:g}, "
                f"not {shown(params['validation_share'])}"
            )
        chosen["validation_share"] = float(text)
    return recommended(chosen.get("dataset", "spiral"), chosen.get("loss")).changed(**chosen)


def read_link(address: str) -> tuple[Experiment, list[str]]:
    """Return the experiment of an address, ours or TensorFlow Playground's, and notes on what could
    not be followed.

    Raises ValueError.
    """
    limits.LINK.check("a link", len(address))
    limits.PARAMETERS.check("a link", 1 + address.count("&"))
    params = dict(parse_qsl(address.strip().split("?", 1)[-1], keep_blank_values=True))
    # both have a dataset and a seed; the rest tells them apart
    ours = "?" in address or ({*NAMES} - {"dataset", "seed"}) & set(params)
    if "#" not in address and ours:
        strangers = [name for name in params if name not in {*NAMES, *SHOWING, "run"}]
        return from_params(params), shorten_notes(
            [f"The link asks for {shorten(name)}, which is unknown here." for name in strangers]
        )
    return from_tf_playground(address)


def read_page_options(address: str) -> dict[str, str]:
    """Return how the address wants the page to look: those of show, hide and goal that it gives."""
    if "#" not in address:
        params = dict(parse_qsl(address.strip().split("?", 1)[-1]))
        return {
            name: params[name][: limits.PAGE_OPTION.most] for name in SHOWING if params.get(name)
        }
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
