"""Every page by itself, in Streamlit's own test harness: what is asked for is what is trained."""

import base64
import io
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
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
    Adam,
    Dense,
    Momentum,
)
from lab.data import csv_points
from lab.data.menu import IMAGE_SETS, TOY_POINTS
from lab.reading import fine_tune, picture_file
from lab.runs import model_file
from lab.runs.checkpoint import Checkpoint
from lab.runs.model_file import to_bytes
from lab.runs.presets import presets, recommended
from lab.runs.run import Run
from lab.runs.tf_playground_links import from_tf_playground
from lab.workers.pool import close_shared_pool, shared_pool

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True, scope="module")
def _pool_ends() -> Iterator[None]:
    yield
    close_shared_pool()


def open_page(name: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=30).run()
    assert not at.exception
    return at


def experiment_of(at: AppTest, page: str):
    handle = shared_pool().get(at.session_state[page].token)
    assert handle
    return handle.experiment


def test_the_frame_opens_on_start() -> None:
    at = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=30).run()
    assert not at.exception
    assert at.title[0].value == "See a neural network learn"
    handle = shared_pool().get(at.session_state["start"].token)
    assert handle
    assert handle.training


@pytest.mark.parametrize("name", TOY_POINTS)
def test_every_toy_dataset_can_be_chosen(name: str) -> None:
    at = open_page("playground")
    at.selectbox(key="playground:dataset").set_value(name).run()
    assert not at.exception
    assert not at.error
    assert type(experiment_of(at, "playground").dataset) is TOY_POINTS[name]


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_every_image_set_can_be_chosen(name: str) -> None:
    at = open_page("digits")
    at.selectbox(key="digits:dataset").set_value(name).run()
    assert not at.exception
    assert not at.error
    assert type(experiment_of(at, "digits").dataset) is IMAGE_SETS[name]


@pytest.mark.parametrize(
    ("what", "name"),
    [("optimizer", n) for n in OPTIMIZERS]
    + [("initializer", n) for n in INITIALIZERS]
    + [("schedule", n) for n in SCHEDULES],
)
def test_every_entry_of_the_menus_can_be_chosen(what: str, name: str) -> None:
    at = open_page("playground")
    at.selectbox(key=f"playground:{what}").set_value(name).run()
    assert not at.exception
    assert type(getattr(experiment_of(at, "playground"), what)).__name__ == name


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_can_be_chosen_for_one_layer(name: str) -> None:
    at = open_page("playground")
    at.selectbox(key="playground:layer:1:Dense:activation").set_value(name).run()
    assert not at.exception
    layers = experiment_of(at, "playground").layers
    assert [type(layer.activation).__name__ for layer in layers] == ["Tanh", name]


def test_a_single_neuron_and_six_layers_are_networks() -> None:
    at = open_page("playground")
    at.slider(key="playground:depth").set_value(0).run()
    assert experiment_of(at, "playground").sizes == (2, 3)
    at.slider(key="playground:depth").set_value(6).run()
    assert experiment_of(at, "playground").sizes == (2, 16, 16, 16, 16, 16, 16, 3)


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_can_be_chosen(name: str) -> None:
    at = open_page("digits")
    at.selectbox(key="digits:layer:0").set_value(name).run()
    assert not at.exception
    assert not at.error
    assert [type(layer).__name__ for layer in experiment_of(at, "digits").layers] == [name]


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_can_be_chosen_with_an_output_that_suits_it(name: str) -> None:
    at = open_page("playground")
    at.selectbox(key="playground:loss").set_value(name).run()
    assert not at.exception
    assert type(experiment_of(at, "playground").loss).__name__ == name


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_regularizer_can_be_switched_on(name: str) -> None:
    at = open_page("digits")
    token = at.session_state["digits"].token
    at.multiselect(key="digits:regularizers").set_value([name]).run()
    assert not at.exception
    assert [type(one).__name__ for one in experiment_of(at, "digits").regularizers] == [name]
    assert at.session_state["digits"].token == token


def test_the_address_says_the_experiment_and_sets_every_control() -> None:
    at = open_page("playground")
    at.selectbox(key="playground:dataset").set_value("moons").run()
    at.selectbox(key="playground:optimizer").set_value("SGD").run()
    again = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    for name, values in at.query_params.items():
        if name != "run":
            again.query_params[name] = values
    again.run()
    assert not again.exception
    assert again.session_state["playground"].token != at.session_state["playground"].token
    assert experiment_of(again, "playground") == experiment_of(at, "playground")
    assert again.selectbox(key="playground:optimizer").value == "SGD"


def test_an_address_that_cannot_be_read_gets_a_sentence() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["dataset"] = "Warp(9)"
    at.run()
    assert not at.exception
    assert "The address cannot be read. Dataset must be one of" in at.warning[0].value
    assert shared_pool().get(at.session_state["playground"].token)


def test_a_link_of_tensorflow_playground_sets_every_control() -> None:
    at = open_page("playground")
    link = "https://playground.tensorflow.org/#seed=0.5&dataset=xor&networkShape=3&activation=sigmoid&learningRate=0.3"
    at.text_input(key="playground:link").set_value(
        link + "&xTimesY=true&discretize=true&hideText=true&noise_hide=true"
    ).run()
    assert not at.exception
    assert not at.error
    experiment = experiment_of(at, "playground")
    expected, _ = from_tf_playground(link + "&xTimesY=true")
    assert experiment.changed(epochs=200) == expected
    assert any("hideText=true" in caption.value for caption in at.caption)
    assert at.query_params["show"] == "network,discrete"
    assert at.query_params["hide"] == "noise"
    assert not any(one.key == "playground:dataset:TFPlayground:noise" for one in at.number_input)
    token = at.session_state["playground"].token
    at.text_input(key="playground:link").set_value("#learningRate=fast").run()
    assert "earningRate in the link must be a number, not 'fast'." in at.error[0].value
    assert at.session_state["playground"].token == token


def saved(name: str, **how: bool) -> tuple[str, bytes, str]:
    run = Run(recommended(name).changed(optimizer=Momentum(0.03), epochs=7))
    run.work(1e9, steps=25)
    return (
        "../../evil<b>.png",
        to_bytes(run, **how),
        "text/html",
    )  # what it is called does not matter


def test_a_saved_run_is_opened_and_goes_on() -> None:
    at = open_page("playground")
    token = at.session_state["playground"].token
    at.file_uploader(key="playground:saved").set_value(saved("moons")).run()
    assert not at.exception
    assert not at.error
    assert at.session_state["playground"].token != token
    experiment = experiment_of(at, "playground")
    assert (at.selectbox(key="playground:optimizer").value, experiment.optimizer) == (
        "Momentum",
        Momentum(0.03),
    )
    record = shared_pool().record(at.session_state["playground"].token)
    assert len(record["history"]) == 3  # 25 steps of 7 an epoch


def test_the_largest_files_that_are_saved_here_can_be_opened_again() -> None:
    config = tomllib.loads(
        (Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    )
    most = config["server"]["maxUploadSize"] * 2**20  # as Streamlit counts
    limits = [
        model_file.MAX_BYTES,
        picture_file.MAX_BYTES,
        fine_tune.MOST_BYTES,
        csv_points.MOST_BYTES,
    ]
    assert most >= max(limits)
    run = Run(
        recommended("digits").changed(layers=(Dense(800), Dense(600)), optimizer=Adam(), epochs=1)
    )
    run.work(1e9, steps=1)
    content = to_bytes(run)
    assert run.experiment.parameters > 437_000
    assert 5 * 2**20 < len(content) < model_file.MAX_BYTES
    at = open_page("digits")
    at.selectbox(key="digits:dataset").set_value("digits").run()
    token = at.session_state["digits"].token
    uploader = at.file_uploader(key="digits:saved")
    assert uploader.proto.max_upload_size_mb * 2**20 >= model_file.MAX_BYTES
    uploader.set_value(("big.safetensors", content, "")).run()
    assert not at.exception
    assert not at.error
    assert at.session_state["digits"].token != token
    news, token = threading.Event(), at.session_state["digits"].token
    assert shared_pool().watch(token, news.set)
    while (answer := shared_pool().model(token)) is None:  # it is still being read
        assert shared_pool().get(token)
        news.wait(0.1)
    opened = model_file.from_bytes(answer)
    assert opened.network.theta.tobytes() == run.network.theta.tobytes()
    assert opened.memory.keys() == Checkpoint.of(run).to_file()[1].keys()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("a.safetensors", b"nonsense", ""), "only safetensors files are opened"),
        (saved("moons", weights_only=True), "only weights"),
        (saved("digits"), "other page"),
    ],
)
def test_a_file_that_is_no_saved_run_gets_a_sentence_and_nothing_is_lost(
    file: tuple, said: str
) -> None:
    at = open_page("playground")
    token = at.session_state["playground"].token
    at.file_uploader(key="playground:saved").set_value(file).run()
    assert not at.exception
    assert said in at.error[0].value
    assert "still here" in at.error[0].value
    assert at.session_state["playground"].token == token
    at.file_uploader(key="playground:saved").set_value([]).run()
    assert not at.error


def test_layers_that_do_not_fit_get_a_sentence() -> None:
    at = open_page("digits")
    at.slider(key="digits:depth").set_value(2).run()
    at.selectbox(key="digits:layer:1").set_value("Conv2D").run()
    assert not at.exception
    assert "Layer 2, Conv2D, needs pictures" in at.error[0].value


def test_the_learning_rate_goes_on_and_another_seed_begins_anew() -> None:
    at = open_page("playground")
    token = at.session_state["playground"].token
    at.select_slider(key="playground:optimizer:Adam:learning_rate").set_value(0.03).run()
    assert at.session_state["playground"].token == token
    assert experiment_of(at, "playground").optimizer.learning_rate == 0.03
    at.number_input(key="playground:seed").set_value(7).run()
    assert at.session_state["playground"].token != token


def test_the_address_finds_a_run_and_sets_the_controls() -> None:
    at = open_page("playground")
    at.selectbox(key="playground:dataset").set_value("moons").run()
    again = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    again.query_params["run"] = at.session_state["playground"].token
    again.run()
    assert again.session_state["playground"].token == at.session_state["playground"].token
    assert again.selectbox(key="playground:dataset").value == "moons"


def test_an_address_of_a_run_that_is_gone_opens_a_new_one() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["run"] = "<script>nobody"
    at.run()
    assert not at.exception
    assert shared_pool().get(at.session_state["playground"].token)


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_trained_as_it_says(name: str) -> None:
    at = open_page("digits")
    at.selectbox(key="digits:preset").set_value(name).run()
    assert not at.exception
    assert experiment_of(at, "digits") == presets()[name]
    assert at.selectbox(key="digits:preset").value == name


def test_a_changed_preset_is_ones_own() -> None:
    at = open_page("digits")
    at.number_input(key="digits:seed").set_value(3).run()
    assert at.selectbox(key="digits:preset").value == "Your own mixture"


def test_too_large_a_network_gets_a_sentence() -> None:
    at = open_page("digits")
    at.slider(key="digits:depth").set_value(4).run()
    for layer in range(4):
        at.number_input(key=f"digits:layer:{layer}:Dense:units").set_value(1024)
    at.run()
    assert not at.exception
    assert "2,000,000" in at.error[0].value


def drawn_seven() -> dict[str, object]:
    image = Image.new("RGBA", (320, 320), "white")
    ImageDraw.Draw(image).line(
        [(80, 60), (240, 60), (150, 270)], fill="black", width=24, joint="curve"
    )
    out = io.BytesIO()
    image.save(out, "PNG")
    url = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    return {"drawing": {"raw": {"objects": [{}]}, "data": url}}


def test_an_empty_canvas_says_what_to_do_and_a_drawing_is_named() -> None:
    at = open_page("draw")
    assert any("Write a digit" in html.value for html in at.get("html"))
    at.session_state["canvas"] = drawn_seven()
    at.run()
    assert not at.exception
    assert any('data-answer="7"' in html.value for html in at.get("html"))


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


def test_a_goal_that_cannot_be_read_is_said() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["goal"] = "be good"
    at.run()
    assert not at.exception
    assert "The goal in the address cannot be read. A goal looks like" in at.warning[0].value


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


def test_a_table_of_points_is_pasted_and_a_bad_one_leaves_them_there() -> None:
    at = open_page("playground")
    at.button(key="playground:own:change").click().run()
    assert type(experiment_of(at, "playground").dataset).__name__ == "OwnPoints"
    at.text_area(key="playground:own:pasted").set_value(
        "x;y;class\n0,5;0,5;cat\n-0,5;0;dog\n0;1;cat\n1;0;dog"
    ).run()
    assert not at.exception
    assert any("A is cat, B is dog" in caption.value for caption in at.caption)
    dataset = experiment_of(at, "playground").dataset
    at.text_area(key="playground:own:pasted").set_value("0,0,A\n0,what,B").run()
    assert at.error[0].value.startswith("Row 2: 'what' is not a number.")
    assert not any("A is cat, B is dog" in caption.value for caption in at.caption)
    assert experiment_of(at, "playground").dataset == dataset
    at.text_area(key="playground:own:pasted").set_value("").run()
    assert not at.error
    at.file_uploader(key="playground:own:file").set_value(
        [("a.csv", b"\x00\x01", "text/csv")]
    ).run()
    assert "still there" in at.error[0].value
    assert experiment_of(at, "playground").dataset == dataset
    at.file_uploader(key="playground:own:file").set_value([]).run()
    assert not at.error
    assert experiment_of(at, "playground").dataset == dataset


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_no_control_writes_a_number_with_an_exponent(optimizer: str) -> None:
    at = open_page("playground")
    at.selectbox(key="playground:optimizer").set_value(optimizer).run()
    at.multiselect(key="playground:regularizers").set_value(["L1", "L2"]).run()
    assert not at.exception
    assert (
        "0.00001" in at.select_slider(key=f"playground:optimizer:{optimizer}:learning_rate").options
    )
    for slider in at.select_slider:
        assert not any("e-" in str(option) for option in slider.options), slider.label
    for number in at.number_input:
        assert "e-" not in number.proto.format % number.value, number.label


@pytest.mark.parametrize("unwatched", [True, False])
def test_only_a_run_that_nobody_looked_at_is_said_to_have_ended(unwatched: bool) -> None:
    pool = shared_pool()
    token = pool.start(recommended("moons"), page="playground")
    pool.drop(token, unwatched=unwatched)
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["run"] = token
    at.run()
    assert not at.exception
    assert [toast.value[:25] for toast in at.toast] == ["The run that was here has"] * unwatched
    assert at.session_state["playground"].token != token


def test_a_pin_that_is_taken_off_twice_is_taken_off_once() -> None:
    at = open_page("playground")
    at.button(key="playground:compare:pin").click().run()
    at.session_state[
        "playground:compare:pins"
    ].clear()  # the first press, before the page was drawn again
    at.button(key="playground:compare:off:0").click().run()
    assert not at.exception
    assert not any(button.key == "playground:compare:off:0" for button in at.button)
