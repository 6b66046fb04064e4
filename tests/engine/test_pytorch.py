"""The engine beside PyTorch: same weights, same batches, a hundred steps, in float64: the
parameters still agree.
"""

import os

import numpy as np
import pytest

from engine import (
    ACTIVATIONS,
    GRU,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    SGD,
    Adam,
    Attention,
    AvgPool2D,
    BatchNorm,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Huber,
    Layer,
    LayerNorm,
    Linear,
    MaxPool2D,
    Network,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    Xavier,
)

pytestmark = pytest.mark.slow

if os.environ.get("CI"):
    import torch
else:
    torch = pytest.importorskip(
        "torch",
        reason="no PyTorch: pip install -r requirements-torch.txt compares the engine with it",
    )
torch.set_num_threads(1)  # its threads and those of the tests beside would wait for each other
nn, F = torch.nn, torch.nn.functional

STEPS, ROWS = 100, 8
MATCHED = {
    "Linear": lambda z: z,
    "ReLU": F.relu,
    "LeakyReLU": F.leaky_relu,
    "ELU": F.elu,
    "SELU": F.selu,
    "GELU": lambda z: F.gelu(z, approximate="tanh"),
    "SiLU": F.silu,
    "Softplus": F.softplus,
    "Sigmoid": torch.sigmoid,
    "HardSigmoid": F.hardsigmoid,
    "Tanh": torch.tanh,
    "Softsign": F.softsign,
    "Softmax": lambda z: F.softmax(z, dim=1),
}
OPTIMIZERS_THERE = {
    "SGD": (torch.optim.SGD, {}),
    "Momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "Nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "Adagrad": (torch.optim.Adagrad, {}),
    "RMSprop": (torch.optim.RMSprop, {}),
    "Adam": (torch.optim.Adam, {}),
    "AdamW": (torch.optim.AdamW, {}),
    "NAdam": (torch.optim.NAdam, {}),
}


def tensor(array: np.ndarray) -> "torch.Tensor":
    return torch.from_numpy(np.array(array))


def maps_first(x: "torch.Tensor", shape: tuple[int, ...]) -> "torch.Tensor":
    """Our rows of (height, maps, width) as PyTorch's (rows, maps, height, width)."""
    return x.reshape(-1, *shape).movedim(2, 1) if len(shape) == 3 else x.reshape(-1, 1, *shape)


def rows(x: "torch.Tensor") -> "torch.Tensor":
    return x.movedim(1, 2).reshape(len(x), -1) if x.dim() == 4 else x


class Table(nn.Module):
    """Vectors for codes, and for places."""

    def __init__(self, own: dict[str, "torch.Tensor"]) -> None:
        super().__init__()
        self.E, self.P = nn.Parameter(own["E"]), nn.Parameter(own["P"])

    def forward(self, x: "torch.Tensor") -> "torch.Tensor":
        codes = x.clamp(0, len(self.E) - 1).long()
        return F.embedding(codes, self.E) + self.P


class Head(nn.Module):
    """A single head that never looks ahead."""

    def __init__(self, own: dict[str, "torch.Tensor"], asking: str) -> None:
        super().__init__()
        self.Q, self.K, self.V = (nn.Parameter(own[name]) for name in "QKV")
        self.last = asking == "last"

    def forward(self, x: "torch.Tensor") -> "torch.Tensor":
        a = F.scaled_dot_product_attention(x @ self.Q, x @ self.K, x @ self.V, is_causal=True)
        return a[:, -1] if self.last else a


class Twin(nn.Module):
    """A PyTorch network with the weights of one of ours."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.net = net
        self.parts = nn.ModuleList(
            self.part(number, layer) for number, layer in enumerate(net.layers, 1)
        )
        self.double()

    def part(self, number: int, layer: Layer) -> "nn.Module":
        own = {
            name.split(".")[1]: tensor(v)
            for name, v in self.net.names.items()
            if name.startswith(f"{number}.")
        }
        shape, out = self.net.shapes[number - 1], self.net.shapes[number]
        made: nn.Module = nn.Identity()
        if isinstance(layer, Dense):
            made = nn.Linear(*own["W"].shape)
            own = {"weight": own["W"].T, "bias": own["b"]}
        elif isinstance(layer, Conv2D):
            made = nn.Conv2d(
                own["W"].shape[2], out[1], layer.kernel_size, layer.stride, layer.padding
            )
            own = {"weight": own["W"].permute(3, 2, 0, 1), "bias": own["b"]}
        elif isinstance(layer, AvgPool2D):
            made = nn.AvgPool2d(layer.pool_size)
        elif isinstance(layer, MaxPool2D):
            made = nn.MaxPool2d(layer.pool_size)
        elif isinstance(layer, BatchNorm):
            kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
            made = kind(len(own["gamma"]), eps=layer.eps, momentum=layer.momentum)
            own = {"weight": own["gamma"], "bias": own["beta"]}
        elif isinstance(layer, LayerNorm):
            made = nn.LayerNorm(len(own["gamma"]), eps=layer.eps)
            own = {"weight": own["gamma"], "bias": own["beta"]}
        elif isinstance(layer, GRU):
            n = layer.units
            made = nn.GRU(own["W"].shape[0], n, batch_first=True)
            inner = torch.cat([torch.zeros(2 * n, dtype=torch.float64), own["c"]])
            own = {
                "weight_ih_l0": own["W"].T,
                "weight_hh_l0": own["U"].T,
                "bias_ih_l0": own["b"],
                "bias_hh_l0": inner,
            }
        elif isinstance(layer, Embedding):
            made = Table(own)
        elif isinstance(layer, Attention):
            made = Head(own, layer.asking)
        if made.state_dict():
            made.double()
            made.load_state_dict(made.state_dict() | own)
        if isinstance(
            layer, GRU
        ):  # PyTorch has two biases for r and u where one does: its second stays 0
            n = layer.units
            made.bias_hh_l0.register_hook(
                lambda g: torch.cat([torch.zeros_like(g[: 2 * n]), g[2 * n :]])
            )
        return made

    def forward(self, x: "torch.Tensor") -> "torch.Tensor":
        for number, (part, layer) in enumerate(zip(self.parts, self.net.layers, strict=True)):
            shape = self.net.shapes[number]
            if isinstance(layer, Conv2D | MaxPool2D) or (
                isinstance(layer, BatchNorm) and len(shape) == 3
            ):
                x = rows(part(maps_first(x, shape)))
            elif isinstance(layer, GRU):
                x = part(x.reshape(len(x), shape[0], -1))[1][0]
            elif isinstance(layer, Attention):
                x = part(x.reshape(len(x), shape[0], -1)).flatten(1)
            elif isinstance(layer, Embedding):
                x = part(x).flatten(1)
            else:
                x = part(x)
            if hasattr(layer, "activation") and not (
                layer is self.net.output and self.net.loss.partner
            ):
                x = MATCHED[type(layer.activation).__name__](x)
        return x

    def theta(self) -> np.ndarray:
        """The parameters in our order."""
        found = []
        for part, layer in zip(self.parts, self.net.layers, strict=True):
            own = {name: p.detach() for name, p in part.named_parameters()}
            if isinstance(layer, Dense):
                found += [own["weight"].T, own["bias"]]
            elif isinstance(layer, Conv2D):
                found += [own["weight"].permute(2, 3, 1, 0), own["bias"]]
            elif isinstance(layer, GRU):
                inner = own["bias_hh_l0"][2 * layer.units :]
                found += [own["weight_ih_l0"].T, own["weight_hh_l0"].T, own["bias_ih_l0"], inner]
            else:
                found += list(own.values())
        return np.concatenate([array.reshape(-1).numpy() for array in found])


def their_loss(net: Network, out: "torch.Tensor", y: "torch.Tensor") -> "torch.Tensor":
    """Of sums where the loss has a partner, of outputs otherwise."""
    loss = net.loss
    return {
        "MSE": lambda: F.mse_loss(out, y),
        "HalfSquaredError": lambda: F.mse_loss(out, y) / 2,
        "MAE": lambda: F.l1_loss(out, y),
        "Huber": lambda: F.huber_loss(out, y, delta=getattr(loss, "delta", 1.0)),
        "BinaryCrossEntropy": lambda: F.binary_cross_entropy_with_logits(out, y),
        "CategoricalCrossEntropy": lambda: F.cross_entropy(
            out, y, label_smoothing=getattr(loss, "label_smoothing", 0.0)
        ),
        "Hinge": lambda: torch.clamp(1 - y * out, min=0).mean(),
    }[type(loss).__name__]()


def trained_alike(
    net: Network, optimizer: object, theirs: "torch.optim.Optimizer", twin: Twin
) -> None:
    rng = np.random.default_rng(7)
    optimizer.start(net.theta)  # type: ignore[attr-defined]
    for _ in range(STEPS):
        x, y = (
            rng.normal(0, 1, (ROWS, net.inputs)),
            net.targets(rng.integers(0, net.output.units, ROWS)),
        )
        net.gradients(x, y)
        optimizer.step(net.theta, net.gradient, optimizer.learning_rate)  # type: ignore[attr-defined]
        theirs.zero_grad()
        their_loss(net, twin(tensor(x)), tensor(y)).backward()
        theirs.step()
    assert not np.allclose(net.theta, 0)
    np.testing.assert_allclose(net.theta, twin.theta(), rtol=1e-5, atol=1e-5)


def made(
    hidden: list[Layer], shape: tuple[int, ...] = (6, 6), loss: object = None, output: object = None
) -> Network:
    layers = [*hidden, Dense(3, output or Softmax())]  # type: ignore[arg-type]
    chance = np.random.default_rng(3)
    return Network(layers, shape, loss or CategoricalCrossEntropy(), Xavier(), chance, np.float64)  # type: ignore[arg-type]


HIDDEN: dict[str, list[Layer]] = {
    "Dense": [Dense(7, Tanh()), Dense(5, Sigmoid())],
    "Conv2D": [Conv2D(4, 3, activation=Tanh()), Conv2D(3, 3, 2, 1, ReLU())],
    "MaxPool2D": [Conv2D(4, 3, 1, 1, Tanh()), MaxPool2D(2)],
    "AvgPool2D": [Conv2D(4, 3, 1, 1, Tanh()), AvgPool2D(2)],
    "Flatten": [Conv2D(4, 3, activation=Tanh()), Flatten(), Dense(6, Tanh())],
    "BatchNorm": [Dense(7, Linear()), BatchNorm(activation=Tanh())],
    "BatchNorm of maps": [Conv2D(4, 3, activation=Linear()), BatchNorm(activation=Tanh())],
    "LayerNorm": [Dense(7, Linear()), LayerNorm(activation=Tanh())],
    "GRU": [GRU(5)],
    "Embedding": [Embedding(3, 4), GRU(5)],
    "Attention": [Attention(5), Attention(4, "last")],
    "Attention of all": [Embedding(4, 3), Attention(4), Dense(5, Tanh())],
}


def test_no_layer_is_left_out() -> None:
    covered = {type(layer) for layers in HIDDEN.values() for layer in layers}
    assert covered == set(LAYERS.values()) - {Dropout}  # whose chance is not PyTorch's


@pytest.mark.parametrize("name", OPTIMIZERS_THERE)
def test_every_optimizer(name: str) -> None:
    net, (kind, more) = made([Dense(7, Tanh())], (4,)), OPTIMIZERS_THERE[name]
    twin = Twin(net)
    trained_alike(
        net, OPTIMIZERS[name](learning_rate=0.01), kind(twin.parameters(), lr=0.01, **more), twin
    )


@pytest.mark.parametrize("name", HIDDEN)
def test_every_layer(name: str) -> None:
    net = made(HIDDEN[name])
    twin = Twin(net)
    trained_alike(net, Adam(0.001), torch.optim.Adam(twin.parameters(), lr=0.001), twin)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("smooth", [False, True])
def test_every_loss(name: str, smooth: bool) -> None:
    loss = LOSSES[name]()
    if smooth and name == "CategoricalCrossEntropy":
        loss = CategoricalCrossEntropy(0.1)
    elif smooth and name == "Huber":
        loss = Huber(0.2)
    net = made([Dense(7, Tanh())], (4,), loss, (loss.partner or Linear)())
    twin = Twin(net)
    trained_alike(net, SGD(0.05), torch.optim.SGD(twin.parameters(), lr=0.05), twin)
    x, y = np.random.default_rng(0).normal(0, 1, (ROWS, 4)), net.targets(np.arange(ROWS) % 3)
    assert net.training_loss(x, y) == pytest.approx(
        their_loss(net, twin(tensor(x)), tensor(y)).item(), rel=1e-6
    )


@pytest.mark.parametrize("name", MATCHED)
def test_every_activation(name: str) -> None:
    net = made([Dense(7, ACTIVATIONS[name]())], (4,))
    twin = Twin(net)
    trained_alike(net, SGD(0.05), torch.optim.SGD(twin.parameters(), lr=0.05), twin)


def test_predicting_with_running_means() -> None:
    net = made([Conv2D(4, 3, activation=Linear()), BatchNorm(activation=Tanh())])
    twin = Twin(net)
    trained_alike(net, Adam(0.001), torch.optim.Adam(twin.parameters(), lr=0.001), twin)
    twin.eval()
    x = np.random.default_rng(0).normal(0, 1, (5, 36))
    theirs = F.softmax(twin(tensor(x)), dim=1).detach().numpy()
    np.testing.assert_allclose(net.outputs(x), theirs, rtol=1e-5, atol=1e-7)
