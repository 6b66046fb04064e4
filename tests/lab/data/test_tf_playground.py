"""TensorFlow Playground's curves, digit for digit, and beside the same written plainly, one link at
a time.
"""

import contextlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.cli import main
from lab.data.tf_playground import ARC4, CLASSES, NUMBERS, TFPlayground
from lab.runs import links
from lab.runs.experiment import Experiment
from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.runs.tf_playground_links import from_tf_playground

KNOWN = {
    "seed=0.12345": [
        (0, 0.501581, 0.518106),
        (1, 0.496359, 0.509423),
        (10, 0.476346, 0.496310),
        (100, 0.008898, 0.011450),
        (500, 0.000563, 0.001096),
    ],
    "seed=0.5&dataset=xor&networkShape=3&activation=sigmoid"
    "&learningRate=0.3&xTimesY=true&sinX=true": [
        (0, 0.585622, 0.569929),
        (1, 0.067455, 0.073388),
        (10, 0.007499, 0.014312),
        (100, 0.000934, 0.007310),
        (500, 0.000127, 0.006284),
    ],
    "seed=0.77777&problem=regression&regDataset=reg-gauss"
    "&activation=tanh&networkShape=4,4&noise=5": [
        (0, 0.047695, 0.046614),
        (1, 0.034549, 0.035912),
        (10, 0.027280, 0.028386),
        (100, 0.017417, 0.018784),
        (500, 0.016915, 0.018554),
    ],
}


def test_the_first_point() -> None:
    points, _ = TFPlayground(chance="0.12345").points_and_rng()
    assert points[0] == (4.618077316847547, -1.8354395887379444, -1)


@pytest.mark.parametrize(
    ("way", "epochs"), [("https://playground.tensorflow.org/#{}", 500), ("#{}", 10), ("{}", 10)]
)
@pytest.mark.parametrize("link", KNOWN)
def test_its_curves_come_out(link: str, way: str, epochs: int, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    arguments = [
        "train",
        "--link",
        way.format(link),
        "--epochs",
        str(epochs),
        "--json",
        str(out),
        "--quiet",
    ]
    assert main(arguments) == 0
    rows = json.loads(out.read_text())["history"]
    assert [row["epoch"] for row in rows] == list(range(epochs + 1))
    known = [row for row in KNOWN[link] if row[0] <= epochs]
    assert len(known) >= 2
    for epoch, train, test in known:
        assert (round(rows[epoch]["train_loss"], 6), round(rows[epoch]["test_loss"], 6)) == (
            train,
            test,
        )


ACTIVATIONS_BY_NAME = {
    "tanh": (math.tanh, lambda z, a: 1 - a * a),
    "sigmoid": (lambda z: 1 / (1 + math.exp(-z)), lambda z, a: a * (1 - a)),
    "relu": (lambda z: max(0.0, z), lambda z, a: 0.0 if z <= 0 else 1.0),
    "linear": (lambda z: z, lambda z, a: 1.0),
}


def plainly(
    experiment: Experiment, activation: str, pull: str, epochs: int
) -> list[tuple[float, float]]:
    """Losses on training and test points after every epoch: sums over links, kept until a batch is
    whole.
    """
    data, rate = experiment.dataset.load(0), sum(r.strength for r in experiment.regularizers)
    numbers = experiment.dataset.regression
    eta, size, net = experiment.optimizer.learning_rate, experiment.batch_size, experiment.network()
    layers = [
        (
            [[float(v) for v in column] for column in net.names[f"{i}.W"].T],
            [float(v) for v in net.names[f"{i}.b"]],
        )
        for i in range(1, len(net.layers) + 1)
    ]
    activations = [ACTIVATIONS_BY_NAME[activation]] * (len(layers) - 1) + [
        ACTIVATIONS_BY_NAME["linear" if numbers else "tanh"]
    ]
    dead, sums = set(), {}

    def forward(x: list[float]) -> tuple[list[list[float]], list[list[float]]]:
        outs, totals = [x], []
        for (w, b), (f, _) in zip(layers, activations, strict=True):
            totals.append(
                [
                    b[k] + sum(v * o for v, o in zip(w[k], outs[-1], strict=True))
                    for k in range(len(b))
                ]
            )
            outs.append([f(z) for z in totals[-1]])
        return outs, totals

    def loss(x: np.ndarray, y: np.ndarray) -> float:
        wanted = y if numbers else 2 * y - 1
        return sum(
            0.5 * (forward(list(r))[0][-1][0] - t) ** 2 for r, t in zip(x, wanted, strict=True)
        ) / len(y)

    rows = [(loss(data.train_x, data.train_y), loss(data.test_x, data.test_y))]
    for _ in range(epochs):
        for number, (x, label) in enumerate(zip(data.train_x, data.train_y, strict=True), 1):
            outs, totals = forward([float(v) for v in x])
            da = [outs[-1][0] - (float(label) if numbers else 2 * label - 1)]
            for i in range(len(layers) - 1, -1, -1):
                w, b = layers[i]
                dz = [
                    d * activations[i][1](z, a)
                    for d, z, a in zip(da, totals[i], outs[i + 1], strict=True)
                ]
                for k in range(len(b)):
                    sums[i, k] = sums.get((i, k), 0.0) + dz[k]
                    for j in range(len(w[k])):
                        sums[i, k, j] = sums.get((i, k, j), 0.0) + dz[k] * outs[i][j]
                da = [sum(w[k][j] * dz[k] for k in range(len(b))) for j in range(len(outs[i]))]
            count = sums["count"] = sums.get("count", 0) + 1
            if number % size == 0:
                for i, (w, b) in enumerate(layers):
                    for k in range(len(b)):
                        b[k] -= eta * sums[i, k] / count
                        for j in range(len(w[k])):
                            if (i, k, j) in dead:
                                continue
                            old = w[k][j]
                            moved = old - eta / count * sums[i, k, j]
                            der = {"none": 0.0, "L2": old, "L1": float(np.sign(old))}[pull]
                            new = moved - eta * rate * der
                            if pull == "L1" and moved * new < 0:
                                new = 0.0
                                dead.add((i, k, j))
                            w[k][j] = new
                sums = {}
        rows.append((loss(data.train_x, data.train_y), loss(data.test_x, data.test_y)))
    return rows


@pytest.mark.parametrize(
    ("link", "activation", "pull"),
    [
        (
            "seed=0.3&batchSize=30&noise=20",
            "tanh",
            "none",
        ),  # 250 points: ten are left over in every epoch
        (
            "seed=a+b&dataset=gauss&batchSize=7&noise=35&regularization=L2&regularizationRate=0.1",
            "tanh",
            "L2",
        ),
        (
            "seed=0.9&dataset=xor&regularization=L1&regularizationRate=0.03&networkShape=5,3",
            "tanh",
            "L1",
        ),
        (
            "seed=1&dataset=spiral&activation=relu&networkShape=6&sinX=1&sinY=1&xSquared=1&ySquared=1",
            "relu",
            "none",
        ),
        (
            "seed=0.25&problem=regression&noise=10&activation=linear&networkShape=&percTrainData=20",
            "linear",
            "none",
        ),
        (
            "seed=0.6&x=false&ySquared=true&activation=sigmoid&batchSize=1&percTrainData=10",
            "sigmoid",
            "none",
        ),
    ],
)
def test_beside_the_same_written_plainly(link: str, activation: str, pull: str) -> None:
    experiment, notes = from_tf_playground(link)
    assert notes == []
    run = Run(experiment.changed(epochs=12), thin=False)
    while run.status == "ready":
        run.work(1.0)
    expected = plainly(experiment, activation, pull, 12)
    np.testing.assert_allclose(
        [(r.train_loss, r.test_loss) for r in run.history], expected, rtol=1e-9, atol=1e-12
    )
    if pull == "L1":
        assert any((w == 0).any() for w in run.network.weights)


def test_such_a_run_goes_on_from_a_file() -> None:
    experiment, _ = from_tf_playground(
        "seed=0.9&regularization=L1&regularizationRate=0.03&batchSize=30"
    )
    whole, saved = Run(experiment.changed(epochs=9)), Run(experiment.changed(epochs=9))
    saved.work(math.inf, 21)
    resumed_run = resumed(from_bytes(to_bytes(saved)))
    for run in (whole, resumed_run):
        while run.status == "ready":
            run.work(1.0)
    assert resumed_run.network.theta.tobytes() == whole.network.theta.tobytes()
    assert [r[2:] for r in resumed_run.history] == [r[2:] for r in whole.history]


def test_what_a_link_leaves_out_is_as_on_its_page_and_what_it_asks_in_vain_is_said() -> None:
    experiment, _ = from_tf_playground("#seed=0.1")
    assert (experiment.sizes, experiment.batch_size, experiment.optimizer.learning_rate) == (
        (2, 4, 2, 1),
        10,
        0.03,
    )
    assert from_tf_playground("#seed=0.1&networkShape=")[0].sizes == (2, 1)
    assert from_tf_playground("#seed=0.1&xTimesY=0&y=no")[0].sizes == (
        3,
        4,
        2,
        1,
    )  # only "false" is false
    assert from_tf_playground("#seed=0.1&initZero=true")[0].network().theta.any() == np.False_
    for link, sentence in {
        "#dataset=circle": "no seed",
        "#seed=1&dataset=moons": "dataset=moons",
        "#seed=1&noise=90": "takes 50",
        "#seed=1&tutorial=hard": "tutorial=hard",
        "#seed=1&colour=red": "unknown here",
        "#seed=1&tour_hide=true": "tour_hide",
    }.items():
        assert any(sentence in note for note in from_tf_playground(link)[1]), link
    for link, sentence in {
        "#learningRate=fast": "must be a number",
        "#networkShape=4,x": "whole numbers",
        "#x=false&y=false": "at least one",
        "#batchSize=0": "batch_size must be",
        "#networkShape=0": "units of Dense",
        "#batchSize=2.5": "batch_size must be",
        "#percTrainData=0": "train_percent",
        "#learningRate=1e9": "learning_rate",
        "#networkShape=" + "2," * 20 + "2": "at most",
    }.items():
        with pytest.raises(ValueError, match=sentence):
            from_tf_playground(link)


def test_a_batch_larger_than_the_set_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="batch_size must be at most 250, not 300"):
        from_tf_playground("#seed=1&batchSize=300")
    with pytest.raises(ValueError, match="batch_size must be at most 250, not 256"):
        links.read_link("http://localhost/playground?dataset=TFPlayground&batch_size=256")
    with pytest.raises(ValueError, match="batch_size must be at most 5, not 30"):
        links.read_link("#percTrainData=1&batchSize=30")


@given(st.text(max_size=80))
def test_no_link_brings_more_than_a_sentence(link: str) -> None:
    with contextlib.suppress(ValueError):
        experiment, notes = from_tf_playground(link)
        assert all(note.endswith(".") for note in notes)
        assert Experiment.from_dict(experiment.to_dict()) == experiment


@given(st.text(max_size=600))
def test_any_text_is_a_seed(seed: str) -> None:
    rng, again = ARC4(seed), ARC4(seed)
    numbers = [rng.random() for _ in range(5)]
    assert numbers == [again.random() for _ in range(5)]
    assert all(0 <= number < 1 for number in numbers)


@pytest.mark.parametrize("data", CLASSES + NUMBERS)
@pytest.mark.parametrize("percent", [1.0, 33.3, 50.0, 99.0])
def test_a_batch_is_no_larger_than_the_training_set(data: str, percent: float) -> None:
    dataset = TFPlayground(data=data, train_percent=percent)
    most = len(dataset.load(0).train_x)
    assert recommended(dataset).batch_size == min(10, most)
    largest = Run(recommended(dataset).changed(batch_size=most))
    largest.step_batch()
    assert largest.position == (1, 1, 1, 1)
    with pytest.raises(ValueError, match=f"batch_size must be at most {most}, not {most + 1}"):
        recommended(dataset).changed(batch_size=most + 1)
