"""Slow motion: the next mini-batch of a run, taken apart into sub-steps with the very numbers and
lines of code.

The walk makes the step on an exact copy of the run and listens at every layer, so that nothing is
computed twice and the run itself stays where it is.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import (
    MSE,
    SGD,
    Activation,
    Adam,
    AdamW,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Dense,
    Descent,
    HalfSquaredError,
    Momentum,
    Search,
    Softmax,
    batches,
)
from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.run import Run

ROWS, COLUMNS = 5, 8  # of an array that are shown
TERMS = 16  # of a sum that are written out
Numbers = NDArray[Any]


@dataclass
class Worked:
    """One number worked out: what it is, the sum up to the equals sign, and the answer with how
    exact it must be.
    """

    what: str
    sum: str
    answer: float
    tolerance: float
    hint: str
    after: str = ""  # what follows from the answer

    def __post_init__(self) -> None:
        self.answer, self.tolerance = float(self.answer), float(self.tolerance)

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.sum} = {shown(self.answer)}{self.after}"


@dataclass
class Array:
    """An array as a page shows it: name, shape, and its first rows and columns as words."""

    name: str
    shape: tuple[int, ...]
    rows: list[list[str]]


@dataclass
class Substep:
    """A station of the walk.

    `place` is where in the network it is: -1 the batch, 0 the first layer, ..., behind the last the
    loss; `way` is "forward", "backward" or "update"; `source` is where the code stands, and the
    code itself.
    """

    title: str
    caption: str
    formula: str
    place: int
    way: str
    arrays: list[Array] = field(default_factory=list)
    worked: list[Worked] = field(default_factory=list)
    source: list[tuple[str, str]] = field(default_factory=list)


def shown(number: float) -> str:
    """A number with four digits and a true minus sign."""
    number = float(number)
    text = f"{number:.2e}" if number and abs(number) < 1e-3 else f"{number:.4g}"
    return text.replace("-", "−")


def bracketed(number: float) -> str:
    """The same, in brackets where it is negative."""
    return f"({shown(number)})" if number < 0 else shown(number)


def products(pairs: Sequence[tuple[float, float]], rest: Sequence[float] = ()) -> tuple[str, float]:
    """A sum of products (and of single numbers) as text, and how far rounding may lead astray who
    adds it up.

    Of a long one, the largest terms are written out, and the others as one number.
    """
    order = sorted(range(len(pairs)), key=lambda i: -abs(pairs[i][0] * pairs[i][1]))
    kept = sorted(order[:TERMS])
    terms = [f"{bracketed(pairs[i][0])}·{bracketed(pairs[i][1])}" for i in kept]
    off = sum(
        abs(a) * _half_digit(b) + abs(b) * _half_digit(a) for a, b in (pairs[i] for i in kept)
    )
    if others := [pairs[i][0] * pairs[i][1] for i in order[TERMS:]]:
        terms.append(f"{bracketed(sum(others))} (the other {len(others)})")
        off += _half_digit(sum(others))
    terms += [bracketed(number) for number in rest]
    return " + ".join(terms), off + sum(_half_digit(number) for number in rest)


def _half_digit(number: float) -> float:
    """Half of the last digit that `shown` gives."""
    digits = 2 if number and abs(number) < 1e-3 else 3
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(number))) - digits) if number else 0.0


def _code(*functions: Callable[..., Any]) -> list[tuple[str, str]]:
    """Where functions of the engine stand, and their lines, read from the source as it runs here."""
    found = []
    for function in functions:
        lines, first = inspect.getsourcelines(function)
        name = inspect.getmodule(function).__name__.replace(".", "/")  # type: ignore[union-attr]
        found.append(
            (
                f"{name}.py, line {first}: {function.__qualname__}",
                inspect.cleandoc("\n" + "".join(lines)),
            )
        )
    return found


def lines(function: Callable[..., Any], start: str, end: str) -> list[tuple[str, str]]:
    """Of a long function the lines from the one that has `start` to the one that has `end`."""
    lines, first = inspect.getsourcelines(function)
    a = next(i for i, line in enumerate(lines) if start in line)
    b = next(i for i, line in enumerate(lines) if end in line and i >= a)
    name = inspect.getmodule(function).__name__.replace(".", "/")  # type: ignore[union-attr]
    return [
        (
            f"{name}.py, line {first + a}: {function.__qualname__}",
            inspect.cleandoc("\n" + "".join(lines[a : b + 1])),
        )
    ]


def _array(name: str, numbers: Numbers) -> Array:
    table = np.atleast_2d(numbers)[:ROWS, :COLUMNS]
    return Array(
        name,
        tuple(np.shape(numbers)),
        [[shown(v) for v in row] for row in table.reshape(len(table), -1)],
    )


def _formula(kind: type[Any]) -> str:
    """The paragraph of a class's docstring that is a formula, or its first sentence."""
    paragraphs = [" ".join(p.split()) for p in (inspect.getdoc(kind) or "").split("\n\n")]
    return next((p for p in paragraphs if "←" in p or " = " in p), paragraphs[0])


# --- listening ------------------------------------------------------------------------------------


class _Listener:
    """Notes what goes through a copy of the run while it makes its next step."""

    def __init__(self, run: Run) -> None:
        self.run = resumed(from_bytes(to_bytes(run)), data=run.data)
        network: Any = self.run.network
        self.network = self.run.network
        self.forward: dict[int, tuple[Numbers, Numbers]] = {}
        self.backward: dict[int, tuple[Numbers, Numbers]] = {}
        self.dz: dict[int, Numbers] = {}
        self.before, self.eta = network.theta.copy(), 0.0
        self.memory: dict[str, Any] = {}
        self.raw = self.gradient = network.gradient.copy()
        self.x = self.y = network.gradient[:0]
        for number, layer in enumerate(network.layers):
            self._listen(number, layer)
        gradients = network.gradients
        optimizer: Any = self.run.optimizer

        def whole(x: Numbers, y: Numbers, *rest: Any) -> Any:
            self.x, self.y = x.copy(), y.copy()
            result = gradients(x, y, *rest)
            self.raw = network.gradient.copy()
            return result

        network.gradients = whole
        if not isinstance(optimizer, Search):
            step = optimizer.step  # the copy's own, listened to from here on

            def stepped(theta: Numbers, g: Numbers, eta: float) -> None:
                self.gradient, self.eta = g.copy(), eta
                self.memory = {
                    name: np.copy(value)
                    for name, value in optimizer.memory().items()
                    if name != "step"
                }
                step(theta, g, eta)

            optimizer.step = stepped
        else:
            search = optimizer.search

            def searched(
                theta: Numbers, loss: Callable[[], float], eta: float, rng: np.random.Generator
            ) -> None:
                self.eta = eta
                self.losses: list[float] = []

                def told() -> float:
                    self.losses.append(loss())
                    return self.losses[-1]

                search(theta, told, eta, rng)

            optimizer.search = searched  # type: ignore[method-assign]
            training_loss = network.training_loss

            def batch(x: Numbers, y: Numbers, *rest: Any) -> float:
                self.x, self.y = x.copy(), y.copy()
                return training_loss(x, y, *rest)

            network.training_loss = batch
        with np.errstate(all="ignore"):
            self.run.step_batch()

    def _listen(self, number: int, layer: Any) -> None:
        forward, backward = layer.forward, layer.backward

        def through(x: Numbers, cache: Any, *rest: Any) -> Numbers:
            seen = np.copy(x)
            out = forward(x, cache, *rest)
            if getattr(cache, "training", True) and number not in self.forward:
                self.forward[number] = seen, np.copy(out)
                if hasattr(cache, "z"):
                    self.sums[number] = np.copy(cache.z)
            return out

        def back(da: Numbers, cache: Any, first: bool = False) -> Numbers:
            seen = np.copy(da)
            dx = backward(da, cache, first)
            self.backward[number] = seen, np.copy(dx)
            return dx

        self.sums: dict[int, Numbers] = {}
        layer.forward, layer.backward = through, back
        if isinstance(layer, Dense):
            backward_z = layer.backward_z

            def back_z(dz: Numbers, cache: Any, first: bool = False) -> Numbers:
                self.dz[number] = np.copy(dz)
                dx = backward_z(dz, cache, first)
                self.backward.setdefault(number, (self.dz[number], np.copy(dx)))
                return dx

            layer.backward_z = back_z  # type: ignore[method-assign]


# --- the walk -------------------------------------------------------------------------------------


def walk(run: Run, example: int = 0, unit: int = 0) -> list[Substep]:
    """The next step of the run, station by station; empty where it has no next step.

    `example` is a row of the batch and `unit` one of each layer, both counted round where there are
    fewer: these are worked out in full.
    """
    if run.status != "ready":
        return []
    run.finish_measuring()
    heard = _Listener(run)
    r = example % max(1, len(heard.x))
    if isinstance(run.optimizer, Search):
        return [_batch(heard, r), _searched(heard)]
    layers = heard.network.layers
    stations = [_batch(heard, r)]
    stations += [
        _forward(heard, number, r, unit % run.network.shapes[number + 1][0])
        for number in range(len(layers))
    ]
    stations.append(_loss(heard, r))
    stations += [
        _backward(heard, number, r, unit % run.network.shapes[number + 1][0])
        for number in reversed(range(len(layers)))
    ]
    stations.append(_update(heard, unit))
    return stations


def _batch(heard: _Listener, r: int) -> Substep:
    rows, inputs = heard.x.shape
    at = heard.run.position
    return Substep(
        "Take a batch",
        f"The next {rows} training examples, {inputs} numbers each, in an order that was shuffled for this epoch. "
        f"This is batch {at.batch} of {at.batches}. Example {r + 1} is worked out below.",
        rf"x \in \mathbb{{R}}^{{{rows} \times {inputs}}}",
        -1,
        "forward",
        [_array("x", np.roll(heard.x, -r, axis=0)), _array("y", np.roll(heard.y, -r, axis=0))],
        source=lines(batches, "xs = np.take", "yield"),
    )


def _name(heard: _Listener, number: int) -> str:
    last = number == len(heard.network.layers) - 1
    return f"{'Output layer' if last else f'Layer {number + 1}'}, {type(heard.network.layers[number]).__name__}"


def _forward(heard: _Listener, number: int, r: int, k: int) -> Substep:
    layer = heard.network.layers[number]
    x, a = heard.forward[number]
    bend: Activation | None = getattr(layer, "activation", None)
    arrays = [
        _array("goes in, x", np.roll(x, -r, axis=0)),
        _array("comes out, a", np.roll(a, -r, axis=0)),
    ]
    if not isinstance(layer, Dense):
        caption = " ".join((inspect.getdoc(type(layer)) or "").split("\n\n")[0].split())
        code = _code(type(layer).forward)
        return Substep(
            f"{_name(heard, number)}: forward", caption, "", number, "forward", arrays, source=code
        )
    assert bend
    z = heard.sums[number]
    w, b = (
        _at(heard, heard.before, f"{number + 1}.W")[:, k],
        float(_at(heard, heard.before, f"{number + 1}.b")[k]),
    )
    text, off = products(list(zip(w.tolist(), x[r].tolist(), strict=True)), [b])
    worked = [
        Worked(
            f"The sum of unit {k + 1} for example {r + 1}: weights times inputs, plus the bias",
            text,
            float(z[r, k]),
            2 * off + _half_digit(z[r, k]),
            "Multiply each weight by its input, add all of them up, and add the bias.",
            f", and {type(bend).__name__} makes {shown(a[r, k])} of it",
        )
    ]
    return Substep(
        f"{_name(heard, number)}: forward",
        f"Each of the {layer.units} units multiplies its {len(w)} inputs by its weights, adds them up with its bias, "
        f"and bends the sum with {type(bend).__name__}.",
        rf"z = x W + b, \quad a = \mathrm{{{type(bend).__name__}}}(z)",
        number,
        "forward",
        [
            arrays[0],
            _array("weights W", _at(heard, heard.before, f"{number + 1}.W")),
            _array("sums z", np.roll(z, -r, 0)),
            arrays[1],
        ],
        worked,
        _code(Dense.forward, type(bend).forward),
    )


def _at(heard: _Listener, theta: Numbers, name: str) -> Numbers:
    """An array of the network by name, as it was or would be with other parameters `theta`."""
    view = heard.network.names[name]
    start = (view.ctypes.data - heard.network.theta.ctypes.data) // view.itemsize
    return theta[start : start + view.size].reshape(view.shape)


def _loss(heard: _Listener, r: int) -> Substep:
    network, last = heard.network, len(heard.network.layers) - 1
    loss: Any = network.loss
    kind = type(loss)
    z, a, y = heard.sums[last], heard.forward[last][1], heard.y
    mean = loss.value(z, a, y)
    one = loss.value(z[r : r + 1], a[r : r + 1], y[r : r + 1])
    worked = []
    slack = 2e-3 * max(1.0, abs(one))
    if kind is CategoricalCrossEntropy and not loss.label_smoothing:
        right = int(y[r].argmax())
        worked.append(
            Worked(
                f"The loss of example {r + 1}: how surprised the network is by the right answer, number {right + 1}",
                f"−ln {shown(a[r, right])}",
                one,
                slack + _half_digit(a[r, right]) / max(a[r, right], 1e-9),
                "Take the natural logarithm of what it gave the right answer, and turn the sign around.",
            )
        )
    elif kind is BinaryCrossEntropy and a.shape[1] == 1:
        sure = float(a[r, 0] if y[r, 0] else 1 - a[r, 0])
        before = shown(a[r, 0]) if y[r, 0] else f"(1 − {shown(a[r, 0])})"
        worked.append(
            Worked(
                f"The loss of example {r + 1}, whose right answer is {'yes' if y[r, 0] else 'no'}",
                f"−ln {before}",
                one,
                slack + _half_digit(a[r, 0]) / max(sure, 1e-9),
                "Take the natural logarithm of what it gave the right answer, and turn the sign around.",
            )
        )
    elif kind in (MSE, HalfSquaredError) and a.shape[1] == 1:
        half = "½·" if kind is HalfSquaredError else ""
        off = abs(float(a[r, 0] - y[r, 0])) * 4 * (_half_digit(a[r, 0]) + _half_digit(y[r, 0]))
        worked.append(
            Worked(
                f"The loss of example {r + 1}: how far off it is, squared",
                f"{half}({shown(a[r, 0])} − {bracketed(y[r, 0])})²",
                one,
                off + _half_digit(one),
                "Subtract, then square.",
            )
        )
    return Substep(
        f"The loss, {kind.__name__}",
        f"One number says how wrong the answers are: {shown(mean)}, the mean of all {len(y)} examples of the batch. "
        "Everything that follows is to make it smaller.",
        FORMULAS.get(kind.__name__, rf"L = \mathrm{{{kind.__name__}}}(a, y)"),
        last + 1,
        "forward",
        [_array("answers a", np.roll(a, -r, 0)), _array("targets y", np.roll(y, -r, 0))],
        worked,
        _code(kind.value),
    )


FORMULAS = {
    "MSE": r"L = \mathrm{mean}\,(a - y)^2",
    "HalfSquaredError": r"L = \tfrac{1}{2}\,\mathrm{mean}\,(a - y)^2",
    "MAE": r"L = \mathrm{mean}\,|a - y|",
    "Hinge": r"L = \mathrm{mean}\,\max(0,\, 1 - y a)",
    "BinaryCrossEntropy": r"L = -\mathrm{mean}\,\big(y \ln a + (1 - y) \ln(1 - a)\big)",
    "CategoricalCrossEntropy": r"L = -\mathrm{mean} \sum_k y_k \ln a_k",
}


def _backward(heard: _Listener, number: int, r: int, k: int) -> Substep:
    network = heard.network
    layer, last = network.layers[number], number == len(network.layers) - 1
    da, dx = heard.backward[number]
    title = f"{_name(heard, number)}: backward"
    if not isinstance(layer, Dense):
        caption = "The blame goes back through this layer: what comes in from behind becomes the blame of its inputs."
        arrays = [
            _array("comes in, da", np.roll(da, -r, 0)),
            _array("goes on, dx", np.roll(dx, -r, 0)),
        ]
        return Substep(
            title, caption, "", number, "backward", arrays, source=_code(type(layer).backward)
        )
    x, a = heard.forward[number]
    dz = heard.dz[number]
    dw = _at(heard, heard.raw, f"{number + 1}.W")
    worked = []
    rows = len(dz)
    met = last and network.loss.partner
    if (
        met
        and isinstance(network.loss, BinaryCrossEntropy | CategoricalCrossEntropy)
        and not getattr(network.loss, "label_smoothing", 0)
    ):
        size = heard.y.size if isinstance(network.loss, BinaryCrossEntropy) else rows
        p, y = float(a[r, k]), float(heard.y[r, k])
        worked.append(
            Worked(
                f"The blame of output {k + 1} for example {r + 1}: answer less target, shared among the batch",
                f"({shown(p)} − {shown(y)}) / {size}",
                float(dz[r, k]),
                _half_digit(p) / size + _half_digit(dz[r, k]),
                f"Subtract the target from the answer, and divide by {size}.",
            )
        )
    elif not last and not isinstance(layer.activation, Softmax):  # whose slopes are a matrix
        slope = layer.activation.backward(np.ones_like(a), heard.sums[number], a)
        off = abs(da[r, k]) * _half_digit(slope[r, k]) + abs(slope[r, k]) * _half_digit(da[r, k])
        worked.append(
            Worked(
                f"The blame of unit {k + 1}'s sum for example {r + 1}: that of its answer times the curve's slope there",
                f"{bracketed(da[r, k])}·{bracketed(slope[r, k])}",
                float(dz[r, k]),
                2 * off + _half_digit(dz[r, k]),
                "Multiply the two.",
            )
        )
    text, off = products(list(zip(x[:, 0].tolist(), dz[:, k].tolist(), strict=True)))
    worked.append(
        Worked(
            f"The slope of the weight from input 1 to unit {k + 1}: input times blame, over the {rows} examples",
            text,
            float(dw[0, k]),
            2 * off + _half_digit(dw[0, k]),
            "Multiply each example's input by its blame, and add up.",
        )
    )
    arrays = [
        _array("blame dz", np.roll(dz, -r, 0)),
        _array("slopes dW", dw),
        _array("slopes db", _at(heard, heard.raw, f"{number + 1}.b")),
    ]
    if number:
        arrays.append(_array("goes on, dx", np.roll(dx, -r, 0)))
    code = _code(
        Dense.backward_z, type(network.loss).gradient if met else type(layer.activation).backward
    )
    return Substep(
        title,
        "Backwards by the chain rule: how much each weight has to do with the loss"
        + (", and what blame goes on to the layer before." if number else "."),
        (r"dz = a - y \text{ (shared)}, \quad " if met else r"dz = da \cdot f'(z), \quad ")
        + r"dW = x^\top dz, \quad db = \textstyle\sum dz"
        + (r", \quad dx = dz\, W^\top" if number else ""),
        number,
        "backward",
        arrays,
        worked,
        code,
    )


def _update(heard: _Listener, unit: int) -> Substep:
    network, optimizer, eta = heard.network, heard.run.optimizer, heard.eta
    theta, g, before = network.theta, heard.gradient, heard.before
    i = unit % len(theta)
    old, slope, new = float(before[i]), float(g[i]), float(theta[i])
    name, index = _where(heard, i)
    worked = []
    pulled = not np.array_equal(g, heard.raw)
    moved = [one for one in heard.run.regularizers if type(one).__name__ in ("L1", "MaxNorm")]
    rate = shown(eta)
    if type(optimizer) is SGD and not moved:
        off = eta * _half_digit(slope) + abs(slope) * _half_digit(eta) + _half_digit(old)
        worked.append(
            Worked(
                f"The new {name}{index}: old, less learning rate times slope",
                f"{shown(old)} − {rate}·{bracketed(slope)}",
                new,
                2 * off + _half_digit(new),
                "Multiply learning rate and slope, and subtract that.",
            )
        )
    elif type(optimizer) is Momentum and not moved:
        v = float(heard.memory["v"][i]) if np.size(heard.memory.get("v", 0)) == len(theta) else 0.0
        speed = optimizer.momentum * v + slope
        off = eta * (abs(optimizer.momentum) * _half_digit(v) + _half_digit(slope)) + abs(
            speed
        ) * _half_digit(eta)
        worked.append(
            Worked(
                f"The new {name}{index}: the ball's speed is {optimizer.momentum:g} times its old one, plus the slope",
                f"{shown(old)} − {rate}·({optimizer.momentum:g}·{bracketed(v)} + {bracketed(slope)})",
                new,
                2 * off + _half_digit(old) + _half_digit(new),
                "First the speed in the brackets, then the step.",
            )
        )
    elif type(optimizer) is Adam and not moved:
        m = float(optimizer.m[i]) * (1 - optimizer.beta_1) / (1 - optimizer.power_1)
        s = float(optimizer.s[i]) * (1 - optimizer.beta_2) / (1 - optimizer.power_2)
        root = math.sqrt(s)
        off = eta * 3e-3 * abs(m) / (root + optimizer.eps) + _half_digit(old)
        worked.append(
            Worked(
                f"The new {name}{index}: m̂ = {shown(m)} is the mean slope of late, and √ŝ = {shown(root)} its usual size",
                f"{shown(old)} − {rate}·{bracketed(m)} / ({shown(root)} + {shown(optimizer.eps)})",
                new,
                2 * off + _half_digit(new),
                "Divide mean slope by usual size, multiply by the learning rate, subtract.",
            )
        )
    else:
        worked.append(
            Worked(
                f"The new {name}{index}: it was {shown(old)}, and its slope is {shown(slope)}",
                f"{shown(old)} + {bracketed(new - old)}",
                new,
                _half_digit(old) + _half_digit(new - old) + _half_digit(new) + 1e-7,
                "Add the change to the old value.",
            )
        )
    extra = "What regularisation adds to the slopes is in them already. " if pulled else ""
    assert isinstance(optimizer, Descent)
    steps = [type(optimizer).step] + ([Adam.step] if type(optimizer) is AdamW else [])
    arrays = [
        _array("θ before", before[None, :]),
        _array("slopes g", g[None, :]),
        _array("θ after", theta[None, :]),
    ]
    return Substep(
        f"The step, {type(optimizer).__name__}",
        f"All {len(theta):,} weights and biases move a little against their slopes, at learning rate {rate}. {extra}"
        "Then the next batch comes.",
        "",
        len(network.layers),
        "update",
        arrays,
        worked,
        [("The formula", _formula(type(optimizer))), *_code(*steps)],
    )


def _where(heard: _Listener, i: int) -> tuple[str, list[int]]:
    for name, view in heard.network.names.items():
        start = (view.ctypes.data - heard.network.theta.ctypes.data) // view.itemsize
        if 0 <= i - start < view.size and np.may_share_memory(view, heard.network.theta):
            return name, [int(j) for j in np.unravel_index(i - start, view.shape)]
    return "θ", [i]


def _searched(heard: _Listener) -> Substep:
    optimizer: Any = heard.run.optimizer
    before, tried = heard.losses
    kept = tried < before
    return Substep(
        f"Try other weights, {type(optimizer).__name__}",
        f"No slopes here. With the old weights the batch's loss is {shown(before)}, with new ones {shown(tried)}: "
        + ("better, so they are kept." if kept else "not better, so the old ones stay."),
        "",
        len(heard.network.layers),
        "update",
        [
            _array("θ before", heard.before[None, :]),
            _array("θ after", heard.network.theta[None, :]),
        ],
        source=[
            ("The formula", _formula(type(optimizer))),
            *_code(type(optimizer).propose, Search.search),
        ],
    )
