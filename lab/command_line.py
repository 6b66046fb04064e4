"""The command line: train, predict, list and download datasets, with the experiments and the code of the pages.

Its options are made from the menus: every setting of every entry is one, under its own name.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, REGULARIZERS, SCHEDULES, Choice, Dense, find
from lab import download, pictures, reading, saved_models
from lab.datasets import DATASETS, TITLES
from lab.experiment import Experiment, recommended
from lab.training import DIVERGED, Run

PROGRAM = "python -m lab"


class UsageError(Exception):
    """A wrong value or a failed action: one line for the person, exit code 2."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and takes no abbreviations, which a new option could make ambiguous."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """One line and exit code 2, without the usage that argparse puts in front."""
        raise UsageError(f"{message} (see {self.prog} --help)")


def settings_of(menu: Mapping[str, type[Choice]]) -> dict[str, list[tuple[str, Any]]]:
    """Every setting's name in a menu, with the entries that have it and its field."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for name, kind in menu.items():
        for f in fields(kind):  # type: ignore[arg-type]
            if f.metadata:
                found.setdefault(f.name, []).append((name, f))
    return found


MENUS: dict[str, tuple[Mapping[str, type[Any]], str]] = {
    "dataset": (DATASETS, "what to learn from"),
    "loss": (LOSSES, "what to make small; by default what suits the dataset"),
    "output": (ACTIVATIONS, "activation of the output layer; by default what the loss needs"),
    "initializer": (INITIALIZERS, "how the first weights are drawn"),
    "optimizer": (OPTIMIZERS, "how to step"),
    "schedule": (SCHEDULES, "how the learning rate changes on the way"),
}


KNOBS: dict[str, Mapping[str, type[Choice]]] = {
    "settings of the dataset": DATASETS,
    "settings of the optimizer": OPTIMIZERS,
    "settings of activations and first weights": {**ACTIVATIONS, **INITIALIZERS},
}


def option(name: str) -> str:
    """How a setting is called on the command line."""
    return "--" + name.replace("_", "-")


def build_parser() -> Parser:
    """All commands with their options."""
    parser = Parser(prog=PROGRAM, description="Glassbox on the command line.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)

    train = commands.add_parser(
        "train", help="train a network", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Trains the experiment that a page would train with the same settings.", argument_default=None,
    )  # fmt: skip
    for what, (menu, text) in MENUS.items():
        train.add_argument(f"--{what}", metavar="NAME", help=f"{text}: {', '.join(menu)}")
    train.add_argument("--hidden", metavar="UNITS", help='units of the hidden layers: "64", "128,64", or "" for none')
    train.add_argument("--activation", metavar="NAME", help=f"of the hidden layers: {', '.join(ACTIVATIONS)}")
    train.add_argument("--l2", metavar="NUMBER", help="strength of L2 regularisation")
    for name, text in (
        ("batch-size", "examples a step"),
        ("epochs", "times through all examples"),
        ("seed", "of all chance"),
    ):
        train.add_argument(f"--{name}", metavar="NUMBER", help=text)
    for title, menu in KNOBS.items():
        group = train.add_argument_group(title)
        for name, owners in settings_of(menu).items():
            allowed = owners[0][1].metadata.get("options")
            whose = ", ".join(owner for owner, _ in owners)
            group.add_argument(option(name), metavar="|".join(allowed) if allowed else "NUMBER", help=f"of {whose}")
    train.add_argument("--json", metavar="FILE", type=Path, help="write experiment, history and figures there")
    train.add_argument("--save", metavar="FILE", type=Path, help="write the trained network there (safetensors)")
    train.add_argument("--quiet", action="store_true", help="no progress bar and no epoch lines")

    predict = commands.add_parser("predict", help="let a trained network read pictures")
    predict.add_argument(
        "model", metavar="MODEL", help=f"a file written by --save, or one that ships: {', '.join(reading.SHIPPED)}"
    )
    predict.add_argument("pictures", metavar="PICTURE", nargs="+", type=Path)
    predict.add_argument("--json", action="store_true", help="one JSON object a line")

    commands.add_parser("datasets", help="list the datasets and whether they are on this computer")
    get = commands.add_parser("download", help="fetch a dataset")
    get.add_argument("name", metavar="NAME", help=", ".join(download.NAMES))
    return parser


# --- train ------------------------------------------------------------------------------------------------------------


def _number(text: str, name: str) -> float:
    try:
        return float(text) if not text.lstrip("+-").isdigit() else int(text)
    except ValueError:
        raise UsageError(f"{name} must be a number, not {text!r}") from None


def _apply(choice: Choice, options: Mapping[str, Any], used: set[str]) -> Choice:
    """The choice with those of its settings that were given on the command line."""
    given = {}
    for f in fields(choice):  # type: ignore[arg-type]
        text = options.get(f.name)
        if f.metadata and text is not None:
            given[f.name] = text if "options" in f.metadata else _number(text, f.name)
            used.add(f.name)
    return choice.changed(**given)


def experiment_from(options: Mapping[str, Any]) -> Experiment:
    """The experiment that the options describe, starting from what is recommended for the dataset.

    Raises ValueError or UsageError, naming the option, what was given and what is allowed.
    """
    used: set[str] = set()
    dataset = _apply(
        find(DATASETS, options["dataset"] if options.get("dataset") is not None else "spiral", "dataset")(),
        options,
        used,
    )
    loss = find(LOSSES, options["loss"], "loss")() if options.get("loss") is not None else None
    start = recommended(dataset, loss)  # type: ignore[arg-type]

    def chosen(what: str, current: Choice) -> Choice:
        name = options.get(what)
        kind = find(MENUS[what][0], name, what) if name is not None else type(current)
        return current if kind is type(current) else kind()

    output = _apply(chosen("output", start.output), options, used)
    hidden = [layer.units for layer in start.layers]
    if options.get("hidden") is not None:
        parts = [part.strip() for part in options["hidden"].split(",")] if options["hidden"].strip() else []
        hidden = [int(_number(part, "hidden")) if part.isdigit() else _bad_hidden(part) for part in parts]
    default = start.layers[0].activation if start.layers else Dense().activation
    name = options.get("activation")
    activation = find(ACTIVATIONS, name, "activation")() if name is not None else default
    activation = _apply(activation, options, used)  # type: ignore[assignment]
    initializer = chosen("initializer", start.initializer)
    optimizer = chosen("optimizer", start.optimizer)
    settings: dict[str, Any] = {
        "dataset": dataset, "output": output,
        "layers": tuple(Dense(units, activation) for units in hidden),
        "initializer": _apply(initializer, options, used), "optimizer": _apply(optimizer, options, used),
        "schedule": chosen("schedule", start.schedule),
    }  # fmt: skip
    if options.get("l2") is not None:
        settings["regularizer"] = REGULARIZERS["L2"](_number(options["l2"], "l2"))
    for name in ("batch_size", "epochs", "seed"):
        if options.get(name) is not None:
            settings[name] = _number(options[name], name)
    experiment = start.changed(**settings)

    for menu in KNOBS.values():
        for name, owners in settings_of(menu).items():
            if options.get(name) is not None and name not in used:
                whose = ", ".join(owner for owner, _ in owners)
                raise UsageError(f"{option(name)} is a setting of {whose}, which this experiment does not have")
    return experiment


def _bad_hidden(part: str) -> NoReturn:
    raise UsageError(
        f'hidden must be whole numbers with commas between them, such as 128,64, or "" for none, not {part!r}'
    )


def train(arguments: argparse.Namespace) -> int:
    """Trains, prints a line for every epoch, and writes what was asked for."""
    options = vars(arguments)
    experiment = experiment_from(options)
    for path in (arguments.json, arguments.save):
        if path and not path.resolve().parent.is_dir():
            raise UsageError(f"there is no folder {path.resolve().parent} to write {path.name} into")
        if path and path.is_dir():
            raise UsageError(f"{path} is a folder: give the name of a file in it")
    run = Run(experiment, thin=False)
    say = (lambda _: None) if arguments.quiet else print
    say(f"{TITLES[name]}: {'-'.join(map(str, experiment.sizes))}, {experiment.parameters:,} parameters"
        if (name := experiment.to_dict()["dataset"]["name"]) else "")  # fmt: skip
    if run.data.note:
        print(run.data.note, file=sys.stderr)
    total = experiment.epochs * run.position.batches
    with tqdm(total=total, unit=" steps", disable=arguments.quiet or not sys.stderr.isatty(), leave=False) as bar:
        shown = 0
        while run.status == "ready":
            run.work(0.2)
            bar.update(run.position.step - bar.n)
            for row in run.history[shown:]:
                with tqdm.external_write_mode(sys.stdout):
                    say(
                        f"epoch {row.epoch:3d}  train loss {row.train_loss:.4f}  accuracy {row.train_accuracy:.2%}"
                        f"  test loss {row.test_loss:.4f}  accuracy {row.test_accuracy:.2%}  {row.seconds:.1f} s"
                    )
            shown = len(run.history)
    say(f"{run.samples_per_second:,.0f} samples a second")
    if arguments.json:
        _write(arguments.json, (json.dumps(run.record(), indent=1, allow_nan=False) + "\n").encode())
    if arguments.save and run.status != DIVERGED:
        _write(arguments.save, saved_models.to_bytes(run.network, experiment, run.record()))
    if run.status == DIVERGED:
        print(f"{PROGRAM}: {run.message}", file=sys.stderr)
        return 1
    return 0


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


# --- predict, datasets, download --------------------------------------------------------------------------------------


def predict(arguments: argparse.Namespace) -> int:
    """A line for each picture; exit code 1 if one could not be read."""
    model = reading.open_model(arguments.model)
    code = 0
    for path in arguments.pictures:
        result: dict[str, Any] = {"file": str(path)}
        try:
            prepared = pictures.to_28x28(pictures.open_picture(_content(path)))
            if prepared.blank:
                raise pictures.PictureError("there is no ink in this picture: is it a single colour?")
            said = reading.answer(model, prepared.pixels)
            result |= {"label": said.label, "probabilities": said.probabilities}
        except pictures.PictureError as error:
            result["error"] = str(error)
            code = 1
        if arguments.json:
            print(json.dumps(result, ensure_ascii=False))
        elif "error" in result:
            print(f"{path}: {result['error']}")
        else:
            shares = "  ".join(f"{name} {p:.1%}" for name, p in result["probabilities"].items())
            print(f"{path}: {result['label']}   ({shares})")
    return code


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > pictures.MAX_BYTES:
            raise pictures.PictureError(
                f"the file is larger than {pictures.MAX_BYTES // 1_000_000} MB: save it smaller"
            )
        return path.read_bytes()
    except OSError as error:
        raise pictures.PictureError(f"the file cannot be opened: {error.strerror or error}") from error


def datasets(_arguments: argparse.Namespace) -> int:
    """A line for each dataset: name, title, state."""
    for name, kind in DATASETS.items():
        source = getattr(kind, "name", "")
        state = str(download.state(source)) if source else "always here"
        print(f"{name:14}  {TITLES[name]:36}  {state}")
    return 0


def fetch(arguments: argparse.Namespace) -> int:
    """Downloads with a progress bar."""
    kind = find(DATASETS, arguments.name, "dataset")
    name = getattr(kind, "name", "")
    if not name:
        print(f"{arguments.name} needs no download")
        return 0
    with tqdm(unit="B", unit_scale=True, desc=name) as bar:

        def report(progress: download.Progress) -> None:
            bar.total = progress.total
            bar.update(progress.done - bar.n)

        where = download.download(name, report)
    print(f"{name} is in {where}")
    return 0


COMMANDS = {"train": train, "predict": predict, "datasets": datasets, "download": fetch}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0, 1 when something in it failed, 2 for a wrong value."""
    try:
        parsed = build_parser().parse_args(arguments)
        code = COMMANDS[parsed.command](parsed)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # as in `... | head -1`: the reader has seen enough
        sys.stdout = None  # type: ignore[assignment]
        return 0
    except (UsageError, ValueError, download.DownloadError) as problem:
        print(f"{PROGRAM}: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{PROGRAM}: stopped", file=sys.stderr)
        return 130
