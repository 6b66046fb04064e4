"""What the lesson lets one do, and what it says: no more than the engine computes."""

import re

import numpy as np
import pytest

from engine import He, ReLU, Sigmoid, Xavier
from lab.runs.run import Run
from tests.pages.learn.lesson_page import check_listing, page_of, printed, told, train

pytestmark = pytest.mark.slow


def test_a_hidden_layer_reads_more_digits_and_its_parameters_are_counted(visit) -> None:
    at = visit("hidden_layer")
    assert printed(at, "128 ReLU:")[0] == 784 * 128 + 128 + 128 * 10 + 10
    at.select_slider(key="l14.relu").set_value(32).run()
    at.select_slider(key="l14.sigmoid").set_value(16).run()
    assert printed(at, "16 sigmoid:")[0] == 784 * 16 + 16 + 16 * 10 + 10
    train(at, "l14.run")
    check_listing(at)
    right = {
        name: float(share)
        for name, share in re.findall(r"</i>([^<]+)<br>[^<]*<b>([\d.]+)%", page_of(at))
    }
    assert right["32 ReLU"] > right["no hidden layer"] > 85
    at.number_input(key="l14.number").set_value(9).run()
    assert not at.exception
    check_listing(at)


def test_the_two_hidden_layers_differ_in_what_the_lesson_names(visit) -> None:
    at = visit("hidden_layer")
    first, second, _ = at.session_state["l14.run"].wanted.values()
    assert (first.layers[0].units, type(first.layers[0].activation)) == (128, ReLU)
    assert (second.layers[0].units, type(second.layers[0].activation)) == (64, Sigmoid)
    assert (type(first.initializer), type(second.initializer)) == (He, Xavier)
    assert first.changed(layers=(), initializer=Xavier()) == second.changed(layers=())
    assert any("Three things differ" in said.value for said in at.markdown)


def test_momentum_is_hardly_more_than_ten_times_the_rate_here_and_small_steps_stay_behind(
    visit,
) -> None:
    losses = {
        name: finished(experiment).history[-1].train_loss
        for name, experiment in visit("hidden_layer").session_state["l14.steps"].wanted.items()
    }
    slow, momentum, fast, _ = losses.values()
    assert list(losses)[:3] == ["SGD 0.02", "Momentum 0.02", "SGD 0.2"]
    assert abs(momentum - fast) < 0.15 * fast
    assert slow > 1.5 * momentum
    assert "come to nearly the same loss" in told("hidden_layer")


def test_clothes_are_harder_than_digits_and_small_digits_are_learned_soonest(visit) -> None:
    runs = {
        name: finished(experiment)
        for name, experiment in visit("hidden_layer").session_state["l14.others"].wanted.items()
    }
    right = {name: run.history[-1].test_accuracy for name, run in runs.items()}
    seconds = {name: run.seconds / run.history[-1].epoch for name, run in runs.items()}
    assert min(seconds, key=lambda name: seconds[name]) == "digits, 8 × 8"
    assert right["digits, 8 × 8"] > 0.9
    if "clothes, 28 × 28" in right:
        assert right["clothes, 28 × 28"] < right["digits, 28 × 28"] - 0.05
        shirts = [runs["clothes, 28 × 28"].data.classes.index(n) for n in ("shirt", "pullover")]
        confusion = runs["clothes, 28 × 28"].confusion
        assert confusion is not None
        shares = np.diag(confusion) / confusion.sum(axis=1)
        assert shares[shirts[0]] == shares.min()


def finished(experiment) -> Run:
    run = Run(experiment)
    while run.status == "ready":
        run.work(1.0)
    return run
