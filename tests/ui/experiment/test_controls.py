"""The controls: what is asked for is what is trained, and words are shown as they are written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SGD,
)
from lab.data.menu import IMAGE_SETS, TOY_POINTS
from tests.pages.opening import ROOT, experiment_of, open_page
from ui.sentences import as_written, sentence, unmarked_sentence

pytestmark = pytest.mark.slow


def test_every_toy_dataset_can_be_chosen() -> None:
    at = open_page("playground")
    for name in TOY_POINTS:
        at.selectbox(key="playground:dataset").set_value(name).run()
        assert not at.exception, name
        assert not at.error, name
        assert type(experiment_of(at, "playground").dataset) is TOY_POINTS[name]


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_every_image_set_can_be_chosen(name: str) -> None:
    at = open_page("digits")
    at.selectbox(key="digits:dataset").set_value(name).run()
    assert not at.exception
    assert not at.error
    assert type(experiment_of(at, "digits").dataset) is IMAGE_SETS[name]


@pytest.mark.parametrize(
    ("what", "menu"),
    [("optimizer", OPTIMIZERS), ("initializer", INITIALIZERS), ("schedule", SCHEDULES)],
    ids=["optimizer", "initializer", "schedule"],
)
def test_every_entry_of_the_menus_can_be_chosen(what: str, menu: dict[str, type]) -> None:
    at = open_page("playground")
    for name in menu:
        at.selectbox(key=f"playground:{what}").set_value(name).run()
        assert not at.exception, name
        assert type(getattr(experiment_of(at, "playground"), what)).__name__ == name


def test_every_activation_can_be_chosen_for_one_layer() -> None:
    at = open_page("playground")
    for name in ACTIVATIONS:
        at.selectbox(key="playground:layer:1:Dense:activation").set_value(name).run()
        assert not at.exception, name
        layers = experiment_of(at, "playground").layers
        assert [type(layer.activation).__name__ for layer in layers] == ["Tanh", name]


def test_a_single_neuron_and_six_layers_are_networks() -> None:
    at = open_page("playground")
    at.slider(key="playground:depth").set_value(0).run()
    assert experiment_of(at, "playground").sizes == (2, 3)
    at.slider(key="playground:depth").set_value(6).run()
    assert experiment_of(at, "playground").sizes == (2, 16, 16, 16, 16, 16, 16, 3)


def test_every_layer_can_be_chosen() -> None:
    at = open_page("digits")
    at.selectbox(key="digits:dataset").set_value("digits").run()
    for name, kind in LAYERS.items():
        offered = any(text.startswith(name) for text in at.selectbox(key="digits:layer:0").options)
        assert offered == (not kind.reads_codes)  # no page has letters to choose it for
        if not offered:
            continue
        at.selectbox(key="digits:layer:0").set_value(name).run()
        assert not at.exception, name
        assert not at.error, name
        assert [type(layer).__name__ for layer in experiment_of(at, "digits").layers] == [name]


def test_every_loss_can_be_chosen_with_an_output_that_suits_it() -> None:
    at = open_page("playground")
    for name in LOSSES:
        at.selectbox(key="playground:loss").set_value(name).run()
        assert not at.exception, name
        assert type(experiment_of(at, "playground").loss).__name__ == name


def test_every_regularizer_can_be_switched_on() -> None:
    at = open_page("digits")
    token = at.session_state["digits"].token
    for name in REGULARIZERS:
        at.multiselect(key="digits:regularizers").set_value([name]).run()
        assert not at.exception, name
        assert [type(one).__name__ for one in experiment_of(at, "digits").regularizers] == [name]
        assert at.session_state["digits"].token == token


def test_layers_that_do_not_fit_get_a_sentence() -> None:
    at = open_page("digits")
    at.slider(key="digits:depth").set_value(2).run()
    at.selectbox(key="digits:layer:1").set_value("Conv2D").run()
    assert not at.exception
    assert "Layer 2, Conv2D, needs pictures" in at.error[0].value


def test_too_large_a_network_gets_a_sentence() -> None:
    at = open_page("digits")
    at.slider(key="digits:depth").set_value(4).run()
    for layer in range(4):
        at.number_input(key=f"digits:layer:{layer}:Dense:units").set_value(1024)
    at.run()
    assert not at.exception
    assert "2,000,000" in at.error[0].value


@pytest.mark.parametrize("page", ["playground", "digits"])
def test_an_address_hides_controls_and_what_is_hidden_still_counts(page: str) -> None:
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=30)
    at.query_params["dataset"] = "moons" if page == "playground" else "digits"
    at.query_params["optimizer"] = "SGD(0.07)"
    at.query_params["hide"] = "data,optimizer,learning_rate,train,share,nonsense"
    at.query_params["goal"] = "test loss at most 0.2"
    at.run()
    assert not at.exception
    keys = {
        widget.key
        for widget in (*at.selectbox, *at.button, *at.select_slider, *at.slider, *at.multiselect)
    }
    assert not keys & {
        f"{page}:dataset",
        f"{page}:optimizer",
        f"{page}:optimizer:SGD:learning_rate",
        f"{page}:train",
    }
    assert {f"{page}:schedule", f"{page}:pause"} <= keys
    assert experiment_of(at, page).optimizer == SGD(0.07)
    assert any("“nonsense”" in caption.value for caption in at.caption)
    at.selectbox(key=f"{page}:schedule").set_value("Cosine").run()
    assert experiment_of(at, page).optimizer == SGD(0.07)


def test_input_features_start_the_network_anew_and_one_must_stay() -> None:
    at = open_page("playground")
    token = at.session_state["playground"].token
    pills = at.button_group(key="playground:dataset:Spiral:features")
    pills.set_value(["x", "y", "xTimesY", "sinX"]).run()
    assert not at.exception
    assert experiment_of(at, "playground").dataset.features == "x,y,xTimesY,sinX"
    assert at.session_state["playground"].token != token
    at.button_group(key="playground:dataset:Spiral:features").set_value([]).run()
    assert "needs at least one input feature" in at.error[0].value


def test_no_control_writes_a_number_with_an_exponent() -> None:
    at = open_page("playground")
    at.multiselect(key="playground:regularizers").set_value(["L1", "L2"]).run()
    for optimizer in OPTIMIZERS:
        at.selectbox(key="playground:optimizer").set_value(optimizer).run()
        assert not at.exception
        rates = at.select_slider(key=f"playground:optimizer:{optimizer}:learning_rate")
        assert "0.00001" in rates.options
        for slider in at.select_slider:
            assert not any("e-" in str(option) for option in slider.options), slider.label
        for number in at.number_input:
            assert "e-" not in number.proto.format % number.value, number.label


MARKS = "\\`*_[]<>$~|&#"


@given(
    st.text(
        alphabet=st.one_of(
            st.sampled_from(MARKS + ":@w./ \n"), st.characters(exclude_categories=["Cs"])
        )
    )
)
def test_what_is_escaped_shows_the_same_letters_and_marks_nothing(text: str) -> None:
    shown = as_written(text)
    letters = re.sub(r"\\([\\`*_\[\]<>$~|&#])", r"\1", shown).replace("\u200b", "")
    assert letters == " ".join(text.split()).replace("\u200b", "")
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>$~|&#]", shown)
    assert not re.search(r"[:@](?=[^\s\u200b])|www\.", shown)


def test_a_sentence_begins_large_and_ends_once() -> None:
    assert unmarked_sentence(ValueError("batch_size must be 1..")) == "Batch_size must be 1."
    assert sentence(ValueError("batch_size must be 1.")) == "Batch\\_size must be 1."
