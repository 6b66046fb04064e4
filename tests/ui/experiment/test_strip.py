"""The strip and the data beside it: short ways to settings, and the way back."""

import base64

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import L1, L2, Dense, ReLU, Sigmoid, Tanh
from lab.data.menu import TOY_POINTS
from lab.runs.experiment import Experiment
from tests.pages.opening import ROOT, check_defaults, experiment_of, open_page
from ui.board.thumbnails import COUNT, points_of

pytestmark = pytest.mark.slow


def now(at: AppTest) -> Experiment:
    assert not at.exception
    assert not at.error
    check_defaults(at)
    experiment: Experiment = experiment_of(at, "playground")
    return experiment


def choose(at: AppTest, what: str, entry: str) -> Experiment:
    at.selectbox(key=f"playground:{what}").set_value(entry).run()
    return now(at)


def press(at: AppTest, what: str) -> Experiment:
    at.button(key=f"playground:{what}").click().run()
    return now(at)


def test_one_menu_sets_the_activation_of_all_layers() -> None:
    at = open_page("playground")
    assert choose(at, "all_activations", "ReLU").layers == (Dense(6, ReLU()), Dense(4, ReLU()))
    choose(at, "layer:1:Dense:activation", "Tanh")
    assert at.selectbox(key="playground:all_activations").value == "mixed"
    assert choose(at, "all_activations", "mixed").layers == (Dense(6, ReLU()), Dense(4, Tanh()))
    choose(at, "all_activations", "Sigmoid")
    assert [type(layer.activation) for layer in now(at).layers] == [Sigmoid, Sigmoid]
    at.slider(key="playground:depth").set_value(0).run()
    assert at.selectbox(key="playground:all_activations").disabled
    assert now(at).layers == ()


def test_one_menu_sets_the_regularizer_and_knows_of_several() -> None:
    at = open_page("playground")
    assert choose(at, "one_regularizer", "L2").regularizers == (L2(),)
    at.select_slider(key="playground:regularizers:L2:strength").set_value(0.1).run()
    assert now(at).regularizers == (L2(0.1),)
    at.multiselect(key="playground:regularizers").set_value(["L1", "L2"]).run()
    assert now(at).regularizers == (L1(), L2(0.1))
    assert at.selectbox(key="playground:one_regularizer").value == "several"
    assert choose(at, "one_regularizer", "several").regularizers == (L1(), L2(0.1))
    assert choose(at, "one_regularizer", "None").regularizers == ()


def test_the_problem_brings_a_set_of_its_kind_with_a_loss_that_suits_it() -> None:
    at = open_page("playground")
    regression = choose(at, "problem", "Regression")
    assert (type(regression.dataset).__name__, type(regression.loss).__name__) == ("Plane", "MSE")
    back = choose(at, "problem", "Classification")
    assert (back.dataset, back.loss) == (Experiment().dataset, Experiment().loss)
    choose(at, "dataset", "tf-playground")
    assert choose(at, "problem", "Regression").dataset.data == "reg-plane"
    at.selectbox(key="playground:dataset:TFPlayground:data").set_value("reg-gauss").run()
    assert at.selectbox(key="playground:problem").value == "Regression"
    assert choose(at, "problem", "Classification").dataset.data == "circle"


def test_new_weights_keep_the_points_and_new_points_keep_the_weights() -> None:
    at = open_page("playground")
    first = now(at)
    weighed = press(at, "new_weights")
    assert weighed == first.changed(seed=1, data_seed=0)
    assert at.query_params["data_seed"] == "0"
    pointed = press(at, "new_points")
    assert pointed == first.changed(seed=1)
    assert "data_seed" not in at.query_params
    assert press(at, "new_points") == first.changed(seed=1, data_seed=2)
    again = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    for name, value in at.query_params.items():
        if name != "run":
            again.query_params[name] = value
    assert now(again.run()).changed(epochs=1) == now(at).changed(epochs=1)


def test_where_the_browser_goes_back_the_controls_go_along() -> None:
    at = open_page("playground")
    address = dict(at.query_params)
    choose(at, "one_regularizer", "L2")
    press(at, "new_weights")
    for name in list(at.query_params):
        del at.query_params[name]
    for name, value in address.items():
        at.query_params[name] = value
    at.query_params["back"] = "1"
    at.run()
    assert now(at) == Experiment(
        layers=(Dense(6, Tanh()), Dense(4, Tanh())),
        epochs=now(at).epochs,
        optimizer=now(at).optimizer,
    )
    assert at.selectbox(key="playground:one_regularizer").value == "None"
    assert "back" not in at.query_params
    at.query_params["back"] = "1"
    at.query_params["layers"] = "Dense(nonsense)"
    at.run()
    assert now(at).layers == (Dense(6, Tanh()), Dense(4, Tanh()))
    assert at.query_params["layers"] == address["layers"]


@pytest.mark.parametrize("name", TOY_POINTS)
def test_a_thumbnail_has_the_points_where_they_are(name: str) -> None:
    dataset = TOY_POINTS[name]()
    data = dataset.load(0)
    rows = np.frombuffer(base64.b64decode(points_of(dataset, data)), np.int8).reshape(-1, 3)
    assert data.places is not None
    near = dataset.low + (rows[:, :2].astype(float) + 127) / 254 * (dataset.high - dataset.low)
    expected = data.places[0][:COUNT].clip(dataset.low, dataset.high)
    np.testing.assert_allclose(near, expected, atol=(dataset.high - dataset.low) / 250)
    if dataset.regression:
        np.testing.assert_allclose(rows[:, 2] / 127, data.train_y[:COUNT], atol=0.01)
    else:
        np.testing.assert_array_equal(rows[:, 2], data.train_y[:COUNT])


def test_what_an_address_hides_is_in_no_strip() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["hide"] = "activation,regularizers,problem,new_weights,new_points,noise"
    at.run()
    now(at)
    keys = {widget.key for kind in ("selectbox", "slider", "button") for widget in at.get(kind)}
    hidden = {"all_activations", "one_regularizer", "problem", "new_weights", "new_points"}
    assert not keys & {f"playground:{name}" for name in hidden}
    assert "playground:dataset:Spiral:noise" not in keys
