"""A step of training in plain NumPy: what the engine's lines would be if they were not to be fast.

The names are those of the page: x goes in, z are the sums, a comes out, y is what was wanted; dz,
dW, db, dx are the slopes of the loss.
"""

from engine import Activation, Loss

# of each activation: the curve, and the slope through which the blame goes back
ACTIVATIONS = {
    "Linear": ("a = z", "dz = da"),
    "ReLU": ("a = np.maximum(z, 0)", "dz = da * (z > 0)"),
    "Sigmoid": ("a = 1 / (1 + np.exp(-z))", "dz = da * a * (1 - a)"),
    "Tanh": ("a = np.tanh(z)", "dz = da * (1 - a ** 2)"),
    "Softmax": ("a = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)", ""),
}
# of each loss: its value, and its slope; where that is dz, loss and activation have met
LOSSES = {
    "MSE": ("L = np.mean((a - y) ** 2)", "da = 2 * (a - y) / y.size"),
    "HalfSquaredError": ("L = np.mean((a - y) ** 2) / 2", "da = (a - y) / y.size"),
    "MAE": ("L = np.mean(np.abs(a - y))", "da = np.sign(a - y) / y.size"),
    "BinaryCrossEntropy": (
        "L = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))",
        "dz = (a - y) / y.size",
    ),
    "CategoricalCrossEntropy": (
        "L = -np.mean(np.sum(y * np.log(a), axis=1))",
        "dz = (a - y) / len(y)",
    ),
}


def take_batch(size: int) -> str:
    """Return how a batch of so many examples is taken."""
    return (
        f"rows = order[start : start + {size}]  # order: the numbers of all examples, shuffled\n"
        "x = X[rows]\ny = Y[rows]"
    )


def forward(activation: Activation) -> str:
    """Return what a dense layer computes."""
    name = type(activation).__name__
    curve, _ = ACTIVATIONS.get(name, (f"a = f(z)  # f is {name}", ""))
    return f"z = x @ W + b\n{curve}"


def loss_of(loss: Loss) -> str:
    """Return how a loss is computed, "" where it takes more than a line."""
    return LOSSES.get(type(loss).__name__, ("", ""))[0]


def backward(activation: Activation, loss: Loss | None, *, hidden: bool) -> str:
    """Return how the blame goes back through a dense layer; `loss` is given for the last one.

    Where the layer is `hidden`, blame goes on to the layer before it.
    """
    name, lines = type(activation).__name__, []
    if loss:
        unknown = "da = slope of L"
        lines.append(LOSSES.get(type(loss).__name__, ("", unknown))[1])
    if not (loss and loss.partner):
        _, slope = ACTIVATIONS.get(name, ("", ""))
        lines.append(slope or f"dz = da * slope(z)  # of {name}")
    lines += ["dW = x.T @ dz", "db = dz.sum(axis=0)"]
    return "\n".join([*lines, "dx = dz @ W.T"] if hidden else lines)
