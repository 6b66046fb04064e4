"""Names for the types that stand everywhere in the engine.

Most arrays are float32, and float64 where gradients are checked.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Floats = NDArray[np.float64]
Labels = NDArray[np.integer]
Shape = tuple[int, ...]
Rng = np.random.Generator
