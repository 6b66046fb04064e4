"""Command lines put together at random: each ends with an exit code and a line at most, never with
a traceback.
"""

import argparse
import contextlib
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine import ACTIVATIONS, INITIALIZERS, LAYERS, LOSSES, OPTIMIZERS, REGULARIZERS, SCHEDULES
from lab.cli import main
from lab.cli.parser import MENUS, build_parser
from lab.data import download
from lab.data.cache import DownloadError
from lab.data.menu import DATASETS
from lab.sweeps.plan import Trial
from lab.sweeps.trials import Outcome, train_trial

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("GLASSBOX_COMMAND_LINES", "150"))
ENTRIES = [
    *DATASETS,
    *OPTIMIZERS,
    *SCHEDULES,
    *ACTIVATIONS,
    *INITIALIZERS,
    *LOSSES,
    *REGULARIZERS,
    *LAYERS,
]
# no pictures that take a second to load
SMALL = [name for name, dataset_class in DATASETS.items() if not dataset_class.name]
PLACES = [
    "",
    ".",
    "folder",
    "missing/file",
    "file.json",
    "model.st",
    "pipe",
    "/dev/zero",
    "/dev/null",
    "text",
    "a\0b",
    "n" * 300,
    "loop",
    "x.py",
    "x.ipynb",
    "x.png",
    "x.svg",
    "/dev/fd/999",
    "\udc80",
    "file",
    "/proc/self/mem",
    "picture.png",
]
WORDS = [
    "",
    " ",
    "--",
    "-",
    "-1",
    "0",
    "1",
    "2",
    "-0",
    "1e999",
    "nan",
    "inf",
    "-inf",
    "9" * 5000,
    "0x10",
    "²",
    "١",
    "1,2",
    "64,,3",
    "None",
    "\n",
    "é\u202e",
    "=",
    "(",
    "a" * 5000,
    "((((((",
    "'",
    '"',
    "\\",
    "%s",
    "{}",
    "[]",
    "0.5",
    "1.5",
    "1e-5",
    "100",
    "Dense(",
    "Dense(2)",
    "L2(0.1), L1",
    "?dataset=xor&hidden=3",
    "https://x/?a=1",
]

words = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(ENTRIES), st.sampled_from(PLACES), st.text(max_size=8)
)


def train_options() -> list[str]:
    """The options of `train` that take a value, without those that every line here has."""
    (commands,) = (
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    every_line = ("help", "quiet", "weights_only", "epochs", "dataset")
    return [
        action.option_strings[0]
        for action in commands.choices["train"]._actions
        if action.option_strings and action.dest not in every_line
    ]


options = train_options()
menus = {f"--{name}": list(menu) for name, (menu, _) in MENUS.items()}
values = {
    "--json": PLACES,
    "--save": PLACES,
    "--resume": PLACES,
    "--activation": list(ACTIVATIONS),
    "--layers": ["Dense(3)", "Conv2D(2), Dense(2, Tanh)", "Dropout(0.5), Dense(4)", "Dense"],
    "--regularizers": ["L2(0.001), EarlyStopping", "Augment", "GradientClipping(1)"],
    **menus,
}


USUAL = [
    "--hidden",
    "--activation",
    "--batch-size",
    "--seed",
    "--data-seed",
    "--learning-rate",
    "--optimizer",
    "--schedule",
    "--l2",
    "--initializer",
    "--layers",
    "--regularizers",
    "--json",
    "--save",
    "--loss",
    "--output",
    "--resume",
]


@st.composite
def train_lines(draw: st.DrawFn) -> list[str]:
    """Half of these are sensible but for the places of files, so that many of them really train."""
    odd = draw(st.booleans())
    line = [
        "train",
        "--quiet",
        "--epochs",
        draw(words.filter(lambda word: word != "100")) if odd else "1",
    ]
    line += ["--dataset", draw(st.sampled_from(SMALL))]
    for name in draw(st.lists(st.sampled_from(options if odd else USUAL), max_size=4, unique=True)):
        sensible = st.sampled_from(values.get(name, ["1", "2", "10"]))
        if not odd and name in ("--json", "--save", "--resume"):
            sensible = st.sampled_from(["model.st", "folder/other", "/dev/null", "text"])
        value = draw(st.one_of(sensible, words) if odd else sensible)
        line += draw(st.sampled_from([[name, value], [f"{name}={value}"]]))
    return line + draw(
        st.lists(
            st.sampled_from(["--weights-only", "--", "--jso"] if odd else ["--weights-only"]),
            max_size=1,
        )
    )


# what varies, sensible or not; few of them are trained, in this process
axes = st.builds(
    lambda name, values: f"{name}={'|'.join(values)}",
    st.sampled_from(["units", "learning_rate", "optimizer", "layers", "hidden", "dataset"]) | words,
    st.lists(words | st.sampled_from(["1", "2", "0.1", "SGD", "Adam(0.1)"]), max_size=3),
)
sweep_options = st.tuples(
    st.sampled_from(["--seeds", "--random", "--jobs", "--json", "--cluster", "--link", "--hidden"]),
    words | st.sampled_from(["1", "2", "tcp://127.0.0.1:9"]),
)
sweeps = st.builds(
    lambda varied, out, rest: [
        *("sweep", "--quiet", "--epochs", "1", "--dataset", "moons", "--out", out),
        *(word for axis in varied for word in ("--vary", axis)),
        *(word for option in rest for word in option),
    ],
    st.lists(axes | words, max_size=3),
    st.sampled_from([*PLACES, "a.csv", "b.csv"]) | words,
    st.lists(sweep_options, max_size=2),
)

others = st.one_of(
    sweeps,
    st.builds(
        lambda rest: ["train", "--quiet", "--epochs", "1", *rest],
        st.lists(words.filter(lambda word: word != "--epochs"), max_size=3),
    ),
    st.builds(
        lambda model, rest: ["predict", model, *rest],
        st.sampled_from([*PLACES, "mlp", "softmax", "cnn"]) | words,
        st.lists(st.sampled_from([*PLACES, "--json"]) | words, max_size=3),
    ),
    st.builds(
        lambda model, out, rest: ["export", model, "--out", out, *rest],
        st.sampled_from(PLACES) | words,
        st.sampled_from(PLACES) | words,
        st.just([]) | st.builds(lambda name: ["--picture", name], words | st.just("curves")),
    ),
    st.builds(lambda rest: ["download", *rest], st.lists(words, max_size=2)),
    st.builds(lambda rest: ["datasets", *rest], st.lists(words, max_size=1)),
    st.lists(words, max_size=4),
)


# two of three train
lines = st.integers(0, 2).flatmap(lambda number: train_lines() if number else others)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    from PIL import Image

    path = tmp_path_factory.mktemp("lines")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)

        def offline(name: str, *_: object) -> None:
            raise DownloadError(f"{name} cannot be fetched")

        def train_a_few(trials: Sequence[Trial], _: int, *, history: bool) -> Iterator[Outcome]:
            for trial in trials[:3]:
                yield train_trial(trial.number, trial.experiment.to_dict(), 0.1, history=history)

        patch.setattr(download, "download", offline)
        patch.setattr("lab.cli.sweep.train_here", train_a_few)
        (path / "folder").mkdir()
        os.mkfifo(path / "pipe")
        (path / "loop").symlink_to("loop")
        (path / "text").write_text("no model")
        Image.new("L", (40, 40), 255).save(path / "picture.png")
        model = ["train", "--epochs", "1", "--hidden", "3", "--quiet", "--save", "model.st"]
        assert main(model) == 0
        yield path


ended: dict[int, int] = {}


@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(line=sweeps)
@example(line=["sweep", "--vary", "units=1|2", "--epochs", "1", "--out", "text"])
def test_no_sweep_brings_a_traceback(folder: Path, line: list[str]) -> None:
    test_no_command_line_brings_a_traceback.hypothesis.inner_test(folder, line)
    assert (folder / "text").read_text() == "no model"


@settings(
    max_examples=EXAMPLES, derandomize=EXAMPLES == 150, suppress_health_check=[HealthCheck.too_slow]
)
@given(line=lines)
@example(line=["train", "--quiet", "--epochs", "1", "--hidden", "²"])
@example(line=["train", "--quiet", "--epochs", "1", "--json", "n" * 300])
@example(line=["train", "--quiet", "--l2=--"])
@example(line=["train", "--quiet", "--epochs", "", "--link", "0.5"])
@example(line=["download", "mnist"])
@example(line=["predict", "mlp", "\udc80", "a\0b"])
def test_no_command_line_brings_a_traceback(folder: Path, line: list[str]) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(line)
        except SystemExit as left:  # -h and --help
            code = int(left.code or 0)
    ended[code] = ended.get(code, 0) + 1
    errors = err.getvalue()
    assert code in (0, 1, 2), line
    assert "Traceback" not in errors
    assert code != 2 or errors.count("\n") == 1, (line, errors)
    assert len(errors) < 1500, (line, errors)
    assert (folder / "folder").is_dir()
