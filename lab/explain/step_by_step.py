"""Takes the next mini-batch of a run apart into substeps, with their numbers and lines of code.

The walk leads forward through the layers to the loss, backward to the first layer, and ends with
the update of θ.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine import Adam, AdamW, Dense, Descent, Search, batches
from lab.explain import plain_numpy
from lab.explain.recorded_step import Numbers, RecordedStep, record_next_step
from lab.explain.source_code import read_formula, read_functions, read_lines, read_summary
from lab.explain.worked import (
    Worked,
    format_number,
    work_out_dz,
    work_out_loss,
    work_out_slope,
    work_out_unit,
    work_out_update,
)
from lab.runs.run import READY, Run

ROWS, COLUMNS = 5, 8  # of an array that are shown
BATCH_NAMES = (
    "X and Y are all training examples and their targets. Several batches are gathered at a time: "
    "rows are the numbers of their examples, taken these examples, numbers the room for them, part "
    "where each batch begins and ends, xs and ys what is handed out."
)
FORMULAS = {
    "MSE": r"L = \mathrm{mean}\,(a - y)^2",
    "HalfSquaredError": r"L = \tfrac{1}{2}\,\mathrm{mean}\,(a - y)^2",
    "MAE": r"L = \mathrm{mean}\,|a - y|",
    "Hinge": r"L = \mathrm{mean}\,\max(0,\, 1 - y a)",
    "BinaryCrossEntropy": r"L = -\mathrm{mean}\,\big(y \ln a + (1 - y) \ln(1 - a)\big)",
    "CategoricalCrossEntropy": r"L = -\mathrm{mean} \sum_k y_k \ln a_k",
}


@dataclass
class Array:
    """An array as a page shows it: name, shape, and its first rows and columns as words."""

    name: str
    shape: tuple[int, ...]
    rows: list[list[str]]


@dataclass
class Substep:
    """A station of the walk.

    `layer` is where in the network it is: -1 the batch, 0 the first layer, ..., and the loss after
    the last; `direction` is "forward", "backward" or "update"; `plain` is what it does in plain
    NumPy, "" where that takes more than a few lines; `source` has pairs of where code stands and
    the code itself, in which `names` says what is called how.
    """

    title: str
    caption: str
    formula: str
    layer: int
    direction: str
    arrays: list[Array] = field(default_factory=list)
    worked: list[Worked] = field(default_factory=list)
    source: list[tuple[str, str]] = field(default_factory=list)
    plain: str = ""
    names: str = ""


def walk(run: Run, example: int = 0, unit: int = 0) -> list[Substep]:
    """Return the stations of the run's next step; none if it has no next step.

    `example` is a row of the batch and `unit` a unit of each layer that are worked out in full;
    both are taken modulo the number there is.
    """
    run.finish_measuring()
    if run.status != READY:
        return []
    step = record_next_step(run)
    row = example % len(step.x)
    if isinstance(step.optimizer, Search):
        return [_batch(step, row), _search(step)]
    layers = range(1, len(step.network.layers) + 1)
    units = [unit % shape[0] for shape in step.network.shapes]
    return [
        _batch(step, row),
        *(_forward(step, number, row, units[number]) for number in layers),
        _loss(step, row),
        *(_backward(step, number, row, units[number]) for number in reversed(layers)),
        _update(step, unit % len(step.before)),
    ]


# --- the stations: `row` is the example that is worked out, `number` a layer, counted from 1 ------


def _batch(step: RecordedStep, row: int) -> Substep:
    (rows, inputs), position = step.x.shape, step.run.position
    return Substep(
        "Take a batch",
        f"The next {rows} training examples, {inputs} numbers each, in an order that was shuffled "
        f"for this epoch. This is batch {position.batch} of {position.batches}. "
        f"Example {row + 1} is worked out below.",
        rf"x \in \mathbb{{R}}^{{{rows} \times {inputs}}}",
        -1,
        "forward",
        [_table("x", step.x, row), _table("y", step.y, row)],
        source=read_lines(batches, "taken = np.take", "yield"),
        plain=plain_numpy.take_batch(rows),
        names=BATCH_NAMES,
    )


def _forward(step: RecordedStep, number: int, row: int, unit: int) -> Substep:
    layer = step.network.layers[number - 1]
    title, layer_and_direction = f"{_title(step, number)}: forward", (number - 1, "forward")
    x = _table("goes in, x", step.arrays[f"{number}.x"], row)
    a = _table("comes out, a", step.arrays[f"{number}.a"], row)
    if not isinstance(layer, Dense):
        code = read_functions(type(layer).forward)
        return Substep(
            title, read_summary(type(layer)), "", *layer_and_direction, [x, a], source=code
        )
    activation = type(layer.activation)
    W = step.part(step.before, f"{number}.W")
    return Substep(
        title,
        f"Each of the {layer.units} units multiplies its {len(W)} inputs by its weights, "
        f"adds them up with its bias, and bends the sum with {activation.__name__}.",
        rf"z = x W + b, \quad a = \mathrm{{{activation.__name__}}}(z)",
        *layer_and_direction,
        [x, _table("weights W", W), _table("sums z", step.arrays[f"{number}.z"], row), a],
        [work_out_unit(step, number, row, unit)],
        read_functions(Dense.forward, activation.forward),
        plain_numpy.forward(layer.activation),
    )


def _loss(step: RecordedStep, row: int) -> Substep:
    last, loss = len(step.network.layers), step.network.loss
    z, a, y = step.arrays[f"{last}.z"], step.arrays[f"{last}.a"], step.y
    loss_class = type(loss)
    return Substep(
        f"The loss, {loss_class.__name__}",
        f"One number says how wrong the answers are: {format_number(loss.value(z, a, y))}, "
        f"the mean of all {len(y)} examples of the batch. "
        "Everything that follows is to make it smaller.",
        FORMULAS.get(loss_class.__name__, rf"L = \mathrm{{{loss_class.__name__}}}(a, y)"),
        last,
        "forward",
        [_table("answers a", a, row), _table("targets y", y, row)],
        work_out_loss(step, row),
        read_functions(loss_class.value),
        plain_numpy.loss_of(loss),
    )


def _backward(step: RecordedStep, number: int, row: int, unit: int) -> Substep:
    network, layer = step.network, step.network.layers[number - 1]
    title, layer_and_direction = f"{_title(step, number)}: backward", (number - 1, "backward")
    goes_on = _table("goes on, dx", step.arrays[f"{number}.dx"], row)
    if not isinstance(layer, Dense):
        return Substep(
            title,
            "The blame goes back through this layer: "
            "what comes in from behind becomes the blame of its inputs.",
            "",
            *layer_and_direction,
            [_table("comes in, da", step.arrays[f"{number}.da"], row), goes_on],
            source=read_functions(type(layer).backward),
        )
    dz = _dz(step, number, layer)
    met = f"{number}.dz" in step.arrays  # loss and activation, at the output
    hidden = number > 1  # so that there is a layer before it
    slope = type(network.loss).gradient if met else type(layer.activation).backward
    return Substep(
        title,
        "Backwards by the chain rule: how much each weight has to do with the loss"
        + (", and what blame goes on to the layer before." if hidden else "."),
        (r"dz = a - y \text{ (shared)}, \quad " if met else r"dz = da \cdot f'(z), \quad ")
        + r"dW = x^\top dz, \quad db = \textstyle\sum dz"
        + (r", \quad dx = dz\, W^\top" if hidden else ""),
        *layer_and_direction,
        [
            _table("blame dz", dz, row),
            _table("slopes dW", step.part(step.gradient, f"{number}.W")),
            _table("slopes db", step.part(step.gradient, f"{number}.b")),
            *([goes_on] if hidden else []),
        ],
        [
            *work_out_dz(step, number, row, unit, dz),
            work_out_slope(step, number, unit, dz),
        ],
        read_functions(Dense.backward_z, slope),
        plain_numpy.backward(
            layer.activation,
            network.loss if number == len(network.layers) else None,
            hidden=hidden,
        ),
    )


def _dz(step: RecordedStep, number: int, layer: Dense) -> Numbers:
    """Return dL/dz of a dense layer, (rows, units)."""
    z, a = step.arrays[f"{number}.z"], step.arrays[f"{number}.a"]
    if f"{number}.dz" in step.arrays:
        return step.arrays[f"{number}.dz"]
    return layer.activation.backward(np.copy(step.arrays[f"{number}.da"]), z, a)


def _update(step: RecordedStep, i: int) -> Substep:
    optimizer = step.optimizer
    assert isinstance(optimizer, Descent)
    pulled = not np.array_equal(step.pulled, step.gradient)
    extra = "What regularisation adds to the slopes is in them already. " if pulled else ""
    steps = [type(optimizer).step] + ([Adam.step] if type(optimizer) is AdamW else [])
    return Substep(
        f"The step, {type(optimizer).__name__}",
        f"All {len(step.before):,} weights and biases move a little against their slopes, "
        f"at learning rate {format_number(step.eta)}. {extra}Then the next batch comes.",
        "",
        len(step.network.layers),
        "update",
        [
            _table("θ before", step.before[None, :]),
            _table("slopes g", step.pulled[None, :]),
            _table("θ after", step.network.theta[None, :]),
        ],
        [work_out_update(step, i)],
        [("The formula", read_formula(type(optimizer))), *read_functions(*steps)],
    )


def _search(step: RecordedStep) -> Substep:
    optimizer: Any = step.optimizer
    before, tried = step.losses
    kept = tried < before
    return Substep(
        f"Try other weights, {type(optimizer).__name__}",
        f"No slopes here. With the old weights the batch's loss is {format_number(before)}, "
        f"with new ones {format_number(tried)}: "
        + ("better, so they are kept." if kept else "not better, so the old ones stay."),
        "",
        len(step.network.layers),
        "update",
        [
            _table("θ before", step.before[None, :]),
            _table("θ after", step.network.theta[None, :]),
        ],
        source=[
            ("The formula", read_formula(type(optimizer))),
            *read_functions(type(optimizer).propose, Search.search),
        ],
    )


def _title(step: RecordedStep, number: int) -> str:
    last = number == len(step.network.layers)
    layer_class = type(step.network.layers[number - 1]).__name__
    return f"{'Output layer' if last else f'Layer {number}'}, {layer_class}"


def _table(name: str, numbers: Numbers, row: int = 0) -> Array:
    """Return a corner of an array to show, from `row` on; after the last row the first follow."""
    corner = np.atleast_2d(np.roll(numbers, -row, axis=0) if row else numbers)[:ROWS, :COLUMNS]
    rows = [[format_number(number) for number in line] for line in corner.reshape(len(corner), -1)]
    return Array(name, tuple(np.shape(numbers)), rows)
