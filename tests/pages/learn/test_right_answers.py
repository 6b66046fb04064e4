"""Each right answer of each question is what the engine says: at a lesson's defaults, and at both
ends of every slider that the question may depend on.
"""

import functools
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine import (
    MSE,
    SGD,
    Activation,
    Adam,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    He,
    HillClimb,
    Initializer,
    Layer,
    Linear,
    Loss,
    Momentum,
    Network,
    RandomSearch,
    ReLU,
    RMSprop,
    Sigmoid,
    Softmax,
    Tanh,
    Xavier,
    Zeros,
    confusion_matrix,
    recall,
)
from engine.training import evaluate, fit
from lab.course.lessons import LESSONS
from lab.course.question import Choice
from lab.course.quiz import QUIZ
from lab.data.image_sets import MNIST, first_images, shifted
from lab.data.names import make_names
from lab.data.strokes import draw_digits
from lab.data.toy_points import Moons, Spiral
from lab.explain.own_names import chances_of
from lab.reading.predict import open_model
from lab.runs.presets import recommended

pytestmark = pytest.mark.slow


class Settings(dict[str, Any]):
    """What the widgets of a page say, and which of them were asked."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)


COMPUTED: dict[tuple[str, int], Callable[[Settings], str | float]] = {}


def answers(file: str, number: int) -> Callable[[Any], Any]:
    """Says which question a function computes the answer of."""

    def note(function: Callable[[Settings], str | float]) -> Callable[[Settings], str | float]:
        COMPUTED[file, number] = function
        return function

    return note


def network(
    layers: list[Layer],
    inputs: int,
    loss: Loss | None = None,
    first: Initializer | None = None,
    *,
    seed: int = 0,
    regression: bool = False,
    dtype: type = np.float64,
) -> Network:
    rng = np.random.default_rng(seed)
    loss, first = loss or MSE(), first or Xavier()
    return Network(layers, inputs, loss, first, rng, dtype, regression=regression)


def trained(
    made: Network, x: Any, y: Any, rule: Any, epochs: int, batch_size: int = 32, seed: int = 0
) -> Network:
    rng = np.random.default_rng(seed)
    for _ in fit(made, x, made.targets(y), rule, batch_size=batch_size, epochs=epochs, rng=rng):
        pass
    return made


def share_right(made: Network, x: Any, y: Any) -> float:
    return float(np.mean(made.decide(made.outputs(x)) == y))


# --- lesson 0 -------------------------------------------------------------------------------------


@answers("fool_it", 1)
def _(at: Settings) -> float:
    made = open_model("mlp").network
    noise = np.random.default_rng(0).random((50, 784), np.float32)
    together = 100 * made.probabilities(made.outputs(noise)).sum(axis=1)
    assert np.ptp(together) < 0.01
    return float(together.mean())


@answers("fool_it", 2)
def _(at: Settings) -> str:
    made = open_model("mlp").network
    before = made.theta.tobytes() + made.buffers.tobytes()
    for seed in range(3):
        made.outputs(np.random.default_rng(seed).random((50, 784), np.float32))
    same = before == made.theta.tobytes() + made.buffers.tobytes()
    return "Nothing at all" if same else "Its numbers, a little"


# --- a neuron -------------------------------------------------------------------------------------

POINTS = np.array([-2.0, -1.5, -0.8, 0.0, 0.6, 1.0, 1.5, 2.0])[:, None]
TARGETS = np.array([0.0, 0.1, 0.0, 0.1, 0.5, 1.0, 1.7, 2.6])[:, None]


def neuron(w: float, b: float, bend: Activation) -> Network:
    made = network([Dense(1, bend)], 1, regression=True)
    made.theta[:] = w, b
    return made


@answers("one_neuron", 1)
def _(at: Settings) -> str:
    x = np.linspace(-40, 40, 801)[:, None]
    w, b = at["l1.w"], at["l1.b"]
    bend = ReLU() if at["l1.relu"] else Linear()
    low, high = (neuron(w, bias, bend).outputs(x)[:, 0] for bias in (b, b + 0.5))
    sloping = (w * x[:, 0] + b > 0) if at["l1.relu"] else np.ones(len(x), bool)
    rise = (high - low)[sloping]
    if np.allclose(rise, rise[0]):
        return "It moves up" if rise[0] > 0 else "It moves down"
    return "It gets steeper" if np.ptp(high) > np.ptp(low) else "It turns around"


@answers("one_neuron", 2)
def _(at: Settings) -> str:
    w = at["l1.w"]
    asleep = neuron(w, -2 * abs(w) - 0.1, ReLU())
    assert not asleep.outputs(POINTS).any()
    asleep.gradients(POINTS, TARGETS)
    return (
        "It learns as fast as any other" if asleep.gradient.any() else "Nothing: every slope is 0"
    )


@answers("dot_product", 1)
def _(at: Settings) -> str:
    values, weights = np.random.default_rng(0).random((2, 1_000_000))
    pairs = values.tolist(), weights.tolist()

    def seconds(call: Callable[[], Any]) -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    def loop() -> None:
        total = 0.0
        for value, weight in zip(*pairs, strict=True):
            total += value * weight

    quick = min(seconds(lambda: np.dot(values, weights)) for _ in range(9))
    ratio = seconds(loop) / quick
    return (
        "More than ten times" if ratio > 10 else "About twice" if ratio > 1.5 else "About the same"
    )


@answers("dot_product", 2)
def _(at: Settings) -> float:
    return network([Dense(64, Linear())], 784).names["1.W"].size


@answers("layers_on_layers", 1)
def _(at: Settings) -> str:
    return " × ".join(map(str, network([Dense(3, ReLU())], 4).names["1.W"].shape))


@answers("layers_on_layers", 2)
def _(at: Settings) -> str:
    layers: list[Layer] = [Dense(128, ReLU()), Dense(10, Softmax())]
    made = network(layers, 784, CategoricalCrossEntropy())
    return " × ".join(map(str, made.names["2.W"].shape))


@answers("the_dense_layer", 1)
def _(at: Settings) -> str:
    made, x = network([Dense(2, ReLU())], 3), np.random.default_rng(0).normal(0, 1, (2, 3))
    before, first = made.theta.copy(), made.outputs(x).copy()
    second = made.outputs(x)
    assert np.array_equal(before, made.theta)
    return "The answers are identical" if np.array_equal(first, second) else "The second is other"


@answers("the_dense_layer", 2)
def _(at: Settings) -> str:
    made, x = network([Dense(2, ReLU())], 3), np.random.default_rng(0).normal(0, 1, (2, 3))
    made.names["1.b"][0] = -99
    made.gradients(x, np.full((2, 2), 7.0))
    column = made.gradient[:6].reshape(3, 2)[:, 0]
    return "Zeros" if not column.any() else "Ones" if (column == 1).all() else "The same as x"


@answers("broadcasting", 1)
def _(at: Settings) -> str:
    made = network([Dense(2, Linear())], 3)
    made.names["1.W"][:], made.names["1.b"][:] = 0, (0.5, -0.5)
    z = made.outputs(np.ones((5, 3)))
    in_each = z.shape == (5, 2) and (z == [0.5, -0.5]).all()
    return "5 × 2, the bias in each row" if in_each else "It does not fit"


@answers("broadcasting", 2)
def _(at: Settings) -> str:
    made, rng = network([Dense(2, Linear())], 3), np.random.default_rng(0)
    x, y = rng.normal(0, 1, (5, 3)), rng.normal(0, 1, (5, 2))
    made.gradients(x, y)
    whole, rows = made.gradient.copy(), np.zeros_like(made.gradient)
    for row in range(5):
        made.gradients(x[[row]], y[[row]])
        rows += made.gradient / 5
    return "The five rows" if np.allclose(whole, rows) else "The inputs"


CORNERS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])


@answers("activations", 1)
def _(at: Settings) -> str:
    kinds, most = np.array([0, 1, 1, 0]), 0.0
    for seed in range(5):
        layers: list[Layer] = [Dense(4, Linear()), Dense(1, Sigmoid())]
        made = network(layers, 2, BinaryCrossEntropy(), seed=seed)
        trained(made, CORNERS, kinds, Adam(0.05), 200, 4, seed)
        most = max(most, share_right(made, CORNERS, kinds))
    return {1.0: "All four", 0.0: "None"}.get(most, "At most three")


@answers("activations", 2)
def _(at: Settings) -> str:
    made = network([Dense(4, Linear()) for _ in range(10)], 4)
    one = network([Dense(4, Linear())], 4)
    one.names["1.W"][:] = functools.reduce(np.matmul, [made.names[f"{n}.W"] for n in range(1, 11)])
    x = np.random.default_rng(0).normal(0, 1, (50, 4))
    return "Nothing" if np.allclose(made.outputs(x), one.outputs(x)) else "Draw curves"


# --- learning -------------------------------------------------------------------------------------


@answers("softmax", 1)
def _(at: Settings) -> str:
    z = np.array([[at[f"l7.z{i}"] for i in range(3)]])
    before, after = (Softmax().forward(z + more, np.empty((1, 3))).copy() for more in (0.0, 5.0))
    if np.allclose(before, after):
        return "They stay as they are"
    return "They all grow" if (after > before).all() else "The largest comes closer to 1"


@answers("softmax", 2)
def _(at: Settings) -> float:
    slopes = []
    for p in (0.99, 0.01):
        z, y = np.log([[p, 1 - p]]), np.array([[1.0, 0.0]])
        each = CategoricalCrossEntropy().gradient(z, np.exp(z), y, np.empty((1, 2)))
        slopes.append(float(each[0, 0]))
    return slopes[1] / slopes[0]


def lucky(
    rule: Any, units: int, depth: int, tries: int
) -> Iterator[tuple[int, float, float, bool]]:
    """After each try: its number, the loss, the accuracy, and whether it was kept."""
    data = Spiral(turns=1.0).load(0)
    layers: list[Layer] = [*(Dense(units, Tanh()) for _ in range(depth)), Dense(3, Softmax())]
    made = network(layers, 2, CategoricalCrossEntropy(), dtype=np.float32)
    targets, last = made.targets(data.train_y), made.theta.copy()
    now = evaluate(made, data.train_x, targets)
    for step in fit(
        made,
        data.train_x,
        targets,
        rule,
        batch_size=300,
        epochs=tries,
        rng=np.random.default_rng(5),
    ):
        if kept := not np.array_equal(last, made.theta):
            np.copyto(last, made.theta)
            now = evaluate(made, data.train_x, targets)
        yield step.step, now.loss, now.accuracy, kept


@answers("luck", 1)
def _(at: Settings) -> str:
    tries = list(lucky(RandomSearch(at["l8.width"]), 12, 1, 2000))
    (_, early, _, _), (_, late, accuracy, _) = tries[199], tries[-1]
    if late < early / 5:
        return "A loss ten times smaller"
    return "A perfect boundary" if accuracy > 0.99 else "Hardly anything"


@answers("luck", 2)
def _(at: Settings) -> str:
    few, many = (
        sum(kept for *_, kept in lucky(HillClimb(0.1), units, depth, 100))
        for units, depth in ((12, 1), (314, 2))
    )
    return "Far fewer" if many < few / 2 else "More of them" if many > few else "As many"


@answers("backpropagation", 1)
def _(at: Settings) -> str:
    shares = []
    for w in (0.5, 2.0):
        made = network([Dense(2, Tanh()), Dense(1, Linear())], 2, regression=True)
        made.theta[:] = (w, -0.3, 0.8, 0.2, 0.1, -0.1, 0.7, -0.5, 0.2)
        y = at["l9.y"]
        answer = made.gradients(np.array([[1.0, -0.5]]), np.array([[y]]))[0, 0]
        shares.append(made.gradient[0] / (2 * (answer - y) * 0.7))  # dz₁ / dh₁, as x₁ is 1
    assert np.round(shares, 2).tolist() == [0.96, 0.13]
    return "It becomes smaller" if shares[1] < shares[0] else "It becomes larger"


@answers("backpropagation", 2)
def _(at: Settings) -> str:
    data = Spiral().load(0)
    layers: list[Layer] = [Dense(16, Tanh()), Dense(3, Softmax())]
    made = network(layers, 2, CategoricalCrossEntropy())
    x = data.train_x.astype(np.float64)
    trained(made, x, data.train_y, SGD(0.3), 20)
    targets, start = made.targets(data.train_y), made.theta.copy()
    pulled = []
    for arm in range(3):
        made.theta[:] = start
        before = made.outputs(x)[:, arm].mean()
        made.gradients(x[data.train_y == arm], targets[data.train_y == arm])
        made.theta -= 0.3 * made.gradient
        pulled.append(made.outputs(x)[:, arm].mean() > before)
    return "Each batch pulls all answers towards its own arm" if all(pulled) else "Nothing changes"


@answers("optimizers", 1)
def _(at: Settings) -> str:
    x = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])[:, None]
    y = np.array([-0.9, -1.0, -0.6, 0.1, 0.7, 0.9, 0.8])[:, None]
    made = network([Dense(3, Tanh()), Dense(1, Linear())], 1, regression=True)

    def rolled(rule: Any, place: tuple[float, float], rate: float, steps: int) -> Any:
        made.theta[:] = (1.5, -1.0, 0.5, 0.2, 0.5, -0.4, 0.8, 0.3, -0.6, 0.1)
        two, places = np.array(place), [np.array(place)]
        rule.start(two)
        for _ in range(steps):
            made.theta[6:8] = two
            made.gradients(x, y)
            rule.step(two, made.gradient[6:8], rate)
            places.append(two.copy())
        return np.array(places)

    floor = rolled(SGD(0.3), (0.6, -0.9), 0.3, 1000)[-1]
    bends = []
    for way in np.eye(2) * 1e-4:
        slopes = []
        for sign in (1, -1):
            made.theta[6:8] = floor + sign * way
            made.gradients(x, y)
            slopes.append(made.gradient[6:8].copy())
        bends.append((slopes[0] - slopes[1]) / 2e-4)
    across = np.linalg.eigh(np.array(bends))[1][:, 1]
    rules = {"SGD": SGD(), "Momentum": Momentum(0.1, 0.9), "RMSprop": RMSprop(0.1, 0.9)}
    swings = {}
    for name, rule in (rules | {"Adam": Adam()}).items():
        side = np.sign((rolled(rule, (-2.4, 2.4), 0.1, 60) - floor) @ across)
        swings[name] = int(np.sum(side[1:] != side[:-1]))
    return max(swings, key=lambda name: swings[name]) if max(swings.values()) else "None of them"


@answers("optimizers", 2)
def _(at: Settings) -> float:
    theta, rule = np.zeros(4), Adam(0.1)
    rule.start(theta)
    rule.step(theta, np.array([1e-3, -0.2, 7.0, -1e3]), 0.1)
    assert np.ptp(np.abs(theta)) < 1e-5
    return float(np.abs(theta).mean())


@answers("initialisation", 1)
def _(at: Settings) -> str:
    units = at["l11.units"]
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, (100, units)), rng.normal(0, 1, (100, 1))
    for bend in (ReLU, Sigmoid, Tanh):
        layers: list[Layer] = [*(Dense(units, bend()) for _ in range(10)), Dense(1, Linear())]
        made = network(layers, units, first=Zeros(), regression=True)
        for _ in range(3):
            made.gradients(x, y)
            made.theta -= 0.1 * made.gradient
        if any(np.ptp(made.names[f"{n}.W"], axis=1).max() for n in range(1, 11)):
            return "Each something of its own"
    return "All the very same, or nothing"


@answers("initialisation", 2)
def _(at: Settings) -> str:
    data = Moons().load(0)
    changes = {
        "ReLU with He initialisation": (10, 16, ReLU(), He()),
        "Ten more sigmoid layers": (20, 16, Sigmoid(), Xavier()),
        "More neurons in each layer": (10, 64, Sigmoid(), Xavier()),
    }
    losses = {}
    for name, (depth, units, bend, first) in changes.items():
        layers: list[Layer] = [*(Dense(units, bend) for _ in range(depth)), Dense(1, Sigmoid())]
        made = network(layers, 2, BinaryCrossEntropy(), first, dtype=np.float32)
        trained(made, data.train_x, data.train_y, SGD(0.05), 80, 20)
        losses[name] = evaluate(made, data.train_x, made.targets(data.train_y)).loss
    return min(losses, key=lambda name: losses[name])


# --- seeing ---------------------------------------------------------------------------------------


@functools.cache
def pictures() -> Any:
    return first_images(MNIST(), 10_000)


@functools.cache
def detector() -> Network:
    data = pictures()
    made = network([Dense(1, Sigmoid())], 784, BinaryCrossEntropy(), dtype=np.float32)
    return trained(made, data.train_x, (data.train_y == 0).astype(np.int64), Adam(0.001), 5, 64)


@answers("detector", 1)
def _(at: Settings) -> str:
    true = (pictures().test_y == 0).astype(np.int64)
    scores, threshold = detector().outputs(pictures().test_x)[:, 0], at["l12.threshold"]
    counts = [
        confusion_matrix(true, (scores >= t).astype(np.int64), 2)
        for t in (threshold, (threshold + 1) / 2)
    ]
    missed, alarms = (int(counts[1][k] - counts[0][k]) for k in ((1, 0), (0, 1)))
    # of the few stand-in digits, none may have a score above the highest threshold
    if missed >= 0 >= alarms and (missed - alarms > 0 or pictures().note):
        return "More missed, fewer alarms"
    return "Fewer of both" if missed < 0 else "Fewer missed, more alarms"


@answers("detector", 2)
def _(at: Settings) -> float:
    ill = np.zeros(1000, np.int64)
    ill[0] = 1
    return float(recall(confusion_matrix(ill, np.zeros(1000, np.int64), 2))[1])


@answers("ten_digits", 1)
def _(at: Settings) -> str:
    data = pictures()
    made = network([Dense(10, Softmax())], 784, CategoricalCrossEntropy(), dtype=np.float32)
    trained(made, data.train_x, data.train_y, Adam(0.001), 50 if data.note else 5, 64)
    moved = shifted(data.test_x.reshape(-1, 28, 28), 4).reshape(-1, 784)
    before, after = (made.decide(made.outputs(x)) == data.test_y for x in (data.test_x, moved))
    still = np.mean(after[before])
    if still < 1 / 3:
        return "Fewer than a third"
    return "About two thirds" if still < 0.85 else "Nearly all"


@answers("ten_digits", 2)
def _(at: Settings) -> str:
    rng, letters = np.random.default_rng(0), []
    for number in range(400):
        image = Image.new("L", (28, 28))
        box = [x + rng.uniform(-1.5, 1.5) for x in (6, 4, 22, 24)]
        ends = (rng.uniform(40, 55), rng.uniform(305, 320)) if number % 2 else (0, 360)
        ImageDraw.Draw(image).arc(box, *ends, fill=255, width=3)
        letters.append(np.asarray(image, np.float32).ravel() / 255)
    x, y = np.array(letters), np.arange(400) % 2
    made = network([Dense(2, Softmax())], 784, CategoricalCrossEntropy(), dtype=np.float32)
    trained(made, x, y, Adam(0.001), 20)
    differ = np.abs(np.diff(made.names["1.W"], axis=1)).reshape(28, 28)
    thirds = [differ[:, part].sum() for part in (slice(0, 9), slice(9, 19), slice(19, 28))]
    return ("On the left", "In the middle", "On the right")[int(np.argmax(thirds))]


def parameters(*units: int) -> int:
    layers = tuple(Dense(n, ReLU()) for n in units)
    return recommended(MNIST()).changed(layers=layers).parameters


@answers("hidden_layer", 1)
def _(at: Settings) -> str:
    for units in (at["l14.relu"], at["l14.sigmoid"]):
        times = parameters(2 * units) / parameters(units)
        if not 1.95 < times < 2:
            return "784 more" if times < 1.95 else "Four times as many"
    return "Twice as many, nearly"


@answers("hidden_layer", 2)
def _(at: Settings) -> float:
    return parameters(50, 20)


@functools.cache
def by_heart(count: int) -> tuple[float, float]:
    """Which share of its pictures, and of new ones, a network gets right that learned `count`."""
    data = pictures()
    layers: list[Layer] = [Dense(128, ReLU()), Dense(10, Softmax())]
    made = network(layers, 784, CategoricalCrossEntropy(), He(), dtype=np.float32)
    x, y = data.train_x[:count], data.train_y[:count]
    trained(made, x, y, Adam(0.002), 40)
    return share_right(made, x, y), share_right(made, data.test_x, data.test_y)


@answers("overfitting", 1)
def _(at: Settings) -> str:
    own, new = by_heart(500)
    assert own == 1
    return "No better than guessing" if new < 0.2 else "Worse" if new < 0.98 else "Just as well"


@answers("overfitting", 2)
def _(at: Settings) -> str:
    (own, new), (more, newer) = by_heart(500), by_heart(5000 if not pictures().note else 1000)
    few, many = own - new, more - newer
    return "It gets smaller" if many < 0.8 * few else "It gets larger" if many > few else "It stays"


@answers("convolution", 1)
def _(at: Settings) -> float:
    layer = Conv2D(1, 3)
    kernel = np.array([[-1.0] * 3, [0.0] * 3, [1.0] * 3]).reshape(3, 3, 1, 1)
    layer.bind((3, 3), np.dtype(np.float64), {"W": kernel, "b": np.zeros(1)})
    room = layer.cache(1, False)
    layer.forward(np.full((1, 9), 1.0), room)
    return float(room.z.ravel()[0])


@functools.cache
def shift_readers() -> dict[str, Network]:
    """An MLP for each answer, from 4,000 pictures."""
    data, rng = pictures(), np.random.default_rng(0)
    x, y = data.train_x[:4000].astype(np.float32) / 255, data.train_y[:4000]
    by = rng.integers(-6, 7, len(x))
    moved = np.array(
        [shifted(row.reshape(28, 28), int(k)).ravel() for row, k in zip(x, by, strict=True)]
    )
    readers = {
        "A larger hidden layer": (256, x, 0.005),
        "Showing it shifted pictures": (64, moved, 0.005),
        "A smaller learning rate": (64, x, 0.0005),
    }
    made = {}
    for name, (units, shown, rate) in readers.items():
        layers: list[Layer] = [Dense(units, ReLU()), Dense(10, Softmax())]
        one = network(layers, 784, CategoricalCrossEntropy(), He(), dtype=np.float32)
        made[name] = trained(one, shown, y, Adam(rate), 6, 64)
    return made


@answers("convolution", 2)
def _(at: Settings) -> str:
    data, by = pictures(), at["l16.shift"]
    x = shifted(data.test_x[:1000].reshape(-1, 28, 28), by).reshape(-1, 784)
    right = {
        name: share_right(made, x, data.test_y[:1000]) for name, made in shift_readers().items()
    }
    return max(right, key=lambda name: right[name])


@answers("now_you", 1)
def _(at: Settings) -> float:
    assert parameters(8) == 6370
    return parameters(16)


@answers("now_you", 2)
def _(at: Settings) -> str:
    data, (drawn, digits) = pictures(), draw_digits(1500, seed=5)
    sevens = drawn[digits == 7].reshape(-1, 784)
    more, kinds = draw_digits(3000, seed=6)
    x, y = data.train_x, data.train_y
    with_more = np.vstack([x, more.reshape(-1, 784)]), np.concatenate([y, kinds])
    read = {}
    for name, units, (shown, labels) in (
        ("as it is", 64, (x, y)),
        ("It has too few parameters", 256, (x, y)),
        ("It has seen few such sevens", 64, with_more),
    ):
        layers: list[Layer] = [Dense(units, ReLU()), Dense(10, Softmax())]
        one = network(layers, 784, CategoricalCrossEntropy(), He(), dtype=np.float32)
        trained(one, shown, labels, Adam(0.003), 4, 64)
        assert share_right(one, data.test_x, data.test_y) > 0.9
        read[name] = share_right(one, sevens, np.full(len(sevens), 7))
    plain = read.pop("as it is")
    assert plain < 0.75
    best = max(read, key=lambda name: read[name])
    return best if read[best] > plain + 0.15 else "neither"


# --- lesson 18 ------------------------------------------------------------------------------------


@answers("letter_by_letter", 1)
def _(at: Settings) -> str:
    seen: dict[str, list[bool]] = {}
    for name in make_names(1000):
        for last, following in pairwise(name):
            if last not in "aeiou" and following in "aeiou":
                seen.setdefault(last, []).append(following in "ei")
    right = sum(max(sum(kinds), len(kinds) - sum(kinds)) for kinds in seen.values())
    share = right / sum(map(len, seen.values()))
    return "About half of the time, like a coin" if share < 0.57 else f"{share:.2f}"


@answers("letter_by_letter", 2)
def _(at: Settings) -> float:
    first, second = chances_of(np.array([2.0, 1.0]), 0.5)
    return float(first / second)


# --- all of them ----------------------------------------------------------------------------------


def widgets_of(at: Any) -> dict[str, tuple[Any, list[Any]]]:
    """The value of each widget with a key, and where else it is to be put: its ends, or all that a
    switch or a list can be.
    """
    found: dict[str, tuple[Any, list[Any]]] = {}
    for kind in ("slider", "number_input"):
        for each in getattr(at, kind):
            ends = [end for end in (each.min, each.max) if end is not None]
            found[each.key] = each.value, [type(each.value)(end) for end in ends]
    for each in at.select_slider:
        value = at.session_state[each.key]
        shown = each.options[0], each.options[-1]
        if isinstance(value, int | float):
            ends = [type(value)(text.replace(",", "")) for text in shown]
        else:
            ends = list(shown)
        found[each.key] = value, ends
    for each in at.toggle:
        found[each.key] = each.value, [not each.value]
    return found


@pytest.mark.parametrize("file", [one.file for one in LESSONS])
def test_each_right_answer_is_the_engines_wherever_the_sliders_stand(file: str, visit: Any) -> None:
    at = visit(file)
    widgets = widgets_of(at)
    for number, asked in enumerate(QUIZ[file], 1):
        compute = COMPUTED[file, number]
        settings = Settings({key: value for key, (value, _) in widgets.items()})
        places = [("the defaults", compute(settings))]
        for key in sorted(settings.asked):
            for end in widgets[key][1]:
                moved = Settings(settings | {key: end})
                places.append((f"{key} = {end}", compute(moved)))
        for place, answer in places:
            if isinstance(asked, Choice):
                assert answer == asked.right, place
            else:
                assert isinstance(answer, float | int), place
                assert asked.hint(answer) == "", place


def test_every_question_is_computed() -> None:
    assert {*COMPUTED} == {(file, number) for file in QUIZ for number in (1, 2)}
    assert [*QUIZ] == [one.file for one in LESSONS]
