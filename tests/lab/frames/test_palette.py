"""The palette: as many shapes as colours, and planes that are paper where nothing is known."""

import numpy as np
import pytest

from lab.frames.palette import MARKERS, PALETTES, PAPERS, SHAPES, STRENGTHS, mix_plane, rgb


@pytest.mark.parametrize("theme", PALETTES)
def test_every_class_has_its_own_colour_shape_and_marker(theme: str) -> None:
    for looks in (PALETTES[theme], SHAPES, MARKERS):
        assert len(set(looks)) == len(looks) == len(PALETTES["light"])


@pytest.mark.parametrize("theme", PALETTES)
def test_the_surer_a_network_the_more_of_its_colour_lies_on_the_paper(theme: str) -> None:
    winner, sure = np.array([[0, 0, 4, 5]], np.uint8), np.array([[0, 255, 255, 255]], np.uint8)
    undecided, orange, other, again = mix_plane(winner, sure, theme)[0]
    paper, colour = np.array(rgb(PAPERS[theme])) / 255, np.array(rgb(PALETTES[theme][0])) / 255
    np.testing.assert_allclose(orange - paper, STRENGTHS[theme] * (colour - paper))
    np.testing.assert_allclose(undecided - paper, 0.14 * (orange - paper))
    np.testing.assert_array_equal(again, orange)
    assert orange[0] > orange[2]  # more red than blue
    assert not np.allclose(other, orange)


@pytest.mark.parametrize("theme", PALETTES)
def test_below_zero_is_orange_and_above_is_blue(theme: str) -> None:
    (red, green, blue), above = map(rgb, PALETTES[theme][:2])
    assert red > green > blue
    assert above[2] > above[1] > above[0]


def test_a_colour_is_read_from_its_six_digits() -> None:
    assert rgb("#0072b2") == (0, 114, 178)
