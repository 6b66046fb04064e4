"""Every kind of layer: its derivative, in every position it can stand in, and the plain way of
writing it.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    ACTIVATIONS,
    GRU,
    LAYERS,
    REGULARIZERS,
    Attention,
    AvgPool2D,
    BatchNorm,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    He,
    Layer,
    LayerNorm,
    Linear,
    MaxPool2D,
    Network,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from engine.gradient_check import exact_gradient, numeric_gradient, numeric_slope, relative_error

NETWORKS: dict[str, list[Layer]] = {
    "Dense": [Dense(5, Tanh()), Dense(4, Sigmoid())],
    "Conv2D": [Conv2D(3, 3, activation=Tanh()), Conv2D(2, 2, activation=Sigmoid()), Flatten()],
    "Conv2D with stride and padding": [Conv2D(3, 3, 2, 2, Tanh()), Conv2D(2, 2, 3, 1, Tanh())],
    "Conv2D whose windows leave gaps": [Conv2D(2, 2, 1, 0, Tanh()), Conv2D(2, 1, 3, 0, Tanh())],
    "MaxPool2D": [
        Conv2D(3, 3, 1, 1, ReLU()),
        MaxPool2D(2),
        Conv2D(2, 2, activation=Tanh()),
        MaxPool2D(2),
    ],
    "AvgPool2D": [AvgPool2D(2), Conv2D(2, 2, activation=Tanh()), AvgPool2D(2), Flatten()],
    "Flatten": [Conv2D(2, 3, activation=Tanh()), Flatten(), Dense(4, Tanh())],
    "Dropout": [Conv2D(2, 3, activation=Tanh()), Dropout(0.4), Dense(6, Tanh()), Dropout(0.5)],
    "BatchNorm": [Dense(4, Linear()), BatchNorm(activation=Tanh()), Dense(4, Tanh()), BatchNorm()],
    "BatchNorm of maps": [
        Conv2D(3, 3, activation=Linear()),
        BatchNorm(activation=ReLU()),
        MaxPool2D(3),
    ],
    "LayerNorm": [Dense(5, Linear()), LayerNorm(activation=Tanh())],
    "LayerNorm of maps": [Conv2D(2, 3, activation=Linear()), LayerNorm(activation=Tanh())],
    "GRU": [GRU(4)],
    "GRU over maps": [Conv2D(2, 3, activation=Tanh()), GRU(3), Dense(4, Tanh())],
    "Embedding": [Embedding(3, 2), Dense(4, Tanh())],
    "Embedding, GRU": [Embedding(4, 2), GRU(3)],
    "Attention": [Attention(3), Dense(4, Tanh())],
    "Attention on attention": [Embedding(4, 3), Attention(3), Attention(2, "last")],
    "Attention over maps": [Conv2D(2, 3, activation=Tanh()), Attention(3, "last")],
}


def network(hidden: list[Layer], seed: int = 1, outputs: int = 3) -> Network:
    rng = np.random.default_rng(seed)
    made = Network(
        [*hidden, Dense(outputs, Softmax())],
        (7, 7),
        CategoricalCrossEntropy(),
        He(),
        rng,
        np.float64,
    )
    made.theta += rng.normal(0, 0.1, len(made.theta))
    return made


def batch(net: Network, rows: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    return rng.normal(0, 1, (rows, 49)), net.targets(rng.integers(0, 3, rows))


def test_every_layer_is_checked_below() -> None:
    assert {type(layer).__name__ for layers in NETWORKS.values() for layer in layers} == set(LAYERS)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_derivative_of_a_whole_network(name: str) -> None:
    net = network(NETWORKS[name])
    x, y = batch(net)
    exact, limit = exact_gradient(net, x, y), 1e-4 if "GRU" in name else 1e-6
    assert relative_error(exact, numeric_gradient(net, x, y)) < limit
    rng = np.random.default_rng(3)
    for _ in range(5):
        direction = rng.normal(0, 1, len(exact))
        direction /= np.linalg.norm(direction)
        assert numeric_slope(net, x, y, direction) == pytest.approx(
            float(exact @ direction), rel=limit, abs=1e-9
        )


@pytest.mark.parametrize("name", REGULARIZERS)
def test_the_derivative_of_every_penalty(name: str) -> None:
    net, regularizer = (
        network([Conv2D(2, 3, activation=Tanh()), Dense(4, Tanh())]),
        REGULARIZERS[name](),
    )
    x, y = batch(net)
    if (
        regularizer.penalty(net) == 0
    ):  # works without one: on the batch, the gradient, the weights or at the end
        return
    penalised = exact_gradient(net, x, y, regularizer)
    assert relative_error(penalised, numeric_gradient(net, x, y, regularizer)) < 1e-6
    assert not np.allclose(penalised, exact_gradient(net, x, y))


@pytest.mark.parametrize("kind", ACTIVATIONS.values(), ids=list(ACTIVATIONS))
@pytest.mark.parametrize(
    "behind", [Conv2D(2, 3), BatchNorm(), LayerNorm()], ids=lambda layer: type(layer).__name__
)
def test_every_activation_behind_every_layer_that_has_one(kind: type, behind: Layer) -> None:
    if kind is Softmax and not isinstance(behind, Conv2D):
        return  # its gradient there is checked behind dense layers
    net = network([Conv2D(2, 3, activation=Linear()), behind.changed(activation=kind())])
    x, y = batch(net)
    assert relative_error(exact_gradient(net, x, y), numeric_gradient(net, x, y)) < 1e-6


@given(
    st.integers(5, 9),
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(1, 4),
)
def test_convolution_is_the_sum_at_every_place(
    size: int, maps: int, kernel: int, stride: int, padding: int, filters: int, rows: int
) -> None:
    first, layer = (
        Conv2D(maps, 1, activation=Linear()),
        Conv2D(filters, kernel, stride, padding, Linear()),
    )
    rng = np.random.default_rng(0)
    net = Network(
        [first, layer, Dense(2, Softmax())],
        (size, size),
        CategoricalCrossEntropy(),
        He(),
        rng,
        np.float64,
    )
    x = rng.normal(0, 1, (rows, size * size))
    inside = np.einsum("nij,c->nicj", x.reshape(rows, size, size), net.names["1.W"].ravel())
    places = (size + 2 * padding - kernel) // stride + 1
    framed = np.pad(inside, ((0, 0), (padding, padding), (0, 0), (padding, padding)))
    w, expected = net.names["2.W"], np.empty((rows, places, filters, places))
    for i in range(places):
        for j in range(places):
            window = framed[
                :, i * stride : i * stride + kernel, :, j * stride : j * stride + kernel
            ]
            expected[:, i, :, j] = np.einsum("nucv,uvcf->nf", window, w)
    caches = [layer.cache(rows, False) for layer in net.layers]
    a = net.layers[1].forward(net.layers[0].forward(x, caches[0]), caches[1])
    assert net.shapes[2] == (places, filters, places)
    np.testing.assert_allclose(a, expected.reshape(rows, -1), rtol=1e-9, atol=1e-9)


def test_pooling_takes_the_largest_or_the_mean_and_leaves_an_odd_edge() -> None:
    x = np.arange(25.0).reshape(1, 25)
    for layer, expected in ((MaxPool2D(2), [[6, 8], [16, 18]]), (AvgPool2D(2), [[3, 5], [13, 15]])):
        layer.bind((5, 5), np.dtype(float), {})
        cache = layer.cache(1, True)
        np.testing.assert_array_equal(layer.forward(x, cache).reshape(2, 2), expected)
        dx = layer.backward(np.ones((1, 4)), cache).reshape(5, 5)
        assert dx.sum() == 4
        assert not dx[4].any()
        assert not dx[:, 4].any()


def test_of_equal_pixels_only_the_first_gets_the_blame() -> None:
    layer = MaxPool2D(2)
    layer.bind((2, 2), np.dtype(float), {})
    cache = layer.cache(1, True)
    layer.forward(np.ones((1, 4)), cache)
    np.testing.assert_array_equal(layer.backward(np.full((1, 1), 3.0), cache), [[3, 0, 0, 0]])


def test_dropout_keeps_the_mean_and_predicting_uses_every_unit() -> None:
    layer, rng = Dropout(0.3), np.random.default_rng(0)
    layer.bind((1000,), np.dtype(np.float32), {})
    x = np.ones((50, 1000), np.float32)
    a = layer.forward(x, layer.cache(50, True), rng)
    assert set(np.unique(a).round(5)) == {0, np.float32(1 / 0.7).round(5)}
    assert np.mean(a == 0) == pytest.approx(0.3, abs=0.01)
    assert a.mean() == pytest.approx(1, abs=0.02)
    np.testing.assert_array_equal(layer.forward(x, layer.cache(50, False), rng), x)


def test_batch_norm_normalises_the_batch_and_predicts_with_running_means() -> None:
    net = network([Dense(6, Linear()), BatchNorm(momentum=0.2)])
    rng = np.random.default_rng(0)
    x = rng.normal(3, 2, (500, 49))
    y = net.targets(rng.integers(0, 3, 500))
    for _ in range(60):
        net.gradients(x, y)
    sums = x @ net.names["1.W"] + net.names["1.b"]
    np.testing.assert_allclose(net.names["2.mean"], sums.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(net.names["2.var"], sums.var(axis=0, ddof=1), rtol=1e-4)
    assert len(net.buffers) == 12
    one_by_one = np.vstack([net.outputs(row[None]) for row in x[:20]])
    np.testing.assert_allclose(one_by_one, net.outputs(x[:20]), rtol=1e-9)


def test_layer_norm_looks_at_one_example_at_a_time() -> None:
    net = network([Dense(6, Linear()), LayerNorm()])
    x, _ = batch(net)
    np.testing.assert_allclose(net.outputs(x)[2], net.outputs(x[2:3])[0], rtol=1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_any_number_of_rows_gives_what_each_would_give_alone(name: str) -> None:
    net = network(NETWORKS[name])
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (70, 49))
    net.chunk = 32
    alone = np.vstack([net.outputs(row[None]) for row in x[:40]])
    np.testing.assert_allclose(net.outputs(x)[:40], alone, rtol=1e-7)


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_can_be_used_again_and_float32_agrees_with_float64(name: str) -> None:
    hidden = [layer for layer in NETWORKS[name] if not isinstance(layer, Dropout)]
    exact = network(hidden)
    rng = np.random.default_rng(0)
    quick = Network([*hidden, Dense(3, Softmax())], (7, 7), CategoricalCrossEntropy(), He(), rng)
    quick.theta[:] = exact.theta
    x, y = batch(exact)
    exact.gradients(x, y)
    quick.gradients(x.astype(np.float32), y.astype(np.float32))
    assert quick.gradient.dtype == np.float32
    np.testing.assert_allclose(quick.gradient, exact.gradient, rtol=1e-3, atol=1e-5)
