"""Drawn digits look like MNIST's in size and place, are the same for the same seed, and differ from
one another.
"""

import tracemalloc

import numpy as np
import pytest

from lab.data.image_sets import MNIST, MNISTAndStrokes, _load_once, _load_with_drawn
from lab.data.strokes import WAYS, draw_digits


def test_every_digit_is_drawn_within_mnists_frame() -> None:
    pictures, digits = draw_digits(600, 3)
    assert set(digits.tolist()) == set(WAYS) == set(range(10))
    rows, columns = np.mgrid[:28, :28]
    for picture in pictures.astype(float):
        assert picture.max() > 200
        mass = picture.sum()
        assert (picture * rows).sum() / mass == pytest.approx(14, abs=3)
        assert (picture * columns).sum() / mass == pytest.approx(14, abs=3)
        ink = np.argwhere(picture > 60)
        assert 15 <= np.ptp(ink, axis=0).max() + 1 <= 23
    assert len({picture.tobytes() for picture in pictures}) == 600


def test_the_same_seed_draws_the_same() -> None:
    (pictures, labels), (redrawn, redrawn_labels) = (
        draw_digits(50, 1),
        draw_digits.__wrapped__(50, 1),
    )
    assert np.array_equal(pictures, redrawn)
    assert np.array_equal(labels, redrawn_labels)
    assert not np.array_equal(pictures, draw_digits(50, 2)[0])


def test_they_are_added_to_what_is_learned_from_and_not_to_the_test() -> None:
    plain, more = MNIST().load(0), MNISTAndStrokes(strokes=100).load(0)
    assert len(more.train_y) == len(plain.train_y) + 100
    assert np.array_equal(more.train_x[: len(plain.train_y)], plain.train_x)
    assert np.array_equal(more.test_x, plain.test_x)


def test_what_was_drawn_is_shared_and_takes_hardly_more_memory_than_mnist(mnist: None) -> None:
    MNISTAndStrokes(strokes=60).load(0)  # drawn, and kept in a file that processes share
    most = []
    for dataset in (MNIST(), MNISTAndStrokes(strokes=60)):
        _load_once.cache_clear()
        _load_with_drawn.cache_clear()
        tracemalloc.start()
        data = dataset.load(0)
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert data.train_x.dtype == np.uint8
    assert most[1] - most[0] < 30_000_000
