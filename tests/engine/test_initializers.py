"""First weights have the variance that their paper asks for."""

import numpy as np
import pytest

from engine import (
    INITIALIZERS,
)

VARIANCES = {
    "Zeros": lambda made, fan_in, fan_out: 0.0,
    "Constant": lambda made, fan_in, fan_out: 0.0,
    "Uniform": lambda made, fan_in, fan_out: made.limit**2 / 3,
    "Normal": lambda made, fan_in, fan_out: made.std**2,
    "Xavier": lambda made, fan_in, fan_out: 2 / (fan_in + fan_out),
    "He": lambda made, fan_in, fan_out: 2 / fan_in,
    "LeCun": lambda made, fan_in, fan_out: 1 / fan_in,
    "Orthogonal": lambda made, fan_in, fan_out: made.gain**2 / max(fan_in, fan_out),
}


@pytest.mark.parametrize("shape", [(300, 500), (700, 200)])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        (name, {"distribution": d})
        for name in ("Xavier", "He", "LeCun")
        for d in ("normal", "uniform")
    ]
    + [(name, {}) for name in INITIALIZERS],
)
def test_first_weights_have_the_variance_that_is_told(
    name: str, settings: dict[str, str], shape: tuple[int, int]
) -> None:
    made = INITIALIZERS[name](**settings)
    w = made.draw(np.random.default_rng(0), shape, *shape)
    variance = VARIANCES[name](made, *shape)
    assert w.shape == shape
    assert np.var(w) == pytest.approx(variance, rel=0.02)
    assert abs(np.mean(w) - getattr(made, "value", 0.0)) <= 5 * np.sqrt(variance / w.size) + 1e-12
    farthest = np.abs(w).max() / np.sqrt(variance) if variance else 0.0
    if name == "Uniform" or getattr(made, "distribution", "normal") == "uniform":
        assert farthest < np.sqrt(3) + 1e-9
    elif variance:
        assert farthest > 3
