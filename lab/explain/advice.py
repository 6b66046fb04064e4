"""Advice on a trouble: one plain sentence that names one thing to try, and that change made to an
experiment.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from engine import L2, Activation, Diagnosis, He, LeakyReLU, ReLU
from engine.diagnosis import LARGE
from engine.settings import shown
from lab.runs.experiment import Experiment
from lab.words import plain


class Advice(NamedTuple):
    """A sentence for a reader of fifteen, and the label of the button that follows it."""

    sentence: str
    label: str


def _lower_rate(experiment: Experiment, layer: int) -> Experiment:
    # a tenth, but not at once below what is usual; from there on a third
    rate, usual = experiment.optimizer.learning_rate, type(experiment.optimizer)().learning_rate
    return _scale_rate(experiment, max(0.1, usual / rate) if rate > LARGE * usual else 0.3)


def _raise_rate(experiment: Experiment, layer: int) -> Experiment:
    return _scale_rate(experiment, 3.0)


def _scale_rate(experiment: Experiment, times: float) -> Experiment:
    optimizer = experiment.optimizer
    rate = float(f"{optimizer.learning_rate * times:.1g}")  # 0.009 from 0.03, as people write it
    return experiment.changed(optimizer=optimizer.changed(learning_rate=rate))


def _strengthen_l2(experiment: Experiment, layer: int) -> Experiment:
    regularizers = experiment.regularizers
    strength = next((10 * r.strength for r in regularizers if isinstance(r, L2)), 0.001)
    others = tuple(r for r in regularizers if not isinstance(r, L2))
    return experiment.changed(regularizers=(*others, L2(min(strength, 1.0) or 0.001)))


def _use(activation: type[Activation]) -> Callable[[Experiment, int], Experiment]:
    def change(experiment: Experiment, layer: int) -> Experiment:
        layers = tuple(
            unchanged.changed(activation=activation())
            if number == layer and hasattr(unchanged, "activation")
            else unchanged
            for number, unchanged in enumerate(experiment.layers, 1)
        )
        return experiment.changed(
            layers=layers,
            initializer=He() if layers != experiment.layers else experiment.initializer,
        )

    return change


ADVICE: dict[str, tuple[str, str, Callable[[Experiment, int], Experiment]]] = {
    "diverged": (
        "The loss is {times} what it was at the start and does not come back: "
        "try a smaller learning rate.",
        "Smaller learning rate",
        _lower_rate,
    ),
    "large rate": (
        "The learning rate is {times} the usual one, and such steps throw units to where they "
        "no longer move: begin anew with a smaller one.",
        "Smaller learning rate",
        _lower_rate,
    ),
    "plateau": (
        "The loss has hardly moved for a while: try a larger learning rate.",
        "Larger learning rate",
        _raise_rate,
    ),
    "over-fitting": (
        "The test loss is {times} what it was at its lowest while the training loss still falls: "
        "it learns the examples by heart. L2 keeps the weights small, and the boundary smooth.",
        "Add L2",
        _strengthen_l2,
    ),
    "dead units": (
        "{share} of the units of layer {layer} answer 0 to every example and learn nothing "
        "any more. LeakyReLU lets a little through, so that they recover.",
        "Use LeakyReLU there",
        _use(LeakyReLU),
    ),
    "saturated units": (
        "{share} of the answers of layer {layer} lie where its curve is flat, so it hardly "
        "learns. ReLU does not flatten out.",
        "Use ReLU there",
        _use(ReLU),
    ),
    "one answer": (
        "It gives the same answer to every example: try a smaller learning rate.",
        "Smaller learning rate",
        _lower_rate,
    ),
}
ANEW = ("diverged", "large rate", "one answer")  # whose weights are ruined: the run begins anew


def advice(trouble: Diagnosis) -> Advice:
    """Return the sentence for a trouble, and the label of the button that makes its first
    suggestion.
    """
    times = (
        f"{plain(float(f'{trouble.amount:.2g}'))} times"
        if math.isfinite(trouble.amount)
        else "many times"
    )
    share = f"{trouble.amount:.0%}" if math.isfinite(trouble.amount) else "most"
    sentence, label, _ = ADVICE[trouble.kind]
    return Advice(sentence.format(times=times, share=share, layer=trouble.layer), label)


def sentence(trouble: Diagnosis) -> str:
    """Return the sentence that names a trouble and what to try."""
    return advice(trouble).sentence


def follow_advice(experiment: Experiment, kind: str, layer: int) -> Experiment:
    """Return the experiment with the one change that the advice on a trouble suggests.

    `kind` and `layer` are those of the Diagnosis. Raises ValueError where there is no trouble of
    that kind.
    """
    if kind not in ADVICE:
        raise ValueError(f"there is no trouble called {shown(kind)}")
    return ADVICE[kind][2](experiment, layer)
