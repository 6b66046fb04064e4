"""What is wrong with a run, from its curves and its units."""

import numpy as np

from engine import Diagnosis, Network, Optimizer, diagnosis
from engine.arrays import Inputs
from lab.runs.history import Curve

SETTLED = 100  # steps before which units are not diagnosed
DIAGNOSED = 500  # examples on which the units are diagnosed


def diagnose(
    curve: Curve, network: Network, x: Inputs, optimizer: Optimizer, steps: int
) -> list[Diagnosis]:
    """Return the troubles of a run after so many steps; x are its training examples (n, inputs)."""
    points = [*curve, curve.latest]
    train, test, accuracy = zip(
        *((p.train_loss, p.test_loss, p.test_accuracy) for p in points), strict=True
    )
    with np.errstate(all="ignore"):
        diagnoses = diagnosis.in_curves(train, test)
        diverged = any(trouble.kind == "diverged" for trouble in diagnoses)
        if steps >= SETTLED and not diverged:
            # units first: they are more often the cause of the curves than the other way round
            diagnoses = diagnosis.in_units(network, x[:DIAGNOSED]) + diagnoses
        return diagnosis.causes(diagnoses, train, accuracy, optimizer)
