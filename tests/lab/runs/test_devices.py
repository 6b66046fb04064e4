"""A run trains elsewhere to the same bits, and what it has learned comes back."""

import re
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import L1, Adam, BatchNorm, Dense, Dropout, Momentum, ReLU
from lab.cli import main
from lab.runs.devices import array_on, trained_on
from lab.runs.experiment import Experiment
from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.presets import recommended
from lab.runs.run import READY, Run
from tests.engine.elsewhere import Elsewhere
from tests.lab.runs.driving import rows

LIKE: Any = Elsewhere(np.zeros(1, np.float32))
DIGITS = recommended("digits").changed(
    layers=(Dense(12, ReLU()), BatchNorm(), Dropout(0.2)),
    optimizer=Adam(0.01),
    regularizers=(L1(0.0001),),
    epochs=4,
)
POINTS = recommended("spiral").changed(epochs=6, optimizer=Momentum(0.1))


@pytest.mark.parametrize("experiment", [DIGITS, POINTS], ids=["pictures", "points"])
def test_it_trains_elsewhere_and_comes_back_as_if_it_had_never_gone(
    experiment: Experiment,
) -> None:
    here, there = Run(experiment, thin=False), Run(experiment, thin=False)
    here.work(1e9)
    before = Elsewhere.operations
    with trained_on(there, LIKE):
        assert isinstance(there.network.theta, Elsewhere)
        there.work(1e9)
    assert Elsewhere.operations > before + here.position.step
    assert there.network.theta.tobytes() == here.network.theta.tobytes()
    assert there.network.buffers.tobytes() == here.network.buffers.tobytes()
    assert rows(there) == rows(here)
    assert there.confusion is not None
    assert np.array_equal(there.confusion, here.confusion)
    assert there.record()["history"]


def test_it_goes_and_comes_back_in_the_midst_of_an_epoch_and_goes_on_from_a_file() -> None:
    here, there = Run(DIGITS, thin=False), Run(DIGITS, thin=False)
    here.work(1e9)
    there.work(1e9, steps=7)
    with trained_on(there, LIKE):
        there.work(1e9, steps=50)
    there.work(1e9, steps=3)
    again = resumed(from_bytes(to_bytes(there)), thin=False)
    with trained_on(again, LIKE):
        again.work(1e9)
    assert again.status != READY
    assert again.network.theta.tobytes() == here.network.theta.tobytes()
    assert rows(again) == rows(here)


def test_what_it_has_learned_comes_back_after_an_error_too() -> None:
    run = Run(POINTS)

    def interrupted() -> None:
        with trained_on(run, LIKE):
            run.work(1e9, steps=5)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert isinstance(run.network.theta, np.ndarray)
    assert run.position.step == 5
    run.work(1e9, steps=1)


def test_the_processor_needs_nothing() -> None:
    run = Run(POINTS)
    assert array_on("cpu") is None
    network = run.network
    with trained_on(run, None):
        assert run.network is network


def cupy(count: Callable[[], int]) -> types.ModuleType:
    module: Any = types.ModuleType("cupy")
    runtime = types.SimpleNamespace(getDeviceCount=count)
    module.cuda = types.SimpleNamespace(runtime=runtime)
    module.zeros = lambda *shape: Elsewhere(np.zeros(*shape))
    return module


def broken() -> int:
    raise RuntimeError("cudaErrorInsufficientDriver")


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (None, "needs CuPy, which is not installed here: python -m pip install -r req"),
        (cupy(broken), "finds no graphics card that works: cudaErrorInsufficientDriver"),
        (cupy(lambda: 0), "finds no graphics card"),
    ],
    ids=["no CuPy", "an old driver", "no card"],
)
def test_where_there_is_no_card_a_sentence_says_what_is_missing(
    module: types.ModuleType | None,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "cupy", module)
    command = ["train", "--dataset", "spiral", "--device", "cuda"]
    assert main(command) == 2
    assert re.fullmatch(f"python -m lab: device cuda {sentence}.*\n", capsys.readouterr().err)


def test_a_device_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--dataset", "spiral", "--device", "tpu"]) == 2
    assert "must be one of cpu, cuda, not 'tpu'" in capsys.readouterr().err


def test_the_command_line_trains_on_the_card_and_saves_what_predicts_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    monkeypatch.setitem(sys.modules, "cupy", cupy(lambda: 1))
    command = ["train", "--dataset", "digits", "--epochs", "2", "--quiet"]
    for device in ("cpu", "cuda"):
        before = Elsewhere.operations
        assert main([*command, "--device", device, "--save", str(tmp_path / device)]) == 0
        assert (Elsewhere.operations > before) == (device == "cuda")
    here, there = (from_bytes((tmp_path / device).read_bytes()) for device in ("cpu", "cuda"))
    assert there.network.theta.tobytes() == here.network.theta.tobytes()
    assert not capsys.readouterr().err
