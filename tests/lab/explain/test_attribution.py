"""What is told of a network's inside is so: shares add up, maps are those of the layers, and
nothing is disturbed.
"""

import numpy as np
import pytest

from engine import Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Softmax, Tanh
from lab.explain.attribution import explain_test_picture, first_layer
from lab.runs.presets import presets, recommended
from lab.runs.run import Run

DIGITS = recommended("digits")


@pytest.mark.parametrize("name", presets())
def test_every_preset_can_be_looked_into(name: str) -> None:
    experiment = presets()[name]
    if experiment.dataset.drawn_digits:
        experiment = experiment.changed(
            dataset=experiment.dataset.changed(strokes=50)
        )  # all of them take their time
    run = Run(experiment)
    explained = explain_test_picture(run, 7)
    shape = run.data.shape
    assert explained.picture.shape == explained.shares.shape == shape
    assert explained.probabilities.sum() == pytest.approx(1)
    assert explained.layers[-1].values.shape == (run.experiment.output_units,)
    assert explained.shares.sum() + explained.rest == pytest.approx(explained.total)
    kind = "filters" if "convolutional" in name else "" if "recurrent" in name else "units"
    assert explained.first_kind == kind
    if kind == "units":
        assert explained.first.shape[1:] == shape


def test_without_hidden_layers_a_share_is_weight_times_ink() -> None:
    run = Run(DIGITS.changed(layers=()))
    run.work(1e9, steps=200)
    explained = explain_test_picture(run, 3)
    w = run.network.names["1.W"][:, explained.answer].reshape(8, 8)
    assert np.allclose(explained.shares, w * explained.picture, atol=1e-6)
    assert explained.rest == pytest.approx(
        float(run.network.names["1.b"][explained.answer]), abs=1e-5
    )
    assert np.array_equal(explained.first[explained.answer], w)


def test_shares_of_a_relu_network_and_its_biases_add_up_exactly() -> None:
    run = Run(DIGITS.changed(layers=(Dense(20, ReLU()), Dropout(0.3), Dense(12, ReLU()))))
    run.work(1e9, steps=300)
    explained = explain_test_picture(run, 11)
    # straight pieces: the path that is on, as one matrix, and what its biases add
    names = {name: view.astype(np.float64) for name, view in run.network.names.items()}
    x = explained.picture.ravel()
    first = x @ names["1.W"] + names["1.b"]
    second = np.maximum(first, 0) @ names["3.W"] + names["3.b"]
    through = names["1.W"] * (first > 0) @ (names["3.W"] * (second > 0)) @ names["4.W"]
    assert np.allclose(explained.shares.ravel(), x * through[:, explained.answer], atol=1e-6)
    total = np.maximum(second, 0) @ names["4.W"] + names["4.b"]
    assert explained.total == pytest.approx(total[explained.answer])
    assert explained.strongest[0][1] == pytest.approx(
        max(np.maximum(second, 0) * names["4.W"][:, explained.answer], key=abs)
    )


def test_maps_are_what_a_plain_sum_at_every_place_gives() -> None:
    run = Run(DIGITS.changed(layers=(Conv2D(3, 3), MaxPool2D(2), Flatten(), Dense(5, Tanh()))))
    run.work(1e9, steps=20)
    explained = explain_test_picture(run, 2)
    w, b = run.network.names["1.W"], run.network.names["1.b"]
    plain = [
        [
            [
                max(
                    0.0,
                    float((explained.picture[i : i + 3, j : j + 3] * w[:, :, 0, f]).sum() + b[f]),
                )
                for j in range(6)
            ]
            for i in range(6)
        ]
        for f in range(3)
    ]
    assert [said.maps for said in explained.layers] == [True, True, False, False]
    assert np.allclose(explained.layers[0].values, plain, atol=1e-5)
    assert np.allclose(
        explained.layers[1].values,
        np.array(plain).reshape(3, 3, 2, 3, 2).max(axis=(2, 4)),
        atol=1e-5,
    )
    assert np.allclose(first_layer(run.network)[0], np.moveaxis(w[:, :, 0], -1, 0))


def test_a_run_that_is_looked_into_goes_on_as_if_it_had_not_been() -> None:
    experiment = DIGITS.changed(layers=(Dense(9, ReLU()), Dropout(0.2), Dense(5, Softmax())))
    looked, left = Run(experiment), Run(experiment)
    for number in range(10):
        looked.work(1e9, steps=5)
        explain_test_picture(looked, number)
    left.work(1e9, steps=50)
    assert np.array_equal(looked.network.theta, left.network.theta)


def test_of_a_lone_unit_that_says_no_the_shares_are_those_of_no() -> None:
    run = Run(recommended("mnist-binary"))
    index = int(np.flatnonzero(run.data.test_y == 0)[0])
    run.network.names["1.b"][:] = -20
    explained = explain_test_picture(run, index)
    assert explained.answer == 0
    assert explained.total > 0
