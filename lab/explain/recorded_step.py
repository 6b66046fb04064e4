"""Records the next step of a run, made on an exact copy, with every number that passes through.

The copy trains as the run would, so the step is the one that the run makes next; the run itself
does not change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Descent, Network, Optimizer, Regularizer, Search
from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.run import Run

Numbers = NDArray[Any]


@dataclass
class RecordedStep:
    """What a step computed.

    run: the copy, after the step; optimizer: its own; before: θ before the step
    x, y: the batch (rows, inputs), (rows, outputs); eta: the learning rate
    arrays: of each layer, by the names that `Network.gradients` gives them: "1.x", "1.z" ...
    gradient, pulled: ∇θ of the loss, and as regularizers have changed it
    memory: what the optimizer remembered before the step
    losses: of a search alone, that of the batch with the old θ and with the new
    """

    run: Run
    optimizer: Optimizer
    before: Numbers
    x: Numbers = field(default_factory=lambda: np.zeros((0, 0)))
    y: Numbers = field(default_factory=lambda: np.zeros((0, 0)))
    eta: float = 0.0
    arrays: dict[str, Numbers] = field(default_factory=dict)
    gradient: Numbers = field(default_factory=lambda: np.zeros(0))
    pulled: Numbers = field(default_factory=lambda: np.zeros(0))
    memory: dict[str, Any] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)

    @property
    def network(self) -> Network:
        """The network of the copy, after the step."""
        return self.run.network

    def part(self, vector: Numbers, name: str) -> Numbers:
        """Return the array `name` ("1.W") of another vector of θ's length, such as a gradient."""
        view = self.network.names[name]
        start = self._start(view)
        return vector[start : start + view.size].reshape(view.shape)

    def locate(self, i: int) -> tuple[str, list[int]]:
        """Return the name of the array that θ's i-th number belongs to, and its index there."""
        for name, view in self.network.names.items():
            start = self._start(view)
            if 0 <= i - start < view.size and np.may_share_memory(view, self.network.theta):
                return name, [int(j) for j in np.unravel_index(i - start, view.shape)]
        return "θ", [i]

    def _start(self, view: Numbers) -> int:
        return (view.ctypes.data - self.network.theta.ctypes.data) // view.itemsize


def record_next_step(run: Run) -> RecordedStep:
    """Return the step that the run, which must be ready, would make next."""
    copy = resumed(from_bytes(to_bytes(run)), data=run.data)
    step = RecordedStep(copy, copy.optimizer, copy.network.theta.copy())
    copy.optimizer = _Recorder(step)
    with np.errstate(all="ignore"):
        copy.step_batch()
    return step


class _Recorder(Optimizer):
    """Updates θ as the step's own optimizer does, and notes into the step what passes through."""

    def __init__(self, step: RecordedStep) -> None:
        super().__init__(step.optimizer.learning_rate)
        self.recorded = step

    def start(self, theta: Numbers) -> None:
        self.recorded.optimizer.start(theta)

    def update(
        self,
        network: Network,
        x: Numbers,
        y: Numbers,
        eta: float,
        rng: np.random.Generator,
        regularizers: Sequence[Regularizer] = (),
    ) -> None:
        step, optimizer = self.recorded, self.recorded.optimizer
        step.x, step.y, step.eta = x.copy(), y.copy(), eta
        if isinstance(optimizer, Search):

            def loss() -> float:
                step.losses.append(network.training_loss(x, y, rng))
                return step.losses[-1]

            optimizer.search(network.theta, loss, eta, rng)
            return
        assert isinstance(optimizer, Descent)
        network.gradients(x, y, rng, step.arrays)
        step.gradient = network.gradient.copy()
        for regularizer in regularizers:
            regularizer.change_gradient(network)
        step.pulled = network.gradient.copy()
        step.memory = {name: np.copy(value) for name, value in optimizer.memory().items()}
        optimizer.step(network.theta, network.gradient, eta)
