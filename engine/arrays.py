"""Names for the types that stand everywhere in the engine, and how a network reads its inputs.

Most arrays are float32, and float64 where gradients are checked. Pictures may stay bytes until a
batch of them is read: a quarter of the memory, and of what has to be gathered.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Floats = NDArray[np.float64]
Labels = NDArray[np.integer]
Shape = tuple[int, ...]
Rng = np.random.Generator
FLOAT32 = np.dtype(np.float32)
Inputs = Array | NDArray[np.uint8]  # numbers as they are, or the bytes of pictures


def as_numbers(x: Inputs, dtype: np.dtype[Any] = FLOAT32, out: Array | None = None) -> Array:
    """x in `dtype`: bytes, 0 to 255, become numbers from 0 to 1, in `out` where it is given."""
    if x.dtype == np.uint8:
        return np.multiply(x, dtype.type(1 / 255), out=out, dtype=dtype)
    return x.astype(dtype, copy=False)


def as_numpy(array: Any) -> Any:
    """The array in the processor's memory, wherever it lives: CuPy's say `get` for that."""
    return array if isinstance(array, np.ndarray | np.generic) else array.get()
