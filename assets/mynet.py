"""mynet.py: a neural network in plain NumPy, which grows with the lessons of Glassbox."""

import gzip
import os
from pathlib import Path

import numpy as np


# --- lesson 1: a neuron with one input ------------------------------------------------------------
def neuron(x, w, b):
    return np.maximum(w * x + b, 0)


# try
x, y = np.array([-1.0, 0.0, 1.0, 2.0]), np.array([0.0, 0.1, 1.0, 2.6])
w, b = 0.5, 0.5
for _ in range(100):
    a = neuron(x, w, b)
    dz = 2 * (a - y) / len(x) * (a > 0)
    w, b = w - 0.1 * np.sum(dz * x), b - 0.1 * np.sum(dz)
print(f"lesson 1: loss {np.mean((neuron(x, w, b) - y) ** 2):.4f}, w {w:.4f}, b {b:.4f}")


# --- lesson 2: many inputs, one dot product -------------------------------------------------------
def weigh(x, w, b):
    return np.dot(x, w) + b


# try
print("lesson 2:", weigh(np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 1.5]), 0.5))


# --- lesson 3: neurons side by side ---------------------------------------------------------------
def sums(x, W, b):
    """x (examples, inputs), W (inputs, neurons), b (neurons,)."""
    return x @ W + b


# try
print("lesson 3:", sums(np.ones((5, 4)), np.ones((4, 3)), np.zeros(3)).shape)


# --- lesson 4: a layer that goes forward and backward ---------------------------------------------
class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return sums(x, self.W, self.b)

    def backward(self, dz):
        self.dW, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.W.T


# try
layer = Dense(np.ones((3, 2)), np.zeros(2))
layer.forward(np.ones((5, 3)))
print("lesson 4:", layer.backward(np.ones((5, 2))).shape, layer.dW.shape)


# --- lesson 5: layers one behind the other, and gradients that fit --------------------------------
class Network:
    def __init__(self, layers):
        self.layers = layers
        self.dense = [layer for layer in layers if isinstance(layer, Dense)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, d):
        for layer in self.layers[::-1]:
            d = layer.backward(d)


def fits(layer):
    return layer.dW.shape == layer.W.shape and layer.db.shape == layer.b.shape


# try
net = Network([Dense(np.ones((3, 4)), np.zeros(4)), Dense(np.ones((4, 2)), np.zeros(2))])
net.backward(net.forward(np.ones((5, 3))))
print("lesson 5: all gradients fit:", all(map(fits, net.dense)))


# --- lesson 6: a bend -----------------------------------------------------------------------------
class ReLU:
    def forward(self, z):
        self.on = z > 0
        return z * self.on

    def backward(self, da):
        return da * self.on


# try
bend = ReLU()
print("lesson 6:", bend.forward(np.array([-1.0, 2.0])), bend.backward(np.array([1.0, 1.0])))


# --- lesson 7: probabilities, and how surprised one is --------------------------------------------
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(z, y):
    """The loss, and its slope for each logit; y are the numbers of the right classes."""
    p, rows = softmax(z), np.arange(len(y))
    loss = -np.mean(np.log(np.maximum(p[rows, y], 1e-30)))
    p[rows, y] -= 1
    return loss, p / len(y)


# try
print("lesson 7: loss", round(cross_entropy(np.array([[2.0, 1.0, -1.0]]), np.array([1]))[0], 4))


# --- lesson 8: luck -------------------------------------------------------------------------------
def nudge(weights, loss, size, rng):
    """A small change by chance, kept if the loss gets smaller."""
    new = [w + rng.normal(0, size, w.shape) for w in weights]
    return new if loss(new) < loss(weights) else weights


# try
rng, weights = np.random.default_rng(0), [np.zeros(2)]
for _ in range(200):
    weights = nudge(weights, lambda w: np.sum((w[0] - [1, 2]) ** 2), 0.1, rng)
print("lesson 8: by luck to", weights[0].round(1))


# --- lesson 9: the loop ---------------------------------------------------------------------------
def train(net, x, y, step, epochs, rng, size=64):
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for rows in np.split(order, range(size, len(x), size)):
            net.backward(cross_entropy(net.forward(x[rows]), y[rows])[1])
            step(net)


def sgd(rate):
    def step(net):
        for layer in net.dense:
            layer.W, layer.b = layer.W - rate * layer.dW, layer.b - rate * layer.db

    return step


# try
rng = np.random.default_rng(0)
x = rng.normal(0, 1, (300, 2))
y = (x[:, 0] * x[:, 1] > 0).astype(int)
layers = [Dense(rng.normal(0, 1, (2, 16)), np.zeros(16)), ReLU()]
net = Network([*layers, Dense(rng.normal(0, 0.3, (16, 2)), np.zeros(2))])
train(net, x, y, sgd(0.3), 40, rng)
print(f"lesson 9: {np.mean(net.forward(x).argmax(axis=1) == y):.1%} of XOR right")


# --- lesson 10: a ball that keeps its speed -------------------------------------------------------
def momentum(rate, keep=0.9):
    speeds = {}

    def step(net):
        for layer in net.dense:
            for name in ("W", "b"):
                slope = getattr(layer, f"d{name}")
                speed = keep * speeds.get((id(layer), name), 0) + slope
                speeds[id(layer), name] = speed
                setattr(layer, name, getattr(layer, name) - rate * speed)

    return step


# try
rng = np.random.default_rng(0)
x = rng.normal(0, 1, (300, 2))
y = (x[:, 0] * x[:, 1] > 0).astype(int)
layers = [Dense(rng.normal(0, 1, (2, 16)), np.zeros(16)), ReLU()]
net = Network([*layers, Dense(rng.normal(0, 0.3, (16, 2)), np.zeros(2))])
train(net, x, y, momentum(0.05), 40, rng)
print(f"lesson 10: {np.mean(net.forward(x).argmax(axis=1) == y):.1%} of XOR right")


# --- lesson 11: first weights ---------------------------------------------------------------------
def he(n, m, rng):
    return Dense(rng.normal(0, np.sqrt(2 / n), (n, m)).astype(np.float32), np.zeros(m, np.float32))


# try
print("lesson 11: spread", he(784, 64, np.random.default_rng(0)).W.std().round(4))


# --- lesson 12: pictures, and what a threshold trades ---------------------------------------------
def mnist(part):
    """Pictures (n, 784) from 0 to 1, and digits (n,); part is "train" or "t10k"."""
    parts = []
    for name, skip in ((f"{part}-images-idx3-ubyte.gz", 16), (f"{part}-labels-idx1-ubyte.gz", 8)):
        places = [Path(name), Path(os.environ.get("GLASSBOX_DATA_DIR", "."), "mnist", name)]
        path = next((place for place in places if place.exists()), None)
        if path is None:
            raise SystemExit(f"Put {name} beside this file: it is one of the four files of MNIST.")
        parts.append(np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=skip))
    return parts[0].reshape(-1, 784).astype(np.float32) / 255, parts[1].astype(int)


def precision_and_recall(said, true):
    hits = np.sum(said & true)
    return hits / max(said.sum(), 1), hits / max(true.sum(), 1)


# try
said, true = np.array([True, True, False, False]), np.array([True, False, True, False])
print("lesson 12: precision and recall", *precision_and_recall(said, true))


# --- lesson 13: how many are right ----------------------------------------------------------------
def accuracy(net, x, y):
    return np.mean(net.forward(x).argmax(axis=1) == y)


# try
x, y = mnist("train")
rng = np.random.default_rng(0)
net = Network([he(784, 10, rng)])
train(net, x[:5000], y[:5000], momentum(0.02), 3, rng)
print(f"lesson 13: one layer reads {accuracy(net, x[5000:6000], y[5000:6000]):.1%} of new digits")


# --- lesson 14: a hidden layer --------------------------------------------------------------------
def build(sizes, rng):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [he(n, m, rng), ReLU()]
    return Network(layers[:-1])


# try
(x, y), rng = mnist("train"), np.random.default_rng(0)
net = build((784, 64, 10), rng)
train(net, x[:50_000], y[:50_000], momentum(0.05), 2, rng)
print(f"lesson 14: {accuracy(net, x[50_000:], y[50_000:]):.2%} of 10,000 digits kept apart")


# --- lesson 15: stop by a validation set ----------------------------------------------------------
def train_until(net, x, y, kept_x, kept_y, step, rng, patience=2, most=10):
    best, waited, kept = np.inf, 0, []
    for _ in range(most):
        train(net, x, y, step, 1, rng)
        loss = cross_entropy(net.forward(kept_x), kept_y)[0]
        if loss < best:
            best, waited, kept = loss, 0, [(layer.W, layer.b) for layer in net.dense]
        elif (waited := waited + 1) == patience:
            break
    for layer, (W, b) in zip(net.dense, kept, strict=True):
        layer.W, layer.b = W, b


# try
(x, y), rng = mnist("train"), np.random.default_rng(0)
net = build((784, 64, 10), rng)
train_until(net, x[:5000], y[:5000], x[50_000:], y[50_000:], momentum(0.05), rng)
print(f"lesson 15: {accuracy(net, x[50_000:], y[50_000:]):.2%} from 5,000 pictures")


# --- lesson 16: pictures moved --------------------------------------------------------------------
def moved(x, most, rng):
    """Each picture moved by up to so many pixels, each way."""
    out = np.zeros_like(x).reshape(-1, 28, 28)
    for new, old, (down, right) in zip(
        out, x.reshape(-1, 28, 28), rng.integers(-most, most + 1, (len(x), 2)), strict=True
    ):
        new[:] = np.roll(old, (down, right), (0, 1))  # the rim is empty
    return out.reshape(-1, 784)


# try
(x, y), rng = mnist("train"), np.random.default_rng(0)
net = build((784, 64, 10), rng)
more = np.vstack([x[:5000], moved(x[:5000], 2, rng), moved(x[:5000], 2, rng)])
train_until(net, more, np.tile(y[:5000], 3), x[50_000:], y[50_000:], momentum(0.05), rng)
print(f"lesson 16: {accuracy(net, x[50_000:], y[50_000:]):.2%} from 5,000 pictures, moved")


# --- lesson 17: saved, loaded, and tested once ----------------------------------------------------
def save(net, path):
    np.savez(path, **{f"{k}{i}": getattr(n, k) for i, n in enumerate(net.dense) for k in "Wb"})


def load(path):
    held = np.load(path)
    layers = [Dense(held[f"W{i}"], held[f"b{i}"]) for i in range(len(held.files) // 2)]
    return Network([part for layer in layers for part in (layer, ReLU())][:-1])


# try
(x, y), rng = mnist("train"), np.random.default_rng(0)
net = build((784, 128, 10), rng)
train_until(net, x[:50_000], y[:50_000], x[50_000:], y[50_000:], momentum(0.05), rng, most=6)
print(f"lesson 17: {accuracy(net, x[50_000:], y[50_000:]):.2%} of the validation set")
save(net, "mynet.npz")
print(f"and, asked once, {accuracy(load('mynet.npz'), *mnist('t10k')):.2%} of the test set")
