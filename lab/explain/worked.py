"""Numbers of a step worked out: a sum in the rounded numbers that a page shows, and its result.

Who adds up the rounded numbers lands a little off the exact result; each sum knows by how much.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine import (
    MSE,
    SGD,
    Adam,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Dense,
    HalfSquaredError,
    Momentum,
    Softmax,
)
from lab.explain.recorded_step import RecordedStep

TERMS = 16  # of a sum that are written out


@dataclass
class Worked:
    """One number worked out.

    `label` says which, `sum` is all up to the equals sign, `after` follows from the answer; an
    answer by hand is right within `tolerance`.
    """

    label: str
    sum: str
    answer: float
    tolerance: float
    hint: str
    after: str = ""

    def __post_init__(self) -> None:
        self.answer, self.tolerance = float(self.answer), float(self.tolerance)

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.sum} = {format_number(self.answer)}{self.after}"


# --- writing numbers ------------------------------------------------------------------------------


def format_number(number: float) -> str:
    """Write a number with four digits and a true minus sign."""
    number = float(number)
    text = f"{number:.2e}" if number and abs(number) < 1e-3 else f"{number:.4g}"
    return text.replace("-", "−")


def format_term(number: float) -> str:
    """Write a number as part of a sum or product: in brackets where it is negative."""
    return f"({format_number(number)})" if number < 0 else format_number(number)


def format_products(
    pairs: Sequence[tuple[float, float]], rest: Sequence[float] = ()
) -> tuple[str, float]:
    """Write a sum of products and of single numbers, and return how far rounding leads astray.

    Of a long sum, the largest terms are written out, and the others as one number.
    """
    order = sorted(range(len(pairs)), key=lambda i: -abs(pairs[i][0] * pairs[i][1]))
    kept = sorted(order[:TERMS])
    terms = [f"{format_term(pairs[i][0])}·{format_term(pairs[i][1])}" for i in kept]
    off = sum(abs(a) * rounding(b) + abs(b) * rounding(a) for a, b in (pairs[i] for i in kept))
    if others := [pairs[i][0] * pairs[i][1] for i in order[TERMS:]]:
        terms.append(f"{format_term(sum(others))} (the other {len(others)})")
        off += rounding(sum(others))
    terms += [format_term(number) for number in rest]
    return " + ".join(terms), off + sum(rounding(number) for number in rest)


def rounding(number: float) -> float:
    """Return half of the last digit that `format_number` writes."""
    digits = 2 if number and abs(number) < 1e-3 else 3
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(number))) - digits) if number else 0.0


# --- forward --------------------------------------------------------------------------------------


def work_out_unit(step: RecordedStep, number: int, example: int, unit: int) -> Worked:
    """Work out the sum of one unit of dense layer `number`, counted from 1, for one example."""
    layer = step.network.layers[number - 1]
    assert isinstance(layer, Dense)
    x, z, a = (step.arrays[f"{number}.{name}"] for name in "xza")
    weights = step.part(step.before, f"{number}.W")[:, unit]
    bias = float(step.part(step.before, f"{number}.b")[unit])
    pairs = list(zip(weights.tolist(), x[example].tolist(), strict=True))
    text, off = format_products(pairs, [bias])
    return Worked(
        f"The sum of unit {unit + 1} for example {example + 1}: "
        "weights times inputs, plus the bias",
        text,
        float(z[example, unit]),
        2 * off + rounding(z[example, unit]),
        "Multiply each weight by its input, add all of them up, and add the bias.",
        f", and {type(layer.activation).__name__} makes {format_number(a[example, unit])} of it",
    )


def work_out_loss(step: RecordedStep, example: int) -> list[Worked]:
    """Work out the loss of one example, where a line is enough for it."""
    loss, last = step.network.loss, len(step.network.layers)
    row = slice(example, example + 1)
    z, a, y = step.arrays[f"{last}.z"][row], step.arrays[f"{last}.a"][row], step.y[row]
    value = loss.value(z, a, y)
    if isinstance(loss, CategoricalCrossEntropy) and not loss.label_smoothing:
        right = int(y[0].argmax())
        return [
            _work_out_logarithm(
                f"The loss of example {example + 1}: how surprised the network is "
                f"by the right answer, number {right + 1}",
                f"−ln {format_number(a[0, right])}",
                value,
                rounding(a[0, right]) / max(a[0, right], 1e-9),
            )
        ]
    if isinstance(loss, BinaryCrossEntropy) and a.shape[1] == 1:
        p, yes = a[0, 0], bool(y[0, 0])
        return [
            _work_out_logarithm(
                f"The loss of example {example + 1}, "
                f"whose right answer is {'yes' if yes else 'no'}",
                f"−ln {format_number(p) if yes else f'(1 − {format_number(p)})'}",
                value,
                rounding(p) / max(float(p if yes else 1 - p), 1e-9),
            )
        ]
    if isinstance(loss, MSE) and a.shape[1] == 1:
        half = "½·" if isinstance(loss, HalfSquaredError) else ""
        off = abs(float(a[0, 0] - y[0, 0])) * 4 * (rounding(a[0, 0]) + rounding(y[0, 0]))
        return [
            Worked(
                f"The loss of example {example + 1}: how far off it is, squared",
                f"{half}({format_number(a[0, 0])} − {format_term(y[0, 0])})²",
                value,
                off + rounding(value),
                "Subtract, then square.",
            )
        ]
    return []


def _work_out_logarithm(label: str, text: str, value: float, off: float) -> Worked:
    hint = "Take the natural logarithm of what it gave the right answer, and turn the sign around."
    return Worked(label, text, value, 2e-3 * max(1.0, abs(value)) + off, hint)


# --- backward -------------------------------------------------------------------------------------


def work_out_dz(
    step: RecordedStep, number: int, example: int, unit: int, dz: np.ndarray
) -> list[Worked]:
    """Work out dz of one unit of dense layer `number` for one example, where a line is enough."""
    network, layer = step.network, step.network.layers[number - 1]
    assert isinstance(layer, Dense)
    z, a = step.arrays[f"{number}.z"], step.arrays[f"{number}.a"]
    answer = float(dz[example, unit])
    if number < len(network.layers):
        if isinstance(layer.activation, Softmax):  # whose slopes are a matrix
            return []
        da = step.arrays[f"{number}.da"][example, unit]
        slope = layer.activation.backward(np.ones_like(a), z, a)[example, unit]
        off = abs(da) * rounding(slope) + abs(slope) * rounding(da)
        return [
            Worked(
                f"The blame of unit {unit + 1}'s sum for example {example + 1}: "
                "that of its answer times the curve's slope there",
                f"{format_term(da)}·{format_term(slope)}",
                answer,
                2 * off + rounding(answer),
                "Multiply the two.",
            )
        ]
    smoothed = getattr(network.loss, "label_smoothing", 0)
    if smoothed or not isinstance(network.loss, BinaryCrossEntropy | CategoricalCrossEntropy):
        return []
    shared = step.y.size if isinstance(network.loss, BinaryCrossEntropy) else len(dz)
    p, y = float(a[example, unit]), float(step.y[example, unit])
    return [
        Worked(
            f"The blame of output {unit + 1} for example {example + 1}: "
            "answer less target, shared among the batch",
            f"({format_number(p)} − {format_number(y)}) / {shared}",
            answer,
            rounding(p) / shared + rounding(answer),
            f"Subtract the target from the answer, and divide by {shared}.",
        )
    ]


def work_out_slope(step: RecordedStep, number: int, unit: int, dz: np.ndarray) -> Worked:
    """Work out dW from the first input to one unit of dense layer `number`."""
    x, dw = step.arrays[f"{number}.x"], step.part(step.gradient, f"{number}.W")
    pairs = list(zip(x[:, 0].tolist(), dz[:, unit].tolist(), strict=True))
    text, off = format_products(pairs)
    return Worked(
        f"The slope of the weight from input 1 to unit {unit + 1}: "
        f"input times blame, over the {len(dz)} examples",
        text,
        float(dw[0, unit]),
        2 * off + rounding(dw[0, unit]),
        "Multiply each example's input by its blame, and add up.",
    )


# --- update ---------------------------------------------------------------------------------------


def work_out_update(step: RecordedStep, i: int) -> Worked:
    """Work out the new value of θ's i-th number by the optimizer's formula, or as a change."""
    optimizer = step.optimizer
    later = any(type(r).__name__ in ("L1", "MaxNorm") for r in step.run.regularizers)
    if later:  # they change θ after the optimizer has stepped
        return _work_out_change(step, i)
    if type(optimizer) is SGD:
        return _work_out_sgd(step, i)
    if type(optimizer) is Momentum:
        return _work_out_momentum(step, optimizer, i)
    if type(optimizer) is Adam:
        return _work_out_adam(step, optimizer, i)
    return _work_out_change(step, i)


def _name(step: RecordedStep, i: int) -> str:
    name, index = step.locate(i)
    return f"{name}{index}"


def _numbers(step: RecordedStep, i: int) -> tuple[float, float, float]:
    """Return the i-th number of θ before the step, of the gradient, and of θ after the step."""
    return float(step.before[i]), float(step.pulled[i]), float(step.network.theta[i])


def _work_out_sgd(step: RecordedStep, i: int) -> Worked:
    (old, slope, new), eta = _numbers(step, i), step.eta
    off = eta * rounding(slope) + abs(slope) * rounding(eta) + rounding(old)
    return Worked(
        f"The new {_name(step, i)}: old, less learning rate times slope",
        f"{format_number(old)} − {format_number(eta)}·{format_term(slope)}",
        new,
        2 * off + rounding(new),
        "Multiply learning rate and slope, and subtract that.",
    )


def _work_out_momentum(step: RecordedStep, optimizer: Momentum, i: int) -> Worked:
    (old, slope, new), eta, mu = _numbers(step, i), step.eta, optimizer.momentum
    v = float(step.memory["v"][i])
    off = eta * (abs(mu) * rounding(v) + rounding(slope)) + abs(mu * v + slope) * rounding(eta)
    return Worked(
        f"The new {_name(step, i)}: the ball's speed is {mu:g} times its old one, plus the slope",
        f"{format_number(old)} − {format_number(eta)}·"
        f"({mu:g}·{format_term(v)} + {format_term(slope)})",
        new,
        2 * off + rounding(old) + rounding(new),
        "First the speed in the brackets, then the step.",
    )


def _work_out_adam(step: RecordedStep, optimizer: Adam, i: int) -> Worked:
    (old, _, new), eta = _numbers(step, i), step.eta
    m = float(optimizer.m[i]) * (1 - optimizer.beta_1) / (1 - optimizer.power_1)
    s = float(optimizer.s[i]) * (1 - optimizer.beta_2) / (1 - optimizer.power_2)
    root = math.sqrt(s)
    off = eta * 3e-3 * abs(m) / (root + optimizer.eps) + rounding(old)
    return Worked(
        f"The new {_name(step, i)}: m̂ = {format_number(m)} is the mean slope of late, "
        f"and √ŝ = {format_number(root)} its usual size",
        f"{format_number(old)} − {format_number(eta)}·{format_term(m)} / "
        f"({format_number(root)} + {format_number(optimizer.eps)})",
        new,
        2 * off + rounding(new),
        "Divide mean slope by usual size, multiply by the learning rate, subtract.",
    )


def _work_out_change(step: RecordedStep, i: int) -> Worked:
    old, slope, new = _numbers(step, i)
    return Worked(
        f"The new {_name(step, i)}: it was {format_number(old)}, "
        f"and its slope is {format_number(slope)}",
        f"{format_number(old)} + {format_term(new - old)}",
        new,
        rounding(old) + rounding(new - old) + rounding(new) + 1e-7,
        "Add the change to the old value.",
    )
