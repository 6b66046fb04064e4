from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks.pen_digits import WIDTHS, prepared
from lab.data import image_files
from lab.data.image_sets import Digits
from lab.reading import predict, preprocess
from lab.runs import model_file
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model, ModelError
from lab.runs.presets import recommended
from lab.runs.run import Run


def untrained(experiment: Experiment) -> Model:
    return Model(experiment.network(), experiment, experiment.dataset.class_names, {})


@pytest.fixture
def seven() -> np.ndarray:
    image = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(image).line([(30, 25), (90, 25), (55, 100)], fill=0, width=10, joint="curve")
    return preprocess.to_28x28(image).pixels


@pytest.mark.parametrize(("name", "least"), [("mlp", 0.985), ("CNN", 0.992)])
def test_the_networks_that_ship_are_small_and_good_and_read(
    name: str, least: float, seven: np.ndarray
) -> None:
    model = predict.open_model(name)
    assert model.figures["test_accuracy"] >= least
    assert predict.SHIPPED[name.lower()].stat().st_size < 2**20
    answer = predict.read_digit(model, seven)
    assert answer.label == "7"
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert list(answer.probabilities) == list("0123456789")
    assert max(answer.probabilities, key=answer.probabilities.__getitem__) == answer.label


def test_a_network_of_small_digits_sees_8x8_pixels_and_reads_too(seven: np.ndarray) -> None:
    run = Run(recommended(Digits()))
    while run.status == "ready":
        run.work(1.0)
    model = Model(run.network, run.experiment, run.data.classes, {})
    seen = predict.resize_for(model, seven)
    assert seen.shape == (8, 8)
    assert 0 <= seen.min() <= seen.max() <= 1
    assert predict.read_digit(model, seven).label == "7"


def test_a_picture_of_28x28_is_seen_as_it_is(seven: np.ndarray) -> None:
    assert predict.resize_for(untrained(recommended("mnist")), seven) is seven


def test_one_digit_against_the_rest_answers_in_words(seven: np.ndarray) -> None:
    answer = predict.read_digit(untrained(recommended("mnist-binary")), seven)
    assert list(answer.probabilities) == ["not 0", "0"]
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_a_model_of_points_reads_no_pictures(seven: np.ndarray) -> None:
    with pytest.raises(ModelError, match="points of a plane"):
        predict.read_digit(untrained(recommended("moons")), seven)


def test_a_model_is_opened_by_its_path(tmp_path: Path) -> None:
    experiment, path = recommended("digits"), tmp_path / "mine.safetensors"
    path.write_bytes(model_file.to_bytes(Run(experiment)))
    assert predict.open_model(str(path)).experiment == experiment
    with pytest.raises(ModelError, match="cannot be opened"):
        predict.open_model("MLPP")


@pytest.mark.parametrize(("name", "least"), [("mlp", 0.92), ("cnn", 0.95)])
def test_they_read_the_small_digits_which_neither_has_learned_from(name: str, least: float) -> None:
    model, small = predict.open_model(name), image_files.fallback_mnist()
    rows = small.test_x.reshape(-1, 784).astype(np.float32) / np.float32(255)
    assert np.mean(model.network.decide(model.network.outputs(rows)) == small.test_y) >= least


@pytest.mark.xdist_group("pen digits")
@pytest.mark.parametrize(("name", "least"), [("mlp", 0.76), ("cnn", 0.79)])
def test_they_read_the_hands_of_people_whom_they_have_never_seen(
    name: str, least: float, pen_digits: Path
) -> None:
    model = predict.open_model(name)
    for width in WIDTHS:
        x, y = prepared(pen_digits, width, 120)
        assert np.mean(model.network.decide(model.network.outputs(x)) == y) >= least
