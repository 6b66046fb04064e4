"""Ink is darker than the paper on both of its sides; a shadow is not, however hard its edge."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lab.reading.shade import darkness


def paper(shadow: float = 1.0, ink: object = (20, 20, 25), seed: int = 0) -> np.ndarray:
    """A stroke across paper of which the lower right is in a shadow."""
    image = Image.new("RGB", (320, 240), (230, 226, 215))
    ImageDraw.Draw(image).line([(60, 200), (250, 40)], fill=ink, width=9)
    y, x = np.mgrid[:240, :320]
    light = np.where(x - 0.7 * y > 60, shadow, 1.0)[..., None]
    grain = np.random.default_rng(seed).normal(0, 3, (240, 320, 1))
    return np.clip(np.asarray(image) * light + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shadow", [1.0, 0.6, 0.35])
@pytest.mark.parametrize("ink", [(20, 20, 25), (40, 60, 160), (190, 40, 40), (120, 120, 125)])
def test_a_hard_shadow_is_no_ink_and_ink_is_as_dark_within_it(shadow: float, ink: object) -> None:
    dark = darkness(paper(shadow, ink))
    stroke = np.asarray(paper(1.0, ink)[..., :3], float).min(axis=2) < 170
    inside, outside = dark[stroke], dark[~stroke]
    assert np.quantile(outside, 0.98) < 0.1
    assert np.median(inside) > 0.35
    lit, shaded = dark[160:190, 70:110].max(), dark[45:80, 210:240].max()
    assert shaded == pytest.approx(lit, abs=0.12)


def test_even_paper_is_not_dark_anywhere_and_any_size_will_do() -> None:
    assert darkness(np.full((50, 60, 3), 200, np.uint8)).max() == 0
    assert darkness(np.zeros((1, 1, 3), np.uint8)).shape == (1, 1)
