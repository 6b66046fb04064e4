"""An array class that stands for a graphics card: it refuses to become NumPy's unless asked."""

from typing import Any, ClassVar

import numpy as np

BROUGHT_OVER = {np.asarray}  # the one function that may mix the two kinds of arrays
METHODS = (
    "dot",
    "reshape",
    "take",
    "sum",
    "mean",
    "max",
    "all",
    "argmax",
    "astype",
    "copy",
    "transpose",
    "ravel",
)


class Elsewhere(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that counts its operations, and takes part in none with an array of NumPy's."""

    operations: ClassVar[int] = 0

    def __init__(self, held: np.ndarray) -> None:
        self.held = held

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("silently turned into an array of NumPy's")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return _apply(getattr(ufunc, method), inputs, options)

    def __array_function__(self, function: Any, _: Any, inputs: Any, options: Any) -> Any:
        if function in BROUGHT_OVER:
            return Elsewhere(function(*map(_bare, inputs), **options))
        return _apply(function, inputs, options)

    def __getitem__(self, at: Any) -> Any:
        return _apply(np.ndarray.__getitem__, (self, at), {})

    def __setitem__(self, at: Any, value: Any) -> None:
        _apply(np.ndarray.__setitem__, (self, at, value), {})

    def get(self) -> np.ndarray:
        """As CuPy's arrays: NumPy's, which somebody has asked for."""
        return self.held.copy()

    def __len__(self) -> int:
        return len(self.held)

    def __float__(self) -> float:
        return float(self.held)

    def __bool__(self) -> bool:
        return bool(self.held)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return lambda *a, **k: _apply(getattr(np.ndarray, name), (self, *a), k)
        if name == "T":
            return Elsewhere(self.held.T)
        if name in ("shape", "dtype", "size", "ndim"):
            return getattr(self.held, name)
        raise AttributeError(name)


def _apply(function: Any, inputs: Any, options: Any) -> Any:
    Elsewhere.operations += 1
    result = function(*map(_held, inputs), **{k: _held(v) for k, v in options.items()})
    return Elsewhere(result) if isinstance(result, np.ndarray | np.generic) else result


def _bare(value: Any) -> Any:
    return value.held if isinstance(value, Elsewhere) else value


def _held(value: Any) -> Any:
    if isinstance(value, Elsewhere):
        return value.held
    if isinstance(value, tuple | list):
        return type(value)(map(_held, value))
    if isinstance(value, np.ndarray):
        raise TypeError("an array of NumPy's among those that live elsewhere")
    return value
