"""The command line: train, predict, list and download datasets, with the experiments and the code
of the pages.

Its options are made from the menus: every setting of every entry is one, under its own name.
"""

import argparse
import io
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from tqdm import tqdm

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    L2,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    Choice,
    Dense,
    Layer,
    ReLU,
    find,
    parse,
)
from engine.settings import shown
from lab import files
from lab.data import cache, download
from lab.data.cache import DownloadError
from lab.data.menu import DATASETS, TITLES, title_of
from lab.data.progress import Progress
from lab.data.sources import NAMES
from lab.explain import advice
from lab.frames import figures
from lab.frames.render import render_frame
from lab.frames.view import View
from lab.reading import calibration
from lab.reading import predict as reading
from lab.reading.picture_file import MAX_BYTES, PictureError, open_picture
from lab.runs import links
from lab.runs import model_file as saved_models
from lab.runs.experiment import Experiment, recommended
from lab.runs.export import notebook, script
from lab.runs.run import DIVERGED, READY, Run

PROGRAM = "python -m lab"
C = TypeVar("C", bound=Choice)


class UsageError(Exception):
    """A wrong value or a failed action: one line for the person, exit code 2."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and takes no abbreviations, which a new option could make
    ambiguous.
    """

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


# every setting of every entry, under one name for all that have it
KNOBS: Mapping[str, type[Choice]] = {
    **DATASETS,
    **OPTIMIZERS,
    **SCHEDULES,
    **ACTIVATIONS,
    **INITIALIZERS,
    **LOSSES,
}


def option(name: str) -> str:
    """How a setting is called on the command line."""
    return "--" + name.replace("_", "-")


def build_parser() -> Parser:
    """All commands with their options."""
    parser = Parser(prog=PROGRAM, description="Glassbox on the command line.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)

    train = commands.add_parser(
        "train",
        help="train a network",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Trains the experiment that a page would train with the same settings.",
        argument_default=None,
    )
    for what, (menu, text) in MENUS.items():
        train.add_argument(f"--{what}", metavar="NAME", help=f"{text}: {', '.join(menu)}")
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
        help=f'hidden layers of any kind, such as "Conv2D(8, 5), MaxPool2D, Dense(64, Tanh)": {", ".join(LAYERS)}',
    )
    train.add_argument(
        "--regularizers",
        metavar="LIST",
        help=f'such as "L2(0.001), EarlyStopping": {", ".join(REGULARIZERS)}',
    )
    train.add_argument("--l2", metavar="NUMBER", help="strength of L2 regularisation")
    for name, text in (
        ("batch-size", "examples a step"),
        ("epochs", "times through all examples"),
        ("seed", "of all chance"),
    ):
        train.add_argument(f"--{name}", metavar="NUMBER", help=text)
    group = train.add_argument_group("settings of what is chosen")
    for name, owners in settings_of(KNOBS).items():
        allowed = owners[0][1].metadata.get("options")
        whose = ", ".join(owner for owner, _ in owners)
        group.add_argument(
            option(name), metavar="|".join(allowed) if allowed else "NUMBER", help=f"of {whose}"
        )
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
        help="go on from a file written by --save as if it had never stopped; only --epochs counts besides",
    )
    train.add_argument(
        "--link",
        metavar="ADDRESS",
        help="train what an address of the Playground says, ours or TensorFlow's; only --epochs counts besides",
    )
    train.add_argument("--quiet", action="store_true", help="no progress bar and no epoch lines")

    predict = commands.add_parser("predict", help="let a trained network read pictures")
    predict.add_argument(
        "model",
        metavar="MODEL",
        help=f"a file written by --save, or one that ships: {', '.join(reading.SHIPPED)}",
    )
    predict.add_argument("pictures", metavar="PICTURE", nargs="+", type=Path)
    predict.add_argument("--json", action="store_true", help="one JSON object a line")

    take = commands.add_parser(
        "export", help="write a saved run as a Python file, a notebook or a picture"
    )
    take.add_argument(
        "model", metavar="MODEL", type=Path, help="a file written by --save, or saved on a page"
    )
    take.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="name.py, .ipynb, .png or .svg"
    )
    take.add_argument(
        "--picture", metavar="NAME", default="curves", help="boundary, network, curves or mistakes"
    )

    commands.add_parser("datasets", help="list the datasets and whether they are on this computer")
    get = commands.add_parser("download", help="fetch a dataset")
    get.add_argument("name", metavar="NAME", help=", ".join(NAMES))
    return parser


# --- train ----------------------------------------------------------------------------------------


def _number(text: str, name: str) -> float:
    try:
        return float(text) if not text.lstrip("+-").isdigit() else int(text)
    except ValueError:
        raise UsageError(f"{name} must be a number, not {shown(text)}") from None


def _apply(choice: C, options: Mapping[str, Any], used: dict[str, type[Choice]]) -> C:
    """The choice with those of its settings that were given on the command line."""
    given = {}
    for f in fields(choice):
        text = options.get(f.name)
        if f.metadata and text is not None:
            if (other := used.setdefault(f.name, type(choice))) is not type(choice):
                mine, theirs = type(choice).__name__, other.__name__
                raise UsageError(
                    f"{option(f.name)} is a setting of both {theirs} and {mine} here: write {mine}({f.name}=...)"
                )
            given[f.name] = _number(text, f.name) if "low" in f.metadata else text
    return choice.changed(**given)


def experiment_from(options: Mapping[str, Any]) -> Experiment:
    """The experiment that the options describe, starting from what is recommended for the dataset.

    Raises ValueError or UsageError, naming the option, what was given and what is allowed.
    """
    used: dict[str, type[Choice]] = {}

    def chosen(what: str, current: Any) -> Any:
        text = options.get(what)
        if text is None:
            return current
        if "(" not in text:
            kind = find(MENUS[what][0], text, what)
            return current if kind is type(current) else kind()
        several = parse(MENUS[what][0], text, what)
        if len(several) != 1:
            raise UsageError(f"{what} must be one entry, not {len(several)}")
        return several[0]

    dataset = _apply(chosen("dataset", DATASETS["spiral"]()), options, used)
    start = recommended(dataset, chosen("loss", None))
    output = _apply(chosen("output", start.output), options, used)
    settings: dict[str, Any] = {
        "dataset": dataset,
        "output": output,
        "loss": _apply(start.loss, options, used),
        "layers": _layers(options, start, used),
    }
    for what in ("initializer", "optimizer", "schedule"):
        settings[what] = _apply(chosen(what, getattr(start, what)), options, used)
    regularizers = list(start.regularizers)
    if options.get("regularizers") is not None:
        regularizers = parse(REGULARIZERS, options["regularizers"], "regularizers")
    if options.get("l2") is not None:
        regularizers = [r for r in regularizers if not isinstance(r, L2)] + [
            L2(_number(options["l2"], "l2"))
        ]
    settings["regularizers"] = tuple(regularizers)
    for name in ("batch_size", "epochs", "seed"):
        if options.get(name) is not None:
            settings[name] = _number(options[name], name)
    experiment = start.changed(**settings)

    for name, owners in settings_of(KNOBS).items():
        if options.get(name) is not None and name not in used:
            whose = ", ".join(owner for owner, _ in owners)
            raise UsageError(
                f"{option(name)} is a setting of {whose}, which this experiment does not have"
            )
    return experiment


def _layers(
    options: Mapping[str, Any], start: Experiment, used: dict[str, type[Choice]]
) -> tuple[Layer, ...]:
    """The hidden layers: what `--layers` says, or dense ones of `--hidden` and `--activation`, or
    those of `start`.
    """
    if options.get("layers") is not None:
        if options.get("hidden") is not None or options.get("activation") is not None:
            raise UsageError(
                "--layers says all of the hidden layers: leave out --hidden and --activation"
            )
        return tuple(parse(LAYERS, options["layers"], "layers"))
    dense = [layer for layer in start.layers if isinstance(layer, Dense)]
    activation: Any = dense[0].activation if dense else ReLU()
    if options.get("activation") is not None:
        activation = find(ACTIVATIONS, options["activation"], "activation")()
    activation = _apply(activation, options, used)
    units = [layer.units for layer in dense]
    if options.get("hidden") is not None:
        parts = (
            [part.strip() for part in options["hidden"].split(",")]
            if options["hidden"].strip()
            else []
        )
        if bad := [part for part in parts if not part.isdigit()]:
            raise UsageError(
                'hidden must be whole numbers with commas between them, such as 128,64, or "" for none, '
                f"not {shown(bad[0])}"
            )
        units = [int(_number(part, "hidden")) for part in parts]
    elif len(dense) < len(start.layers):  # what is recommended has other layers too: they stay
        return start.layers
    return tuple(Dense(n, activation) for n in units)


def train(arguments: argparse.Namespace) -> int:
    """Trains, prints a line for every epoch, and writes what was asked for."""
    options = vars(arguments)
    model = saved_models.read(arguments.resume) if arguments.resume else None
    notes: list[str] = []
    if arguments.link is not None:
        experiment, notes = links.read(arguments.link)
        if arguments.epochs is not None:
            experiment = experiment.changed(epochs=_number(arguments.epochs, "epochs"))
    else:
        experiment = model.experiment if model else experiment_from(options)
    _check_places(arguments.json, arguments.save)
    if model:
        epochs = int(_number(arguments.epochs, "epochs")) if arguments.epochs is not None else None
        run = saved_models.resumed(model, epochs, thin=False)
        experiment = run.experiment
    else:
        run = Run(experiment, thin=False)
    title = title_of(experiment.dataset, run.data.source)
    say = _Sayer(arguments)
    say(f"{title}: {experiment.summary}, {experiment.parameters:,} parameters")
    for note in filter(None, [*notes, run.data.note]):
        print(note, file=sys.stderr)
    total = experiment.epochs * run.position.batches
    with (
        _Stop() as stop,
        tqdm(
            total=total,
            unit=" steps",
            disable=arguments.quiet or not sys.stderr.isatty(),
            leave=False,
        ) as bar,
    ):
        told = len(run.history)
        score = "R²" if experiment.dataset.regression else "accuracy"
        while run.status == READY and not stop.signal:
            run.work(0.2)
            bar.update(run.position.step - bar.n)
            for row in run.history[told:]:
                with tqdm.external_write_mode(sys.stdout):
                    say(
                        f"epoch {row.epoch:3d}  train loss {row.train_loss:.4f}  {score} {row.train_accuracy:.2%}"
                        f"  test loss {row.test_loss:.4f}  {score} {row.test_accuracy:.2%}  {row.seconds:.1f} s"
                    )
            told = len(run.history)
        bar.close()
        written = _written(run, arguments)
    say(f"{run.samples_per_second:,.0f} samples a second")
    for said in [run.message, *map(advice.sentence, run.troubles())]:
        if said and run.status != DIVERGED:
            say(said)
    if run.status == DIVERGED:
        print(f"{PROGRAM}: {run.message}", file=sys.stderr)
        return 1
    if run.status == READY:
        at = run.position
        kept = (
            f"what it has learned is in {' and '.join(written)}"
            if written
            else "nothing is kept without --save"
        )
        more = (
            f"; go on with --resume {written[0]}"
            if arguments.save and not arguments.weights_only
            else ""
        )
        where = f"after {at.step:,} steps, in epoch {at.epoch} of {experiment.epochs}"
        print(f"{PROGRAM}: stopped {where}: {kept}{more}", file=sys.stderr)
        return 128 + stop.signal
    return 0


class _Stop:
    """Meanwhile Ctrl+C and SIGTERM are noted, and nothing is broken off; who insists, with a second
    one, is obeyed.

    signal: the number of the one that came, or 0
    """

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "_Stop":
        if threading.current_thread() is threading.main_thread():  # others get no signals
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: object) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number


class _Sayer:
    """Prints, unless --quiet. When the reader has seen enough, as in `| head -1`, what is to be
    saved still is.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._quiet, self._kept = arguments.quiet, bool(arguments.json or arguments.save)

    def __call__(self, line: str) -> None:
        if self._quiet:
            return
        try:
            print(line, flush=True)
        except BrokenPipeError:
            if not self._kept:
                raise
            self._quiet, sys.stdout = True, None  # type: ignore[assignment]


def _check_places(*paths: Path | None) -> None:
    """Raises UsageError, before anything is begun, where what comes of it could not be written."""
    given = [path for path in paths if path]
    for path in given:
        try:
            files.check_place(path)
        except OSError as error:
            raise UsageError(_unwritten(path, error)) from error
    targets = [os.path.realpath(path) for path in given if path.is_file() or not path.exists()]
    if len(set(targets)) < len(targets):
        raise UsageError(f"{shown(str(given[0]))} cannot be two files at once: give them two names")


def _written(run: Run, arguments: argparse.Namespace) -> list[str]:
    """Writes what was asked for, the network first; returns the names. Raises UsageError when all
    has been tried.
    """
    written, problems = [], []

    def network() -> bytes:
        content = saved_models.to_bytes(run, weights_only=arguments.weights_only)
        return calibration.noted(content) if arguments.weights_only else content

    def record() -> bytes:
        return (json.dumps(_finite(run.record()), indent=1, allow_nan=False) + "\n").encode()

    for path, content in (
        (arguments.save if run.status != DIVERGED else None, network),
        (arguments.json, record),
    ):
        if path:
            try:
                _write(path, content())
                written.append(shown(str(path)))
            except ValueError as error:
                problems.append(f"{shown(str(path))} cannot be written: {error}")
            except UsageError as error:
                problems.append(str(error))
    if problems:
        raise UsageError("; ".join(problems))
    return written


def _finite(value: Any) -> Any:
    """The same with null for every number that JSON cannot hold."""
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(path: Path, content: bytes) -> None:
    try:
        files.write(path, content)
    except OSError as error:
        raise UsageError(_unwritten(path, error)) from error


def _unwritten(path: Path, error: OSError) -> str:
    return f"{shown(str(path))} cannot be written: {error.strerror or error}"


# --- export, predict, datasets, download ----------------------------------------------------------


def export(arguments: argparse.Namespace) -> int:
    """Writes a saved run as a file of its own."""
    suffix = arguments.out.suffix
    if suffix not in (".py", ".ipynb", ".png", ".svg"):
        raise UsageError(
            f"--out must end in .py, .ipynb, .png or .svg, not {shown(arguments.out.name)}"
        )
    _check_places(arguments.out)
    run = saved_models.resumed(saved_models.read(arguments.model))
    if suffix in (".png", ".svg"):
        seen = render_frame(run, run.status, run.message, 0.0, View(diagram=True))
        _write(
            arguments.out,
            figures.picture(seen, run.experiment, run.data, arguments.picture, suffix[1:]),
        )
        return 0
    _write(arguments.out, (script if suffix == ".py" else notebook)(run).encode())
    print(
        f"{arguments.out}: run it with python, and it gives the loss of this run after {run.position.step:,} steps"
    )
    return 0


def predict(arguments: argparse.Namespace) -> int:
    """A line for each picture; exit code 1 if one could not be read."""
    model = reading.open_model(arguments.model)
    code = 0
    for path in arguments.pictures:
        result: dict[str, Any] = {"file": str(path)}
        try:
            opened = open_picture(_content(path))
            number = reading.read_number(model, opened)
            said = number.answers[0]
            result |= {"label": number.text, "sure": not any(one.doubt for one in number.answers)}
            if len(number.answers) == 1:
                result |= {"probabilities": said.probabilities}
            else:
                result |= {
                    "digits": [
                        {"label": one.label, "probabilities": one.probabilities}
                        for one in number.answers
                    ]
                }
            doubts = dict.fromkeys(one.doubt for one in number.answers if one.doubt)
            result |= {"notes": [*opened.notes, *number.sheet.remarks, *doubts]}
        except PictureError as error:
            result["error"] = str(error)
            code = 1
        if arguments.json:
            print(json.dumps(result, ensure_ascii=False))
        elif "error" in result:
            print(f"{path}: {result['error']}")
        else:
            shares = "  ".join(
                f"{name} {p:.1%}" for name, p in result.get("probabilities", {}).items()
            )
            words = [
                f"({shares})" if shares else "",
                *result["notes"],
                "" if result["sure"] else "Not sure.",
            ]
            print(f"{path}: {result['label']}   {' '.join(filter(None, words))}")
    return code


def _content(path: Path) -> bytes:
    try:
        content = files.content(path, MAX_BYTES)
    except OSError as error:
        raise PictureError(f"the file cannot be opened: {error.strerror or error}") from error
    if content is None:
        raise PictureError(f"the file is larger than {MAX_BYTES // 1_000_000} MB: save it smaller")
    return content


def datasets(_arguments: argparse.Namespace) -> int:
    """A line for each dataset: name, title, state."""
    for name, kind in DATASETS.items():
        source = getattr(kind, "name", "")
        state = str(cache.state(source)) if source else "always here"
        print(f"{name:14}  {TITLES[name]:36}  {state}")
    return 0


def fetch(arguments: argparse.Namespace) -> int:
    """Downloads with a progress bar."""
    kind = find(DATASETS, arguments.name, "dataset")
    name = getattr(kind, "name", "")
    if not name:
        print(f"{arguments.name} needs no download")
        return 0
    with tqdm(
        unit="B", unit_scale=True, desc=name, disable=None, leave=False
    ) as bar:  # None: only on a terminal

        def report(progress: Progress) -> None:
            bar.total = progress.total
            bar.update(progress.done - bar.n)

        where = download.download(name, report)
    print(f"{name} is in {where}")
    return 0


COMMANDS = {
    "train": train,
    "export": export,
    "predict": predict,
    "datasets": datasets,
    "download": fetch,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0, 1 when something in it failed, 2 for a wrong
    value.

    It is 130 or 143 where Ctrl+C or SIGTERM has ended it.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if isinstance(
        sys.stdout, io.TextIOWrapper
    ):  # a letter that it cannot write is no reason to break off
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        parsed = build_parser().parse_args(arguments)
        if empty := [
            name for name, value in vars(parsed).items() if value == []
        ]:  # argparse takes `--` for nothing
            raise UsageError(f"{option(empty[0])} needs a value, and -- is none")
        code = COMMANDS[parsed.command](parsed)
        if sys.stdout:
            sys.stdout.flush()
        return code
    except BrokenPipeError:  # as in `... | head -1`: the reader has seen enough
        sys.stdout = None  # type: ignore[assignment]
        return 0
    except (UsageError, ValueError, DownloadError) as problem:
        print(f"{PROGRAM}: {_brief(str(problem), arguments)}", file=sys.stderr)
        return 2
    except OSError as problem:  # the disk on which the output goes is full, as with `> /dev/full`
        sys.stdout = None  # type: ignore[assignment]
        print(f"{PROGRAM}: {_brief(problem.strerror or str(problem), arguments)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{PROGRAM}: stopped", file=sys.stderr)
        return 130


def _brief(sentence: str, arguments: Sequence[str]) -> str:
    """A sentence on one line, with those of the arguments that it quotes, as argparse does, cut to
    60 letters.
    """
    parts = {part for argument in arguments for part in (argument, argument.partition("=")[2])}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) > 60 or not part.isprintable():
            sentence = sentence.replace(repr(part), shown(part)).replace(part, shown(part))
    return " ".join(sentence.split())
