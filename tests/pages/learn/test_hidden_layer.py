"""What the lesson lets one do, and what it says: no more than the engine computes."""

import re

import pytest

from engine import He, ReLU, Sigmoid, Xavier
from tests.pages.learn.lesson_page import check_listing, page_of, printed, train

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
