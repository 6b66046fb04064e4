"""The parser of the command line. Its options are made from the menus: every setting of every entry
is one, under its own name.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    Choice,
)
from lab.data.menu import DATASETS
from lab.data.sources import NAMES
from lab.reading.predict import SHIPPED
from lab.runs.devices import DEVICES
from lab.sweeps.axes import PART_NAMES

PROGRAM = "glassbox" if Path(sys.argv[0]).stem == "glassbox" else "python -m lab"


class UsageError(Exception):
    """A value was wrong or an action failed: its message is printed in one line, the exit code is
    2.
    """


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and which takes no abbreviations: a new option
    could make one ambiguous.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the message alone; argparse would print the usage in front and
        exit.
        """
        raise UsageError(f"{message} (see {self.prog} --help)")


# menus of which one entry is chosen, each with its option's name and what it is for
MENUS: dict[str, tuple[Mapping[str, type[Any]], str]] = {
    "dataset": (DATASETS, "what to learn from"),
    "loss": (LOSSES, "what to make small; by default what suits the dataset"),
    "output": (ACTIVATIONS, "activation of the output layer; by default what the loss needs"),
    "initializer": (INITIALIZERS, "how the first weights are drawn"),
    "optimizer": (OPTIMIZERS, "how to step"),
    "schedule": (SCHEDULES, "how the learning rate changes on the way"),
}

# every setting of every entry, under one name for all that have it
KNOBS: Mapping[str, type[Choice]] = {
    **DATASETS,
    **OPTIMIZERS,
    **SCHEDULES,
    **ACTIVATIONS,
    **INITIALIZERS,
    **LOSSES,
}


def settings_of(menu: Mapping[str, type[Choice]]) -> dict[str, list[tuple[str, Any]]]:
    """Return, for the name of every setting in a menu, the entries that have it and its field."""
    owners: dict[str, list[tuple[str, Any]]] = {}
    for entry, entry_class in menu.items():
        for f in fields(entry_class):
            if f.metadata:
                owners.setdefault(f.name, []).append((entry, f))
    return owners


def option_name(name: str) -> str:
    """How a setting is called on the command line."""
    return "--" + name.replace("_", "-")


def build_parser() -> Parser:
    """Return the parser of all commands with their options."""
    parser = Parser(prog=PROGRAM, description="Glassbox on the command line.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    train = commands.add_parser(
        "train",
        help="train a network",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Trains the experiment that a page would train with the same settings.",
        argument_default=None,
    )
    _add_experiment(train)
    _add_settings(train)
    _add_files(train)
    _add_sweep(
        commands.add_parser(
            "sweep",
            help="train many times over, each time with other settings",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
            description="Trains every combination of what varies, on top of an experiment that is "
            "described as for `train`, and writes a row for each.",
            argument_default=None,
        )
    )
    _add_predict(commands.add_parser("predict", help="let a trained network read pictures"))
    _add_export(
        commands.add_parser(
            "export", help="write a saved run as a Python file, a notebook or a picture"
        )
    )
    commands.add_parser("datasets", help="list the datasets and whether they are on this computer")
    download = commands.add_parser("download", help="fetch a dataset")
    download.add_argument("name", metavar="NAME", help=", ".join(NAMES))
    _add_store(commands.add_parser("store", help="copy, check or clean up what a server keeps"))
    return parser


def _add_store(store: Parser) -> None:
    store.description = (
        "The store is the file that GLASSBOX_STORE names, or one in your data directory."
    )
    what = store.add_subparsers(dest="what", required=True, parser_class=Parser)
    backup = what.add_parser("backup", help="copy it, also while a server is writing to it")
    backup.add_argument("file", metavar="FILE", type=Path, help="a new file")
    what.add_parser("check", help="say what is in it, and whether it is whole")
    forget = what.add_parser("forget", help="forget visits that were not here for long")
    forget.add_argument("--older-than", metavar="TIME", required=True, help="12h, 7d, 4w")


def _add_experiment(train: Parser) -> None:
    for name, (menu, purpose) in MENUS.items():
        train.add_argument(f"--{name}", metavar="NAME", help=f"{purpose}: {', '.join(menu)}")
    train.add_argument(
        "--hidden",
        metavar="UNITS",
        help='units of the hidden layers: "64", "128,64", or "" for none',
    )
    train.add_argument(
        "--activation", metavar="NAME", help=f"of the hidden layers: {', '.join(ACTIVATIONS)}"
    )
    train.add_argument(
        "--layers",
        metavar="LAYERS",
        help='hidden layers of any kind, such as "Conv2D(8, 5), MaxPool2D, Dense(64, Tanh)": '
        f"{', '.join(LAYERS)}",
    )
    train.add_argument(
        "--regularizers",
        metavar="LIST",
        help=f'such as "L2(0.001), EarlyStopping": {", ".join(REGULARIZERS)}',
    )
    train.add_argument("--l2", metavar="NUMBER", help="strength of L2 regularisation")
    train.add_argument("--batch-size", metavar="NUMBER", help="examples a step")
    train.add_argument("--epochs", metavar="NUMBER", help="times through all examples")
    train.add_argument("--seed", metavar="NUMBER", help="of all chance")
    train.add_argument(
        "--validation-share",
        metavar="NUMBER",
        help="share of the training pictures that is kept apart to watch and to stop by; "
        "the test set is then opened once, at the end",
    )
    train.add_argument(
        "--data-seed",
        metavar="NUMBER",
        help="of the data alone, if not that of all chance",
    )


def _add_settings(train: Parser) -> None:
    group = train.add_argument_group("settings of what is chosen")
    for name, owners in settings_of(KNOBS).items():
        allowed = owners[0][1].metadata.get("options")
        entries = ", ".join(entry for entry, _ in owners)
        group.add_argument(
            option_name(name),
            metavar="|".join(allowed) if allowed else "NUMBER",
            help=f"of {entries}",
        )


def _add_files(train: Parser) -> None:
    train.add_argument(
        "--json", metavar="FILE", type=Path, help="write experiment, history and figures there"
    )
    train.add_argument(
        "--save", metavar="FILE", type=Path, help="write the trained network there (safetensors)"
    )
    train.add_argument(
        "--weights-only",
        action="store_true",
        help="save no more than it takes to predict, and how sure a reader of digits may be",
    )
    train.add_argument(
        "--resume",
        metavar="FILE",
        type=Path,
        help="go on from a file written by --save as if it had never stopped; "
        "only --epochs counts besides",
    )
    train.add_argument(
        "--link",
        metavar="ADDRESS",
        help="train what an address of the Playground says, ours or TensorFlow's; "
        "only --epochs counts besides",
    )
    train.add_argument(
        "--device",
        metavar="NAME",
        default="cpu",
        help=f"where it trains: {' or '.join(DEVICES)}, a graphics card by way of CuPy",
    )
    train.add_argument("--quiet", action="store_true", help="no progress bar and no epoch lines")


def _add_sweep(sweep: Parser) -> None:
    _add_experiment(sweep)
    _add_settings(sweep)
    sweep.add_argument(
        "--link",
        metavar="ADDRESS",
        help="vary what an address of the Playground says; only --epochs counts besides",
    )
    group = sweep.add_argument_group("what varies")
    group.add_argument(
        "--vary",
        metavar="NAME=VALUE|VALUE",
        action="append",
        help='such as "optimizer=SGD(0.1)|Adam(0.01)", "layers=4|8,8" or "learning_rate=0.01|0.1": '
        f"{', '.join(PART_NAMES)}, or any setting of these; several times for a grid",
    )
    group.add_argument("--seeds", metavar="NUMBER", default="1", help="of each combination")
    group.add_argument(
        "--random", metavar="NUMBER", help="draw so many combinations of all, by the seed"
    )
    group = sweep.add_argument_group("where it trains, and what it writes")
    group.add_argument("--jobs", metavar="NUMBER", help="processes; by default one a processor")
    group.add_argument(
        "--cluster",
        metavar="tcp://HOST:PORT",
        help="the address of a dask scheduler, with requirements-cluster.txt installed",
    )
    group.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help="a CSV file; a sweep that was stopped goes on from what is in it",
    )
    group.add_argument(
        "--json", metavar="FILE", type=Path, help="write the histories there, a line for each trial"
    )
    group.add_argument("--quiet", action="store_true", help="no progress bar and no summary")


def _add_predict(predict: Parser) -> None:
    predict.add_argument(
        "model",
        metavar="MODEL",
        help=f"a file written by --save, or one that ships: {', '.join(SHIPPED)}",
    )
    predict.add_argument("pictures", metavar="PICTURE", nargs="+", type=Path)
    predict.add_argument("--json", action="store_true", help="one JSON object a line")


def _add_export(export: Parser) -> None:
    export.add_argument(
        "model", metavar="MODEL", type=Path, help="a file written by --save, or saved on a page"
    )
    export.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="name.py, .ipynb, .png or .svg"
    )
    export.add_argument(
        "--picture", metavar="NAME", default="curves", help="boundary, network, curves or mistakes"
    )
