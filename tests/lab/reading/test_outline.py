"""A sheet is found on a table by its edges, in light and shadow, and laid flat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lab.reading.outline import UNIT, Place, find_outlines, flatten, perspective

WOOD, PAPER = (120, 82, 50), (236, 234, 226)
CORNERS = np.array([[0.2, 0.15], [0.78, 0.2], [0.85, 0.8], [0.12, 0.86]])


def table(corners: np.ndarray, size: tuple[int, int] = (480, 360), seed: int = 0) -> np.ndarray:
    """A sheet on a table with grain, (height, width, 3)."""
    image = Image.new("RGB", size, WOOD)
    ImageDraw.Draw(image).polygon([tuple(p) for p in corners * size], fill=PAPER)
    grain = np.random.default_rng(seed).normal(0, 6, (size[1], size[0], 1))
    return np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)


def distance(found: np.ndarray, corners: np.ndarray) -> float:
    return float(np.abs(found - corners).max())


def test_a_sheet_is_found_on_a_table() -> None:
    (outline,) = find_outlines(table(CORNERS))
    assert distance(outline.corners, CORNERS) < 0.025
    assert outline.edges == 4


@pytest.mark.parametrize("slope", [-1.0, 0.3, 2.0])
@pytest.mark.parametrize("left", [0.35, 0.6])
def test_a_shadow_across_sheet_and_table_is_no_edge(slope: float, left: float) -> None:
    picture = table(CORNERS)
    height, width, _ = picture.shape
    y, x = np.mgrid[:height, :width]
    dark = y - 0.5 * height > slope * (x - left * width)
    (outline,) = find_outlines(np.where(dark[..., None], picture * 0.45, picture).astype(np.uint8))
    assert distance(outline.corners, CORNERS) < 0.03


def test_a_sheet_that_goes_on_beyond_the_picture_ends_at_its_frame() -> None:
    corners = np.array([[0.3, -0.4], [1.6, -0.4], [1.6, 1.5], [0.25, 1.5]])
    (outline,) = find_outlines(table(corners))
    assert outline.edges == 1
    assert distance(outline.corners, np.array([[0.291, 0], [1, 0], [1, 1], [0.263, 1]])) < 0.03


def test_where_no_edge_is_in_sight_there_is_no_outline() -> None:
    paper = np.random.default_rng(0).normal(230, 4, (300, 400, 3)).clip(0, 255).astype(np.uint8)
    assert find_outlines(paper) == []
    assert find_outlines(paper[:3]) == []
    lamp = paper * np.linspace(1, 0.4, 400)[None, :, None]
    assert find_outlines(lamp.astype(np.uint8)) == []


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_any_picture_has_sheets_or_none(height: int, width: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    for outline in find_outlines(noise, 3):
        assert outline.corners.shape == (4, 2)
        assert np.isfinite(outline.corners).all()
        assert 1 <= outline.edges <= 4


def test_what_lies_flat_is_where_it_was_on_the_photograph() -> None:
    picture = Image.fromarray(table(CORNERS))
    middle = np.array([[0.5, 0.5], [0.25, 0.75]])
    place = Place(CORNERS)
    x, y = (place.on_photograph(middle)[1] * picture.size).astype(int).tolist()
    picture.putpixel((x, y), (255, 0, 0))
    picture.paste((255, 0, 0), (x - 3, y - 3, x + 4, y + 4))
    flat = flatten(picture, CORNERS)
    pixels = np.asarray(flat)
    red = np.argwhere((pixels[..., 0] > 200) & (pixels[..., 1] < 60)).mean(axis=0)
    assert red / (flat.height, flat.width) == pytest.approx((0.75, 0.25), abs=0.02)
    np.testing.assert_allclose(place.on_photograph(UNIT), CORNERS, atol=1e-9)


@pytest.mark.parametrize("turns", range(4))
def test_a_place_on_a_turned_sheet_is_brought_back(turns: int) -> None:
    sheet = np.zeros((40, 60))
    sheet[8, 45] = 1
    turned = np.rot90(sheet, turns)
    ((row, column),) = np.argwhere(turned)
    at = np.array([[(column + 0.5) / turned.shape[1], (row + 0.5) / turned.shape[0]]])
    back = Place(UNIT, turns).on_photograph(at)
    np.testing.assert_allclose(back, [[45.5 / 60, 8.5 / 40]])


def test_a_perspective_brings_four_points_to_four_others() -> None:
    a, b, c, d, e, f, g, h = perspective(CORNERS, UNIT)
    for (x, y), corner in zip(UNIT, CORNERS, strict=True):
        depth = g * x + h * y + 1
        np.testing.assert_allclose(
            [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth], corner
        )
