"""Exported files and notebooks give the loss of the page, to the last bit, with nothing of ours to
lean on.
"""

import ast
import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    L2,
    LAYERS,
    LOSSES,
    MSE,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SGD,
    Adam,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    EarlyStopping,
    Flatten,
    LayerNorm,
    Linear,
    MaxPool2D,
    ReduceOnPlateau,
    Softmax,
    Tanh,
    evaluate,
)
from lab.cli import main
from lab.data import cache
from lab.data.menu import IMAGE_SETS, TOY_POINTS
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.runs.export import write_notebook, write_script
from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.presets import natural_output, recommended
from lab.runs.run import Run
from lab.runs.tf_playground_links import from_tf_playground

pytestmark = pytest.mark.slow

POINTS = [name for name in TOY_POINTS if name != "tf-playground"]


def across_the_menus() -> dict[str, Experiment]:
    """As many experiments as the longest menu has entries, in which every entry of every menu comes
    up.
    """
    menus = [
        itertools.cycle(menu.values())
        for menu in (ACTIVATIONS, OPTIMIZERS, SCHEDULES, INITIALIZERS)
    ]
    kinds: list[tuple[Any, ...]] = list(
        itertools.islice(zip(*menus, strict=False), len(ACTIVATIONS))
    )
    regularizers = [
        regularizer_class
        for regularizer_class in REGULARIZERS.values()
        if regularizer_class.__name__ != "Augmentation"
    ]
    losses = list(LOSSES.values())
    experiments = {}
    for number, (activation, optimizer, schedule, initializer) in enumerate(kinds):
        name, loss = POINTS[(number + 3) % len(POINTS)], losses[number % len(losses)]()
        dataset = TOY_POINTS[name]()
        if dataset.regression and (loss.partner or loss.targets):
            loss = MSE()
        hidden_activation = Tanh() if activation is Softmax else activation()
        norm = (BatchNorm(), LayerNorm(), Dropout(0.2))[number % 3]
        output = natural_output(loss) if loss.partner else Linear()
        experiments[f"{number}-{activation.__name__}-{optimizer.__name__}"] = Experiment(
            dataset=dataset,
            layers=(Dense(6, hidden_activation), norm, Dense(5, activation())),
            output=output,
            loss=loss,
            initializer=initializer(),
            optimizer=optimizer().changed(learning_rate=0.01),
            schedule=schedule(),
            regularizers=(regularizers[number % len(regularizers)](),),
            batch_size=20 + number,
            epochs=8,
            seed=number,
            data_seed=7 if number % 2 else None,
        )
    return experiments


def of_pictures() -> dict[str, Experiment]:
    """Every kind of layer that reads pictures or letters, and augmentation."""
    digits = recommended("digits").changed(epochs=3)
    maps = (Conv2D(3, 3, padding=1), MaxPool2D(), Conv2D(4, 3), AvgPool2D(), Flatten())
    return {
        "convolution": digits.changed(layers=maps),
        "recurrent, pictures moved": digits.changed(
            layers=(LAYERS["GRU"](6),), regularizers=(REGULARIZERS["Augmentation"](),)
        ),
        "letters, attended to": recommended("names").changed(
            layers=(LAYERS["Embedding"](17, 4), LAYERS["Attention"](5)), epochs=2
        ),
    }


THEIRS = {
    "TensorFlow Playground": (
        "#seed=0.5&dataset=xor&networkShape=3&activation=sigmoid&learningRate=0.3&xTimesY=true"
    ),
    "its regression": (
        "#seed=0.7&problem=regression&regDataset=reg-gauss&networkShape=4,4&noise=5&batchSize=17"
    ),
    "its L1": "#seed=0.1&regularization=L1&regularizationRate=0.03&dataset=spiral&sinX=true",
}


def run_alone(code: str, folder: Path, *arguments: str) -> str:
    """What a file prints that has only NumPy: neither this folder nor anything of ours can be
    imported.
    """
    (folder / "run.py").write_text(code, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "run.py", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


EXACT = "\nprint(f'EXACTLY {train.loss!r} {test.loss!r}')\n"


def check(run: Run, folder: Path, code: str | list[str] | None = None) -> None:
    """The file, or the notebook's cells one by one, give exactly the run's losses."""
    whole = code or write_script(run)
    code = "\n\n".join(whole) if isinstance(whole, list) else whole
    tree = ast.parse(code)
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    assert not [name for name in modules if name.split(".")[0] in ("engine", "lab", "streamlit")]
    assert len(code.splitlines()) < 1300
    if isinstance(whole, list):
        (folder / "cells.json").write_text(json.dumps([*whole, EXACT]), encoding="utf-8")
        printed = run_alone(CELL_BY_CELL, folder)
    else:
        printed = run_alone(code + EXACT, folder)
    train, test = map(float, printed.split("EXACTLY ")[1].split())
    assert train == evaluate(run.network, run.data.train_x, run.train_targets).loss
    assert test == evaluate(run.network, run.data.test_x, run.test_targets).loss
    if len(run.data.shape) == 1:
        assert (train, test) == (run.measure_now().train_loss, run.measure_now().test_loss)


def cells(text: str) -> list[str]:
    """The code of a notebook, cell by cell."""
    book = json.loads(text)
    assert book["nbformat"] == 4
    kinds = [cell["cell_type"] for cell in book["cells"]]
    assert kinds[0] == "markdown"
    assert kinds.count("code") == kinds.count("markdown") - 1
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


CELL_BY_CELL = """
import json, pathlib, sys
for cell in json.loads(pathlib.Path("cells.json").read_text(encoding="utf-8")):
    exec(compile(cell, "cell", "exec", dont_inherit=True), sys.modules["__main__"].__dict__)
"""


ALL = {
    **across_the_menus(),
    **of_pictures(),
    **{name: from_tf_playground(link)[0] for name, link in THEIRS.items()},
}


def test_every_entry_of_every_menu_is_exported() -> None:
    experiments = list(ALL.values())
    layers = [layer for e in experiments for layer in e.layers]
    assert {type(layer).__name__ for layer in layers} == set(LAYERS)
    assert {
        type(layer.activation).__name__ for layer in layers if hasattr(layer, "activation")
    } >= set(ACTIVATIONS) - {"Softmax"}
    assert {type(e.loss).__name__ for e in experiments} == set(LOSSES)
    for what, menu in (
        ("optimizer", OPTIMIZERS),
        ("schedule", SCHEDULES),
        ("initializer", INITIALIZERS),
    ):
        assert {type(getattr(e, what)).__name__ for e in experiments} == set(menu)
    assert {type(r).__name__ for e in experiments for r in e.regularizers} == set(REGULARIZERS)


@pytest.mark.parametrize("name", ALL)
def test_a_file_gives_the_loss_of_the_page_to_the_last_bit(name: str, tmp_path: Path) -> None:
    run = Run(ALL[name])
    run.work(1e9, steps=2 * run.batches + 3)  # stops in the midst of an epoch
    assert math.isfinite(run.measure_now().test_loss)
    check(run, tmp_path)


@pytest.mark.parametrize("name", ["0-Linear-SGD", "convolution", "TensorFlow Playground"])
def test_a_notebook_does_too(name: str, tmp_path: Path) -> None:
    run = Run(ALL[name])
    run.work(1e9, steps=run.batches + 1)
    check(run, tmp_path, cells(write_notebook(run)))


def test_what_was_changed_by_hand_on_the_way_is_in_it(tmp_path: Path) -> None:
    start = recommended("moons").changed(epochs=50, regularizers=(L2(0.001),))
    run = Run(start)
    run.edit(Edit("1.b", (3,), 0.75))
    run.work(1e9, steps=9)
    run.change(start.changed(optimizer=Adam(0.05), epochs=70))
    run.work(1e9, steps=5)
    run.edit(Edit("2.W", (0, 1), -1.5))
    run.change(run.experiment.changed(regularizers=(L2(0.01), EarlyStopping(4))))
    run.work(1e9, steps=40)
    check(run, tmp_path)
    again = resumed(from_bytes(to_bytes(run)))
    again.work(1e9, steps=30)
    check(again, tmp_path)


def test_a_run_that_stopped_early_or_was_given_more_epochs_is_the_same(tmp_path: Path) -> None:
    early = Run(
        recommended("circles").changed(
            regularizers=(EarlyStopping(2),),
            schedule=ReduceOnPlateau(patience=1),
            optimizer=SGD(0.5),
            epochs=500,
        )
    )
    early.work(1e9)
    assert early.message
    check(early, tmp_path)
    more = Run(recommended("moons").changed(epochs=4, schedule=SCHEDULES["Cosine"]()))
    more.work(1e9)
    more.change(more.experiment.changed(epochs=9))
    more.work(1e9)
    check(more, tmp_path)
    longer = resumed(from_bytes(to_bytes(more)), epochs=13)
    longer.work(1e9, steps=11)
    check(longer, tmp_path)


def test_a_run_of_many_epochs_is_measured_ever_more_seldom_there_too(tmp_path: Path) -> None:
    run = Run(
        recommended("moons").changed(
            layers=(), batch_size=200, epochs=10_000, schedule=ReduceOnPlateau(patience=40)
        )
    )
    run.work(1e9, steps=2600)
    assert run.history.stride == 2
    check(run, tmp_path)


def test_an_untrained_run_and_a_diverged_one(tmp_path: Path) -> None:
    check(Run(recommended("spiral")), tmp_path)
    run = Run(recommended("moons").changed(loss=MSE(), output=Linear(), optimizer=SGD(100.0)))
    run.work(1e9)
    with pytest.raises(ValueError, match="diverged"):
        write_script(run)


SETTINGS: dict[str, dict[str, int]] = {
    "mnist": {"train_size": 500},
    "mnist-strokes": {"strokes": 60},
}


@pytest.mark.parametrize("name", [name for name in IMAGE_SETS if name != "digits"])
def test_pictures_are_read_from_their_files_or_what_stands_in_for_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cache.find(IMAGE_SETS[name].name) is None:
        monkeypatch.delenv("GLASSBOX_DATA_DIR", raising=False)
    dataset = IMAGE_SETS[name](**SETTINGS.get(name, {}))
    run = Run(recommended(dataset).changed(layers=(Dense(4),)))
    run.work(1e9, steps=12)
    check(run, tmp_path)


def test_a_saved_run_is_exported_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(recommended("moons").changed(epochs=3))
    run.work(1e9)
    saved, out = tmp_path / "m.safetensors", tmp_path / "made.py"
    saved.write_bytes(to_bytes(run))
    assert main(["export", str(saved), "--out", str(out)]) == 0
    check(run, tmp_path, out.read_text(encoding="utf-8"))
    assert main(["export", str(saved), "--out", str(tmp_path / "made.txt")]) == 2
    saved.write_bytes(to_bytes(run, weights_only=True))
    assert main(["export", str(saved), "--out", str(out)]) == 2
    assert "only weights" in capsys.readouterr().err
