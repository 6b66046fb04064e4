"""The plain lines beside the formulas run as they stand, and give what the engine gives."""

import ast
from typing import Any

import numpy as np
import pytest

from engine import (
    GRU,
    MSE,
    Adam,
    Attention,
    BatchNorm,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Linear,
    MaxPool2D,
    Momentum,
    Network,
    RMSprop,
    Sigmoid,
    Xavier,
    f1,
    precision,
    recall,
)
from lab.explain.own_names import chances_of
from tests.pages.learn.lesson_page import ROOT


def plain_lines() -> dict[str, str]:
    """All plain lines of the lessons, by file and number."""
    found = {}
    for path in [*(ROOT / "pages" / "learn").glob("*.py"), ROOT / "ui" / "learn" / "cures.py"]:
        calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
        texts = [
            keyword.value.value
            for call in calls
            if ast.unparse(call.func) == "lesson.formula"
            for keyword in call.keywords
            if keyword.arg == "plain" and isinstance(keyword.value, ast.Constant)
        ]
        tables = [
            node.value
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PLAIN"
        ]
        texts += [text for table in tables for text in ast.literal_eval(table).values()]
        found |= {f"{path.stem} {number}": text for number, text in enumerate(texts)}
    return found


LINES = plain_lines()
RNG = np.random.default_rng(0)


def given() -> dict[str, Any]:
    """Numbers of the names that the lines use."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, (5, 4)), rng.integers(0, 2, 5).astype(float)
    names = ("found", "alarms", "missed", "w", "b", "mu", "alpha", "b1", "b2", "t", "s", "n", "m")
    numbers = dict.fromkeys(names, 0.5)
    return numbers | {
        "np": np,
        "rng": rng,
        "x": x,
        "y": y,
        "z": rng.normal(0, 1, (26, 26)),
        "W": rng.normal(0, 1, (4, 3)),
        "dz": rng.normal(0, 1, (5, 3)),
        "theta": rng.normal(0, 1, 6),
        "g": rng.normal(0, 1, 6),
        "loss": lambda theta: float(np.sum(theta**2)),
    }


def run(text: str, **names: Any) -> dict[str, Any]:
    space = given() | names
    exec(compile(text, "plain", "exec"), space)
    return space


def test_there_are_plain_lines_in_nearly_every_lesson() -> None:
    assert len(LINES) > 25
    assert len({name.split()[0] for name in LINES}) >= 14
    for text in LINES.values():
        assert len(text.splitlines()) <= 7
        assert max(map(len, text.splitlines())) <= 80


def found(*parts: str) -> str:
    """The lines that hold all these texts."""
    (text,) = [text for text in LINES.values() if all(part in text for part in parts)]
    return text


def test_a_layer_goes_forward_and_backward_as_the_engines_does() -> None:
    here = given()
    rng = np.random.default_rng(0)
    made = Network([Dense(3, Linear())], 4, MSE(), Xavier(), rng, np.float64, regression=False)
    made.names["1.W"][:], made.names["1.b"][:] = here["W"], 0.5
    got = run(found("z = x @ W + b", "db"), b=made.names["1.b"])
    assert np.allclose(got["z"], made.outputs(here["x"]))
    back = run(found("dx = dz @ W.T"))
    assert np.allclose(back["dW"], here["x"].T @ here["dz"])
    assert np.allclose(back["db"], here["dz"].sum(axis=0))
    assert back["dx"].shape == here["x"].shape


def test_probabilities_and_losses_are_the_engines() -> None:
    z, right = np.array([2.0, 1.0, -1.0]), 1
    p = np.exp(z) / np.exp(z).sum()
    theirs = CategoricalCrossEntropy().value(z[None], p[None], np.eye(3)[[right]])
    for text in (found("p = e / e.sum()", "np.log(p[right])"), found("m = z.max()")):
        assert run(text, z=z, right=right)["loss"] == pytest.approx(theirs)
    logits, truth = RNG.normal(0, 2, (6, 1)), RNG.integers(0, 2, (6, 1)).astype(float)
    shares = Sigmoid().forward(logits.copy(), np.empty((6, 1)))
    got = run(found("dz = (p - y) / len(y)"), z=logits, y=truth)
    loss = BinaryCrossEntropy()
    assert got["loss"] == pytest.approx(loss.value(logits, shares, truth))
    assert np.allclose(got["dz"], loss.gradient(logits, shares, truth, np.empty((6, 1))))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Momentum(0.1, 0.9), "v = mu * v + g"),
        (RMSprop(0.1, 0.9), "s = alpha * s"),
        (Adam(0.1), "m = b1 * m"),
    ],
)
def test_optimizers_step_as_the_engines(rule: Any, text: str) -> None:
    theta, slopes = np.array([1.0, -2.0, 0.5]), RNG.normal(0, 1, (4, 3))
    here = {"v": 0.0, "s": 0.0, "m": 0.0, "eta": 0.1, "mu": 0.9, "alpha": 0.9}
    here |= {"b1": 0.9, "b2": 0.999, "theta": theta.copy()}
    rule.start(theta)
    for t, g in enumerate(slopes, 1):
        rule.step(theta, g.copy(), 0.1)
        here |= {"g": g, "t": t}
        space = run(found(text), **here)
        here = {name: space[name] for name in here}
    assert np.allclose(here["theta"], theta, atol=1e-6)


def test_kernels_and_pooling_are_the_engines() -> None:
    picture, kernel = RNG.random((28, 28)), RNG.normal(0, 1, (3, 3))
    layer, pool = Conv2D(1, 3), MaxPool2D(2)
    views = {"W": kernel.reshape(3, 3, 1, 1), "b": np.full(1, 0.5)}
    layer.bind((28, 28), np.dtype(np.float64), views)
    theirs = layer.forward(picture.reshape(1, -1), layer.cache(1, False)).copy()
    got = run(found("np.sum(x[i : i + 3"), x=picture, w=kernel, z=np.zeros((26, 26)))
    assert np.allclose(got["a"], theirs.reshape(26, 26))
    pool.bind((26, 1, 26), np.dtype(np.float64), {})
    pooled = pool.forward(theirs, pool.cache(1, False)).reshape(13, 13)
    assert np.allclose(run(found("pooled ="), a=got["a"])["pooled"], pooled)


def test_shares_and_batch_normalisation_are_the_engines() -> None:
    counts = np.array([[80, 5], [3, 12]])
    got = run(found("F1 ="), found=12, alarms=5, missed=3)
    for name, theirs in (("precision", precision), ("recall", recall), ("F1", f1)):
        assert got[name] == pytest.approx(theirs(counts)[1])
    x = RNG.normal(3, 2, (8, 1))
    layer, views = BatchNorm(), {"gamma": 2.0, "beta": 0.5, "mean": 0.0, "var": 1.0}
    layer.bind((1,), np.dtype(np.float64), {name: np.array([v]) for name, v in views.items()})
    theirs = layer.forward(x, layer.cache(8, True))
    assert np.allclose(run(found("gamma * (x"), x=x, gamma=2.0, beta=0.5)["z"], theirs)


def test_memory_and_attention_are_the_engines() -> None:
    x, h = RNG.normal(0, 1, 4), RNG.normal(0, 1, 3)
    layer = GRU(3)
    views = {"W": RNG.normal(0, 1, (4, 9)), "U": RNG.normal(0, 1, (3, 9))}
    views |= {"b": RNG.normal(0, 1, 9), "c": RNG.normal(0, 1, 3)}
    layer.bind((1, 4), np.dtype(np.float64), views)
    cache = layer.cache(1, False)
    cache.h[0] = h
    after = layer.forward(x[None], cache)[0]
    u = slice(3, 6)
    parts = {"Wu": views["W"][:, u], "bu": views["b"][u], "Uu": views["U"][:, u]}
    assert np.allclose(run(found("@ Wu"), x=x, h=h, n=cache.new[0, 0], **parts)["h"], after)
    K, q = RNG.normal(0, 1, (5, 2)), RNG.normal(0, 1, 2)
    head = Attention(2, "last")
    rows = np.hstack([K, np.ones((5, 1))])
    asks = np.outer([0, 0, 1.0], q)
    head.bind((5, 3), np.dtype(np.float64), {"Q": asks, "K": np.eye(3, 2), "V": np.eye(3, 2)})
    theirs = head.forward(rows.reshape(1, -1), head.cache(1, False))[0]
    assert np.allclose(run(found("K @ q"), K=K, V=K, q=q)["a"], theirs)
    z = RNG.normal(0, 1, 5)
    assert np.allclose(run(found("np.exp(z / T)"), z=z, T=0.5)["p"], chances_of(z, 0.5))


def test_the_other_lines_run_and_do_what_they_say() -> None:
    kept = run(found("waited >= patience"), loss=0.4, best=0.5, waited=2, kept=None, patience=3)
    assert (kept["best"], kept["waited"]) == (0.4, 0)
    ended = run(found("waited >= patience"), loss=0.6, best=0.5, waited=2, kept="old", patience=3)
    assert ended["theta"] == "old"
    dropped = run(found("rng.random(a.shape) >= p"), a=np.ones(10_000), p=0.3)["a"]
    assert dropped.mean() == pytest.approx(1, abs=0.03)
    assert set(np.round(dropped, 6)) == {0, round(1 / 0.7, 6)}
    assert run(found("parameters ="), n=128)["parameters"] == 101_770
    assert run(found("w = w - rate"), rate=0.1, strength=0.1, w=1.5, g=0)["w"] == 1.485
    parts = {"W1": np.ones((2, 3)), "b1": np.ones(3), "W2": np.ones((3, 1)), "b2": np.ones(1)}
    assert len(run(found("np.concatenate"), **parts)["theta"]) == 13
    better = run(found("if loss(new) < loss(theta)"), size=0.1)
    before = given()
    assert better["loss"](better["theta"]) <= before["loss"](before["theta"])
