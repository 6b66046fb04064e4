"""Attention: each place of a sequence looks back, and learns from which places to take what.

A memory (recurrent.py) has to carry everything along; attention finds it where it stands.
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.activations import Softmax
from engine.arrays import Array, Rng, Shape
from engine.layer import Cache, Layer, Parameter
from engine.settings import option, setting


@dataclass
class Attention(Layer):
    """Every place asks a question, and takes most from those places before it whose key fits it.

    With a row of x for each place (Vaswani and others, "Attention is all you need", 2017; a single
    head, and none looks ahead):

        q = x Q,  k = x K,  v = x V            what it asks, what it offers, what it has to say
        p = softmax(q kᵀ / √units)             over itself and the places before it
        a = p v

    Q, K and V are (inputs, units).
    """

    reads_pictures = True
    units: int = setting(32, 1, 1024, "How many numbers each place hands on")
    asking: str = option(
        "all", ("all", "last"), "Which places ask: all, or only the last, as one line goes on there"
    )

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) == 1:
            problem = "what comes in is a single row: put it first, or behind an Embedding"
            raise ValueError(f"looks from place to place, and {problem}")
        return (shape[0] if self.asking == "all" else 1, self.units)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        self.output_shape(shape)
        m, n = math.prod(shape[1:]), self.units
        return {name: Parameter((m, n), m, n) for name in "QKV"}

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        """x (rows, time·inputs) → (rows, asking·units), with the weights p in `cache.p`."""
        t, m, n = self.shape[0], math.prod(self.shape[1:]), self.units
        asking = self.output_shape(self.shape)[0]
        cache.x = x.reshape(-1, m)  # (rows·time, inputs)
        q, cache.k, cache.v = (
            np.dot(cache.x, W).reshape(-1, t, n) for W in (self.Q, self.K, self.V)
        )
        cache.q = q[:, t - asking :]
        scores = cache.q @ cache.k.transpose(0, 2, 1) / math.sqrt(n)  # (rows, asking, time)
        past = np.tril(np.ones((t, t), bool, like=self.like))[t - asking :]
        scores = np.where(past, scores, -np.inf).reshape(-1, t)
        cache.p = Softmax().forward(scores, np.empty_like(scores))
        return (cache.p.reshape(-1, asking, t) @ cache.v).reshape(len(x), -1)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """dv = pᵀ da,  dp = da vᵀ,  ds = dp through softmax, /√units,  dq = ds k,  dk = dsᵀ q."""
        (_, t, n), asking = cache.v.shape, cache.q.shape[1]
        da, p = da.reshape(-1, asking, n), cache.p.reshape(-1, asking, t)
        dp = (da @ cache.v.transpose(0, 2, 1)).reshape(-1, t)
        ds = Softmax().backward(dp, dp, cache.p).reshape(p.shape) / math.sqrt(n)
        dq = np.zeros_like(cache.k)
        dq[:, t - asking :] = ds @ cache.k
        through = (dq, self.Q, self.dQ), (ds.transpose(0, 2, 1) @ cache.q, self.K, self.dK)
        dx = np.zeros_like(cache.x)
        for d, W, dW in (*through, (p.transpose(0, 2, 1) @ da, self.V, self.dV)):
            d = d.reshape(-1, n)
            np.dot(cache.x.T, d, out=dW)
            dx += np.dot(d, W.T)
        return dx.reshape(len(da), -1)
