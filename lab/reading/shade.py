"""Tells ink from light on a photograph: how much darker each pixel is than the paper around it.

Paper is what is left of a picture when all that is thinner than a pen may be is filled in (a
morphological closing: Serra, 1982). A shadow has paper on one side of its edge and more shadow on
the other, so it is left as it is, however hard its edge; a stroke has paper on both sides.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lab.reading.brightness import Grey

FINE = 0.7  # pixels over which a picture is smoothed, which its grain needs
STRONGEST = 0.003  # of the pixels: which colours ink takes away is asked of so many


def darkness(colour: NDArray[np.uint8], widest: float = 0.16) -> Grey:
    """Return the share of the paper's light that is missing at each pixel, (height, width), of a
    picture (height, width, 3): 0 is paper, 1 would be black. What is grain is taken off.
    """
    height, width, _ = colour.shape
    size = max(3, round(widest * min(height, width)))
    missing = np.empty(colour.shape, np.float32)
    for channel in range(3):
        light = ndimage.gaussian_filter(colour[..., channel].astype(np.float32), FINE) + 4
        missing[..., channel] = 1 - light / ndimage.grey_closing(
            light, (size, size), mode="nearest"
        )
    total = missing.mean(axis=2)
    count = max(1, round(STRONGEST * total.size))
    strongest = np.argpartition(total.ravel(), -count)[-count:]
    weight = missing.reshape(-1, 3)[strongest].mean(axis=0) + np.float32(1e-6)
    dark = missing @ (weight / weight.sum())
    middle = float(np.median(dark))
    grain = middle + 2 * float(np.median(np.abs(dark - middle)))
    return np.clip((dark - grain) / (1 - grain), 0, 1).astype(np.float32)
