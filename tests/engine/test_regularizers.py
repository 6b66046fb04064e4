import numpy as np
import pytest

from engine import (
    L1,
    L2,
    MSE,
    Augmentation,
    Dense,
    EarlyStopping,
    GradientClipping,
    Linear,
    MaxNorm,
    Network,
    Normal,
)


def small(std: float = 1.0) -> Network:
    return Network(
        [Dense(6, Linear()), Dense(1, Linear())], 4, MSE(), Normal(std), np.random.default_rng(0)
    )


@pytest.mark.parametrize("kind", [L1, L2])
def test_pulls_act_on_weights_and_leave_biases_alone(kind: type) -> None:
    net = small()
    net.theta[net.is_weight == 0] = 5
    net.gradient[:] = 0
    kind(0.5).change_gradient(net)
    assert not net.gradient[net.is_weight == 0].any()
    w = net.theta[net.is_weight == 1]
    expected = 0.5 * (np.sign(w) if kind is L1 else w)
    np.testing.assert_allclose(net.gradient[net.is_weight == 1], expected, rtol=1e-6)


def test_a_long_gradient_is_shortened_and_a_short_one_left() -> None:
    net = small()
    net.gradient[:] = np.arange(len(net.gradient))
    direction = net.gradient / np.linalg.norm(net.gradient)
    GradientClipping(2.0).change_gradient(net)
    np.testing.assert_allclose(net.gradient, 2 * direction, rtol=1e-6)
    GradientClipping(3.0).change_gradient(net)
    np.testing.assert_allclose(net.gradient, 2 * direction, rtol=1e-6)


def test_no_unit_grows_beyond_the_greatest_length() -> None:
    net = small(3.0)
    before = [w.copy() for w in net.weights]
    MaxNorm(2.0).change_weights(net, 0.1)
    for w, old in zip(net.weights, before, strict=True):
        np.testing.assert_allclose(
            np.linalg.norm(w, axis=0), np.minimum(np.linalg.norm(old, axis=0), 2), rtol=1e-5
        )
        np.testing.assert_allclose(
            w / np.linalg.norm(w, axis=0), old / np.linalg.norm(old, axis=0), rtol=1e-5
        )


def test_early_stopping_waits_and_goes_back_to_the_best() -> None:
    net, waits = small(), EarlyStopping(patience=3)
    for loss in (1.0, 0.5, 0.6, 0.4, 0.5, 0.41):
        net.theta[:] = loss
        assert not waits.enough(net, loss)
    net.theta[:] = 9
    assert waits.enough(net, 0.4)
    assert (net.theta == np.float32(0.4)).all()


def test_augmentation_without_any_movement_changes_nothing() -> None:
    x = np.random.default_rng(0).random((20, 784), dtype=np.float32)
    moved = x.copy()
    Augmentation(0, 0, 0).change_batch(moved, (28, 28), np.random.default_rng(1))
    np.testing.assert_allclose(moved, x, atol=1e-5)


def test_a_shift_moves_the_ink_and_keeps_it() -> None:
    x = np.zeros((500, 784), np.float32)
    x.reshape(-1, 28, 28)[:, 12:16, 12:16] = 1
    Augmentation(3, 0, 0).change_batch(x, (28, 28), np.random.default_rng(1))
    np.testing.assert_allclose(x.sum(axis=1), 16, rtol=1e-4)
    rows, columns = np.mgrid[:28, :28]
    centres = np.array([x @ rows.ravel(), x @ columns.ravel()]) / 16 - 13.5
    assert (np.abs(centres) <= 3.001).all()
    assert (np.abs(centres).max(axis=1) > 2.8).all()


def test_a_turn_keeps_the_middle_and_a_scale_the_shape() -> None:
    x = np.zeros((300, 784), np.float32)
    x.reshape(-1, 28, 28)[:, 4:24, 13:15] = 1
    turned, sized = x.copy(), x.copy()
    Augmentation(0, 30, 0).change_batch(turned, (28, 28), np.random.default_rng(1))
    Augmentation(0, 0, 0.3).change_batch(sized, (28, 28), np.random.default_rng(1))
    assert np.abs(turned.sum(axis=1) - 40).max() < 3
    ink = sized.sum(axis=1)
    assert 0.7**2 * 40 - 3 < ink.min() < 25
    assert 55 < ink.max() < 1.3**2 * 40 + 3
    assert (turned.min(), sized.min()) == (0, 0)
    assert max(turned.max(), sized.max()) <= 1.0001


def test_what_leaves_the_picture_is_gone_and_nothing_comes_in() -> None:
    x = np.ones((200, 784), np.float32)
    Augmentation(8, 45, 0.5).change_batch(x, (28, 28), np.random.default_rng(1))
    assert np.isfinite(x).all()
    assert 0 <= x.min() <= x.max() <= 1.0001
    assert (x.sum(axis=1) < 784).any()


def test_pictures_are_slanted_stretched_and_bent_within_their_limits() -> None:
    line = np.zeros((200, 28, 28), np.float32)
    line[:, 4:24, 13:15] = 1  # upright
    rows = np.arange(28)

    def moved(**how: float) -> np.ndarray:
        x = line.reshape(200, -1).copy()
        Augmentation(0, 0, 0, **how).change_batch(x, (28, 28), np.random.default_rng(1))
        return x.reshape(200, 28, 28)

    def places(x: np.ndarray) -> np.ndarray:
        ink = x[:, 6:22].sum(axis=2)
        return (x[:, 6:22] * rows).sum(axis=2) / np.maximum(ink, 1e-6)

    slopes = np.diff(places(moved(slant=0.4)), axis=1).mean(axis=1)
    assert np.abs(slopes).max() == pytest.approx(0.4, abs=0.03)
    assert slopes.min() < -0.3
    assert slopes.max() > 0.3
    line[:, :, 10:18] = 1  # a bar of eight pixels
    widths = moved(stretch=0.4)[:, 10].sum(axis=1)
    assert widths.min() == pytest.approx(8 * 0.6, abs=0.3)
    assert widths.max() == pytest.approx(8 * 1.4, abs=0.3)
    line[:] = 0
    line[:, 4:24, 13:15] = 1
    bent = places(moved(bend=2.0)) - 13.5
    assert 1.2 < np.abs(bent).max() < 2.2
    assert np.array_equal(moved(), line)
