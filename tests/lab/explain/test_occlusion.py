"""Covering the part that matters costs the winner most, and the most alike are alike."""

import numpy as np
import pytest

from lab.explain import attribution, occlusion
from lab.reading import calibration, predict
from lab.reading.calibration import Calibration, probabilities, sums


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_occlusion_is_what_the_network_says_without_the_patch(name: str) -> None:
    model = predict.open_model(name)
    rows, labels = calibration.draw_held_out()
    row = next(i for i in range(50) if labels[i] == 7)
    pixels, trust = rows[row].reshape(28, 28), Calibration(temperature=1.5)
    fall = occlusion.cover_patches(model, pixels, trust)
    before = probabilities(sums(model, pixels.reshape(1, -1)), 1.5)[0]
    for y, x in ((14, 14), (0, 0), tuple(np.unravel_index(fall.argmax(), fall.shape))):
        covered = pixels.copy()
        covered[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3] = 0
        after = probabilities(sums(model, covered.reshape(1, -1)), 1.5)[0]
        assert fall[y, x] == pytest.approx(before.max() - after[before.argmax()], abs=1e-5)
    assert fall[0, 0] == 0


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_a_training_picture_is_most_like_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occlusion, "SAMPLE", 300)
    model = predict.open_model(name)
    known = occlusion.remember_images(model)
    assert known.activations.shape[0] == len(known.labels) <= 1437
    for row in (0, 57):
        near = occlusion.nearest_images(model, known.pictures[row], known, 5)
        assert near[0][0] == row
        assert near[0][1] == pytest.approx(1, abs=1e-5)
        shares = [share for _, share in near]
        assert shares == sorted(shares, reverse=True)


def test_a_drawing_of_which_nobody_knows_what_it_is_is_explained_too() -> None:
    model = predict.open_model("mlp")
    rows, _ = calibration.draw_held_out()
    explained = attribution.explain_picture(model.network, model.experiment, rows[0])
    assert explained.label == -1
    assert explained.shares.sum() + explained.rest == pytest.approx(explained.total)
