from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.data import cache, image_sets
from lab.data.dataset import Data
from lab.data.image_sets import Digits, MNISTBinary, shifted
from lab.data.menu import DATASETS, IMAGE_SETS, TOY_POINTS
from lab.data.own_points import OwnPoints
from lab.data.toy_points import HIGH, LOW, Spiral

OURS = [
    name
    for name, dataset_class in TOY_POINTS.items()
    if not dataset_class.ordered and dataset_class is not OwnPoints
]
OFFICIAL = {"mnist": "mnist", "mnist-binary": "mnist", "fashion-mnist": "fashion-mnist"}


def everything(data: Data) -> tuple[np.ndarray, np.ndarray]:
    return np.vstack([data.train_x, data.test_x]), np.concatenate([data.train_y, data.test_y])


def distinct(rows: np.ndarray) -> int:
    return len({row.tobytes() for row in rows})


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_is_what_it_says_of_itself(name: str) -> None:
    dataset = DATASETS[name](strokes=300) if name == "mnist-strokes" else DATASETS[name]()
    data = dataset.load(0)
    x, y = everything(data)
    assert (data.classes, data.shape) == (dataset.class_names, dataset.input_shape)
    assert len(data.classes) == dataset.class_count
    floats = dataset.dtype
    assert x.dtype == (np.uint8 if dataset.has_pictures else floats)
    assert y.dtype == (floats if dataset.regression else np.int64)
    assert x.shape == (len(y), np.prod(data.shape))
    assert np.isfinite(x).all()
    if dataset.regression:
        assert data.baseline == 0
        assert -1 <= y.min() < -0.5 < 0.5 < y.max() <= 1
        return
    for labels in (data.train_y, data.test_y):
        assert set(labels.tolist()) == set(range(dataset.class_count))
    assert data.baseline == np.mean(data.test_y == np.bincount(data.train_y).argmax())


# --- points ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_toy_points_are_drawn_from_the_seed_and_lie_where_the_page_looks(name: str) -> None:
    dataset = DATASETS[name]()
    data, same, other = dataset.load(3), dataset.load(3), dataset.load(4)
    np.testing.assert_array_equal(everything(data)[0], everything(same)[0])
    np.testing.assert_array_equal(everything(data)[1], everything(same)[1])
    assert not np.array_equal(data.train_x, other.train_x)
    inside = np.mean((everything(data)[0] > LOW) & (everything(data)[0] < HIGH))
    assert inside > 0.99
    assert np.abs(everything(data)[0]).max() < 2


@pytest.mark.parametrize("name", OURS)
@given(points=st.integers(20, 800), share=st.floats(0.1, 0.9), seed=st.integers(0, 2**32 - 1))
def test_toy_points_are_balanced_and_split_as_told(
    name: str, points: int, share: float, seed: int
) -> None:
    dataset = TOY_POINTS[name](points=points, test_share=share)  # type: ignore[call-arg]
    data = dataset.load(seed)
    x, y = everything(data)
    assert (len(x), len(data.test_y)) == (points, round(points * share))
    if not dataset.regression:
        assert np.ptp(np.bincount(y, minlength=dataset.class_count)) <= 1
    assert distinct(x) == points


@pytest.mark.parametrize("name", OURS)
def test_noise_lets_points_stray(name: str) -> None:
    (calm, low), (wild, high) = (
        everything(TOY_POINTS[name](noise=noise).load(0)) for noise in (0.02, 0.5)
    )  # type: ignore[call-arg]
    assert not (np.array_equal(calm, wild) and np.array_equal(low, high))
    assert np.abs(calm).max() < 1.25


@pytest.mark.parametrize("classes", [2, 3, 4, 5])
def test_a_spiral_has_as_many_arms_as_told(classes: int) -> None:
    spiral = Spiral(classes=classes, noise=0.0)
    x, y = everything(spiral.load(0))
    radius = np.linalg.norm(x, axis=1)
    arm = (np.arctan2(x[:, 0], x[:, 1]) / (2 * np.pi) - spiral.turns * radius) * classes
    assert ((np.rint(arm) - y) % classes == 0).all()
    assert spiral.class_names == tuple("ABCDE"[:classes])


# --- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_splits(name: str) -> None:
    data, here = DATASETS[name]().load(0), cache.find(OFFICIAL[name]) is not None
    assert (len(data.train_x), len(data.test_x)) == ((60_000, 10_000) if here else (1437, 360))
    assert (data.train_x.min(), data.train_x.max()) == (0, 255)
    assert bool(data.note) == (not here)
    assert (
        data.source
        == image_sets.source_here(DATASETS[name]())
        == (OFFICIAL[name] if here else image_sets.STAND_IN)
    )


@pytest.mark.parametrize("digit", range(10))
def test_one_digit_against_the_rest(digit: int) -> None:
    whole, data = DATASETS["mnist"]().load(0), MNISTBinary(digit).load(0)
    assert data.classes == (f"not {digit}", str(digit))
    np.testing.assert_array_equal(data.train_y, whole.train_y == digit)
    np.testing.assert_array_equal(data.test_y, whole.test_y == digit)
    assert data.baseline == pytest.approx(1 - np.mean(whole.test_y == digit))


def test_never_saying_zero_is_90_2_percent_right() -> None:
    data = MNISTBinary(0).load(0)
    assert data.baseline == pytest.approx(
        0.9 if data.note else 0.902, abs=1e-9
    )  # 36 of the stand-in's 360 are zeros


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.9])
def test_the_split_of_the_small_digits_is_fair_and_always_the_same(share: float) -> None:
    data, other_seed = Digits(share).load(0), Digits(share).load(1)
    x, y = everything(data)
    assert len(x) == distinct(x) == 1797
    per_class = np.bincount(data.test_y) / np.bincount(y)
    np.testing.assert_allclose(per_class, share, atol=0.5 / 174)
    np.testing.assert_array_equal(data.test_x, other_seed.test_x)


@pytest.fixture
def nothing_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("GLASSBOX_DATA_DIR", raising=False)
    monkeypatch.setattr(cache, "cache_dir", lambda: tmp_path)
    yield
    image_sets._load_once.cache_clear()


@pytest.mark.usefixtures("nothing_downloaded")
@pytest.mark.parametrize("name", OFFICIAL)
def test_small_digits_stand_in_for_what_is_not_here_and_say_so(name: str) -> None:
    dataset = IMAGE_SETS[name]()
    data = dataset.load(0)
    assert "not on this computer yet" in data.note
    assert data.classes == dataset.class_names
    assert data.shape == (28, 28)
    assert len(data.train_y) + len(data.test_y) == distinct(everything(data)[0]) == 1797


@pytest.mark.parametrize("right", [0, 3, -3, 28, -40])
def test_a_shifted_picture_is_the_same_further_right(right: int) -> None:
    picture = np.random.default_rng(0).random((2, 28, 28))
    moved = shifted(picture, right)
    for column in range(28):
        came = column - right
        expected = picture[..., came] if 0 <= came < 28 else np.zeros((2, 28))
        np.testing.assert_array_equal(moved[..., column], expected)
