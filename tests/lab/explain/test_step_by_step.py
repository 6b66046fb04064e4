"""A walk shows the very step that the run then makes, and every worked line can be recomputed from
what it shows.
"""

import math
import re
from typing import Any

import numpy as np
import pytest

from engine import (
    ACTIVATIONS,
    L2,
    LOSSES,
    MSE,
    OPTIMIZERS,
    BatchNorm,
    Dense,
    Dropout,
    LayerNorm,
    Linear,
    ReLU,
    Softmax,
    Tanh,
)
from lab.explain import plain_numpy
from lab.explain.recorded_step import record_next_step
from lab.explain.step_by_step import Substep, walk
from lab.explain.worked import format_number
from lab.runs.presets import natural_output, presets, recommended
from lab.runs.run import Run

SMALL = recommended("moons").changed(layers=(Dense(3, Tanh()), Dense(4, ReLU())), batch_size=8)


def recomputed(text: str) -> tuple[float, float]:
    """Both sides of a worked line, computed from its own characters."""
    text = re.sub(r", and .*$", "", text)
    left, right = text.rsplit(" = ", 1)
    left = re.sub(r" \(the other \d+\)", "", left)
    code = (
        left.replace("−ln ", "-log")
        .replace("−", "-")
        .replace("·", "*")
        .replace("²", "**2")
        .replace("½", "0.5")
    )
    code = re.sub(r"-log(\d[\d.e+-]*)", r"-log(\1)", code)
    return float(eval(code, {"__builtins__": {}, "log": math.log})), float(right.replace("−", "-"))


def check(stations: list[Substep]) -> None:
    for station in stations:
        assert station.caption.endswith((".", "!"))
        assert station.source
        for worked in station.worked:
            left, right = recomputed(worked.text)
            assert left == pytest.approx(right, abs=worked.tolerance + 1e-12), worked
            assert worked.tolerance <= 0.02 * max(1, abs(worked.answer)), worked
            assert right == pytest.approx(worked.answer, rel=1e-2, abs=1e-9)
        for array in station.arrays:
            assert array.rows
            assert "nan" not in str(array.rows)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_walks_exactly_the_step_that_is_then_made(name: str) -> None:
    optimizer = OPTIMIZERS[name]().changed(learning_rate=0.05)
    run, other = (
        Run(SMALL.changed(optimizer=optimizer, regularizers=(L2(0.01),))) for _ in range(2)
    )
    run.work(1e9, steps=60)
    other.work(1e9, steps=60)
    stations = walk(run, 3, 2)
    check(stations)
    assert np.array_equal(run.network.theta, other.network.theta)
    other.step_batch()
    after = stations[-1].arrays[-1]
    assert after.rows[0] == [format_number(v) for v in other.network.theta[:8]]
    run.step_batch()
    assert np.array_equal(run.network.theta, other.network.theta)  # looking has changed nothing


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(name: str) -> None:
    run = Run(SMALL.changed(layers=(Dense(4, ACTIVATIONS[name]()), Dense(3, Tanh()))))
    run.work(1e9, steps=10)
    check(walk(run, 1, 1))


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss(name: str) -> None:
    loss = LOSSES[name]()
    for dataset in ("moons", "spiral"):
        output = natural_output(loss) if loss.partner else Tanh()
        run = Run(
            recommended(dataset).changed(
                loss=loss, output=output, layers=(Dense(5, Tanh()),), batch_size=6
            )
        )
        run.work(1e9, steps=10)
        check(walk(run, 2, 3))


def test_other_layers_and_none_at_all() -> None:
    layers = (Dense(5, Linear()), BatchNorm(), Dropout(0.4), LayerNorm(), Dense(4, Softmax()))
    for hidden in (layers, ()):
        run, other = Run(SMALL.changed(layers=hidden)), Run(SMALL.changed(layers=hidden))
        stations = walk(run, 0, 0)
        assert len(stations) == 2 * (len(hidden) + 1) + 3
        check(stations)
        run.work(1e9, steps=30)
        other.work(1e9, steps=30)
        assert np.array_equal(run.network.theta, other.network.theta)
        assert np.array_equal(run.network.buffers, other.network.buffers)


@pytest.mark.parametrize(
    "name",
    [
        "Ten digits, a hidden layer",
        "Ten digits, convolutional",
        "Ten digits, recurrent: reads row by row",
    ],
)
def test_networks_of_pictures_walk_too(name: str) -> None:
    check(walk(Run(presets()[name]), 5, 5))


def test_the_numbers_of_the_first_layer_are_those_of_the_batch() -> None:
    run = Run(SMALL)
    stations = walk(run, 2, 1)
    worked = stations[1].worked[0]
    copy = Run(SMALL)
    seen: list[np.ndarray] = []
    gradients = copy.network.gradients

    def keep_batch(x: np.ndarray, *rest: Any) -> np.ndarray:
        seen.append(x.copy())
        return gradients(x, *rest)

    copy.network.gradients = keep_batch  # type: ignore[method-assign]
    copy.step_batch()
    first = Run(SMALL).network.names
    assert worked.answer == pytest.approx(
        float(seen[0][2] @ first["1.W"][:, 1] + first["1.b"][1]), rel=1e-5
    )


def test_a_run_that_has_ended_has_no_next_step() -> None:
    run = Run(SMALL.changed(epochs=1))
    run.work(1e9)
    assert walk(run) == []
    run = Run(
        SMALL.changed(
            loss=MSE(), output=Linear(), optimizer=OPTIMIZERS["SGD"]().changed(learning_rate=100.0)
        )
    )
    run.work(1e9)
    assert walk(run) == []


@pytest.mark.parametrize("loss", [kind for kind in LOSSES if kind in plain_numpy.LOSSES])
@pytest.mark.parametrize(
    "activation", [kind for kind in plain_numpy.ACTIVATIONS if kind != "Softmax"]
)
def test_plain_numpy_computes_what_the_engine_computes(activation: str, loss: str) -> None:
    kind = LOSSES[loss]()
    hidden = Dense(5, ACTIVATIONS[activation]())
    output = natural_output(kind, ACTIVATIONS[activation]())
    e = recommended("moons", kind).changed(layers=(hidden,), output=output, batch_size=8)
    run = Run(e)
    step = record_next_step(run)
    stations = {station.title: station for station in walk(run)}
    last = len(step.network.layers)
    known = {"np": np, "y": step.y, "order": np.arange(8), "start": 0, "X": step.x, "Y": step.y}

    def execute(title: str, names: dict[str, Any]) -> dict[str, Any]:
        space = known | names
        exec(next(s.plain for t, s in stations.items() if t.startswith(title)), space)
        return space

    taken = execute("Take a batch", {})
    np.testing.assert_array_equal(taken["x"], step.x)
    for number in (1, last):
        title = "Layer 1" if number == 1 else "Output layer"
        parts = {name: step.part(step.before, f"{number}.{name}") for name in ("W", "b")}
        array = {name: step.arrays.get(f"{number}.{name}") for name in ("x", "z", "a", "da")}
        forward = execute(f"{title}, Dense: forward", parts | {"x": array["x"]})
        np.testing.assert_allclose(forward["a"], array["a"], rtol=1e-4, atol=1e-6)
        back = execute(f"{title}, Dense: backward", parts | array)
        slopes = {name: step.part(step.gradient, f"{number}.{name}") for name in ("W", "b")}
        np.testing.assert_allclose(back["dW"], slopes["W"], rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(back["db"], slopes["b"], rtol=1e-3, atol=1e-6)
        if number > 1:
            np.testing.assert_allclose(
                back["dx"], step.arrays[f"{number}.dx"], rtol=1e-3, atol=1e-6
            )
    answers = {name: step.arrays[f"{last}.{name}"] for name in ("z", "a")}
    value = execute("The loss", answers)["L"]
    assert value == pytest.approx(kind.value(answers["z"], answers["a"], step.y), rel=1e-4)


def test_plain_numpy_is_short_and_says_what_it_leaves_out() -> None:
    for name, kind in ACTIVATIONS.items():
        lines = plain_numpy.forward(kind()).splitlines()
        assert len(lines) == 2
        assert lines[1].startswith("a = ")
        assert name in plain_numpy.ACTIVATIONS or name in lines[1]
        assert 3 <= len(plain_numpy.backward(kind(), None, hidden=True).splitlines()) <= 5
