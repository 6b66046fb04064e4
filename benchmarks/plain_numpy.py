"""The engine beside plain NumPy, written the obvious way.

It computes in float64, with one-hot targets and a fresh array for every result; it shuffles all
60,000 pictures before every epoch, and then cuts them into batches.
"""

from collections.abc import Iterator

import numpy as np

from benchmarks.contenders import Row, dense_layers, ours, race, random_pictures, row, stepping
from engine import SGD, Adam, Momentum


def plain() -> list[Row]:
    """784-64-10 beside the same network written the obvious way."""
    x, labels = random_pictures(60_000)
    rows = []
    for name, optimizer in (
        ("SGD", SGD(0.01)),
        ("Momentum", Momentum(0.01)),
        ("Adam", Adam(0.001)),
    ):
        contenders = {
            "ours": ours(dense_layers((784, 64, 10)), x, labels, optimizer, 64),
            "plain": stepping(obvious(x, labels, name)),
        }
        took = race(contenders, rounds=5, epoch=938)
        rows.append(
            row(
                f"784-64-10, batch 64, {name}, 60,000 pictures",
                "NumPy the obvious way",
                f"{64 / took['ours']:,.0f} /s",
                f"{64 / took['plain']:,.0f} /s",
                took["plain"] / took["ours"],
                "4",
            )
        )
    return rows


def obvious(pictures: np.ndarray, labels: np.ndarray, optimizer: str) -> Iterator[None]:
    """As one writes it first: formula after formula, and the loss of every batch to look at."""
    rng = np.random.default_rng(0)
    x = pictures.astype(np.float64)
    p = {
        "W1": rng.normal(0, 0.05, (784, 64)),
        "b1": np.zeros((1, 64)),
        "W2": rng.normal(0, 0.1, (64, 10)),
        "b2": np.zeros((1, 10)),
    }
    m = {name: np.zeros_like(value) for name, value in p.items()}
    s = {name: np.zeros_like(value) for name, value in p.items()}
    losses: list[float] = []
    t = 0
    while True:
        order = rng.permutation(len(x))
        shuffled, one_hot = x[order], np.eye(10)[labels[order]]
        for start in range(0, len(x), 64):
            xb, yb = shuffled[start : start + 64], one_hot[start : start + 64]
            z1 = xb @ p["W1"] + p["b1"]
            a1 = np.maximum(0, z1)
            z2 = a1 @ p["W2"] + p["b2"]
            e = np.exp(z2 - np.max(z2, axis=1, keepdims=True))
            a2 = e / np.sum(e, axis=1, keepdims=True)
            log_likelihood = np.sum(yb * np.log(np.clip(a2, 1e-7, 1 - 1e-7)), axis=1)
            losses = [*losses[-9:], -np.mean(log_likelihood)]
            dz2 = (a2 - yb) / len(xb)
            dz1 = (dz2 @ p["W2"].T) * (z1 > 0)
            g = {
                "W1": xb.T @ dz1,
                "b1": np.sum(dz1, axis=0, keepdims=True),
                "W2": a1.T @ dz2,
                "b2": np.sum(dz2, axis=0, keepdims=True),
            }
            t += 1
            for name in p:
                if optimizer == "SGD":
                    p[name] = p[name] - 0.01 * g[name]
                elif optimizer == "Momentum":
                    m[name] = 0.9 * m[name] + g[name]
                    p[name] = p[name] - 0.01 * m[name]
                else:
                    m[name] = 0.9 * m[name] + 0.1 * g[name]
                    s[name] = 0.999 * s[name] + 0.001 * g[name] ** 2
                    m_hat, s_hat = m[name] / (1 - 0.9**t), s[name] / (1 - 0.999**t)
                    p[name] = p[name] - 0.001 * m_hat / (np.sqrt(s_hat) + 1e-8)
            yield
