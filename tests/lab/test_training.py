import json
import struct

import numpy as np
import pytest

from engine import MSE, SGD, Adam, Dense, Linear, ReLU
from lab.datasets import DATASETS, IMAGE_SETS, TOY_POINTS
from lab.experiment import Experiment, recommended
from lab.image_sets import Digits, MNISTBinary
from lab.painting import GRID, frame, waiting_frame
from lab.toy_points import Spiral
from lab.training import DIVERGED, FINISHED, READY, Run


def rows(run: Run) -> list[tuple[float, ...]]:
    return [(r.epoch, r.train_loss, r.train_accuracy, r.test_loss, r.test_accuracy) for r in run.history]


def finished(experiment: Experiment, thin: bool = True) -> Run:
    run = Run(experiment, thin=thin)
    while run.status == READY:
        run.work(1.0)
    return run


def header(picture: bytes) -> dict[str, object]:
    (length,) = struct.unpack("<I", picture[:4])
    assert (4 + length) % 4 == 0
    return dict(json.loads(picture[4 : 4 + length]))


@pytest.mark.parametrize(
    "experiment", [recommended("spiral").changed(epochs=20), recommended("digits").changed(epochs=4)]
)
def test_the_same_experiment_gives_the_same_history_however_it_is_driven(experiment: Experiment) -> None:
    at_once, in_pieces = finished(experiment), Run(experiment)
    in_pieces.step_batch()
    in_pieces.step_epoch()
    frame(in_pieces, "paused", "", 0.0)
    in_pieces.step_batch()
    while in_pieces.status == READY:
        in_pieces.work(0.0003)
        in_pieces.work(1.0, steps=3)
        frame(in_pieces, "running", "", 1.0)
    assert rows(at_once) == rows(in_pieces)
    assert at_once.network.theta.tobytes() == in_pieces.network.theta.tobytes()
    assert len(at_once.history) == experiment.epochs


def test_steps_and_epochs_are_exactly_that() -> None:
    run = Run(recommended("spiral"))
    run.step_batch()
    assert run.position.step == 1
    run.step_epoch()
    assert (run.position.step, len(run.history)) == (10, 1)
    run.step_epoch()
    assert (run.position.step, len(run.history)) == (20, 2)
    for _ in range(10):
        run.step_batch()
    assert (run.position.step, len(run.history)) == (30, 3)


def test_the_learning_rate_goes_on_from_where_it_is() -> None:
    one = recommended("spiral")
    run = Run(one)
    run.step_epoch()
    theta = run.network.theta.copy()
    run.change(one.changed(optimizer=Adam(0.0)))
    run.step_epoch()
    np.testing.assert_array_equal(run.network.theta, theta)
    assert run.record()["changes"][0]["optimizer"]["learning_rate"] == 0.0
    with pytest.raises(ValueError, match="only epochs"):
        run.change(one.changed(seed=9))


def test_a_finished_run_can_be_given_more_epochs() -> None:
    short = recommended("spiral").changed(epochs=3)
    run = finished(short)
    assert run.status == FINISHED
    run.change(short.changed(epochs=5))
    while run.status == READY:
        run.work(1.0)
    assert [row.epoch for row in run.history] == [1, 2, 3, 4, 5]
    assert rows(run) == rows(finished(short.changed(epochs=5)))


def test_divergence_is_told_in_words_and_never_as_nan() -> None:
    layers = (Dense(16, ReLU()), Dense(16, ReLU()))
    wild = recommended("moons").changed(optimizer=SGD(100.0), layers=layers, loss=MSE(), output=Linear())
    run = finished(wild)
    assert run.status == DIVERGED
    assert "learning rate" in run.message
    assert header(frame(run, run.status, run.message, 0.0))["status"] == "diverged"
    json.dumps(run.record(), allow_nan=False)


def test_a_long_history_is_thinned_to_rows_of_the_full_one() -> None:
    long = Experiment(dataset=Spiral(points=20), layers=(), batch_size=1000, epochs=4300)
    thin, full = finished(long), finished(long, thin=False)
    assert len(full.history) == 4300
    assert len(thin.history) <= 2001
    assert set(rows(thin)) <= set(rows(full))


@pytest.mark.parametrize("name", TOY_POINTS)
def test_a_frame_is_what_its_description_says(name: str) -> None:
    run = Run(recommended(name))
    run.step_epoch()
    picture = frame(run, "running", "", 12.0)
    head = header(picture)
    (length,) = struct.unpack("<I", picture[:4])
    assert len(picture) == 4 + length + 5 * 4 * head["curve"] + 2 * GRID * GRID  # type: ignore[operator]
    winner = np.frombuffer(picture[-2 * GRID * GRID : -GRID * GRID], np.uint8)
    assert winner.max() < run.experiment.dataset.class_count
    assert head["step"] == run.position.step


def test_a_frame_of_pictures_has_a_confusion_matrix_and_a_waiting_one_has_all_keys() -> None:
    run = Run(recommended("digits"))
    first = header(frame(run, "running", "", 0.0))
    assert first["confusion"] is None
    run.step_epoch()
    head = header(frame(run, "running", "", 0.0))
    assert np.sum(head["confusion"]) == len(run.data.test_y)  # type: ignore[arg-type]
    assert set(header(waiting_frame("loading", ""))) == set(head)


@pytest.mark.parametrize("name", TOY_POINTS)
def test_toy_points_are_drawn_from_the_seed(name: str) -> None:
    dataset = DATASETS[name]()
    data, same, other = dataset.load(3), dataset.load(3), dataset.load(4)
    np.testing.assert_array_equal(data.train_x, same.train_x)
    assert not np.array_equal(data.train_x, other.train_x)
    assert len(data.train_x) + len(data.test_x) == dataset.points  # type: ignore[attr-defined]
    assert len(data.test_x) == dataset.points // 2  # type: ignore[attr-defined]
    everything = np.concatenate([data.train_y, data.test_y])
    assert np.ptp(np.bincount(everything)) <= 1
    assert np.abs(np.vstack([data.train_x, data.test_x])).max() < 2
    assert data.classes == dataset.class_names


@pytest.mark.parametrize("classes", [2, 3, 4, 5])
def test_spirals_of_two_to_five_arms_are_learned(classes: int) -> None:
    run = finished(recommended(Spiral(classes=classes, noise=0.1)).changed(epochs=300))
    assert max(row.test_accuracy for row in run.history) > 0.97


def test_small_digits_reach_96_percent_with_one_hidden_layer_and_their_split_is_fair() -> None:
    run = finished(recommended("digits"))
    assert run.history[-1].test_accuracy >= 0.96
    data = Digits().load(0)
    assert len(data.test_y) == pytest.approx(1797 / 5, abs=5)
    assert np.ptp(np.bincount(data.test_y)) <= 3


@pytest.mark.parametrize("name", [n for n in IMAGE_SETS if n != "digits"])
def test_official_splits(name: str, image_set: str) -> None:
    data = DATASETS[name]().load(0)
    assert (len(data.train_x), len(data.test_x)) == (60_000, 10_000)
    assert data.train_x.min() == 0
    assert data.train_x.max() == 1
    assert not data.note


@pytest.fixture
def image_set(name: str) -> str:
    from lab import download

    if download.find(IMAGE_SETS[name].name) is None:
        pytest.skip(f"{name} is not on this machine: set GLASSBOX_DATA_DIR to a directory that has it")
    return name


@pytest.mark.parametrize("name", ["mnist-binary"])
def test_one_against_the_rest(name: str, image_set: str) -> None:
    assert MNISTBinary().load(0).baseline == pytest.approx(0.902)
    for digit in (1, 9):
        data = MNISTBinary(digit).load(0)
        assert data.classes == (f"not {digit}", str(digit))
        assert 0.88 < data.baseline < 0.92
    for preset in (recommended("mnist-binary"), recommended("mnist-binary", loss=MSE())):
        run = finished(preset)
        assert run.history[-1].test_accuracy > 0.99
