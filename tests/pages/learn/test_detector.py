"""What the lesson lets one do, and what it says: no more than the engine computes."""

from urllib.parse import parse_qsl

import numpy as np
import pytest

from engine import MSE, BinaryCrossEntropy, ReLU, Sigmoid
from lab.data import cache
from lab.runs import links
from tests.pages.learn.lesson_page import check_listing, printed, told, train

pytestmark = pytest.mark.slow


def test_the_detector_learns_and_its_threshold_trades_misses_for_alarms(visit) -> None:
    at = visit("detector")
    assert printed(at, "F1")[0] < 0.5
    assert printed(at, "always no")[0] > 0.85
    assert not [each for each in at.button if each.key == "l12.open"]
    train(at, "l12.run")
    check_listing(at)
    for said in ("You have looked once.", "You have looked 2 times: only the first was honest."):
        at.button(key="l12.open").click().run()
        assert any(said in text.value for text in at.markdown)
    assert printed(at, "F1")[0] > 0.8
    shares = []
    for threshold in (0.1, 0.9 if cache.find("mnist") else 0.6):  # few pictures make few so sure
        at.slider(key="l12.threshold").set_value(threshold).run()
        check_listing(at)
        shares.append((printed(at, "precision")[0], printed(at, "recall")[0]))
    assert shares[0][0] < shares[1][0]
    assert shares[0][1] > shares[1][1]


def test_the_detectors_link_opens_the_neuron_that_its_text_praises(visit) -> None:
    (link,) = [
        link.proto
        for link in visit("detector").get("page_link")
        if "dataset=" in link.proto.query_string
    ]
    experiment = links.from_params(dict(parse_qsl(link.query_string)))
    assert "ReLU" in link.label
    assert (type(experiment.output), type(experiment.loss)) == (ReLU, MSE)


def test_a_sure_and_wrong_neuron_gets_the_whole_slope_from_cross_entropy_and_hardly_any_else() -> (
    None
):
    for y in (0.0, 1.0):
        z = np.array([[7.0 if y == 0 else -7.0]])
        p = Sigmoid().forward(z, np.empty((1, 1)))
        target = np.array([[y]])
        slope = BinaryCrossEntropy().gradient(z, p, target, np.empty((1, 1)))[0, 0]
        assert slope == pytest.approx(p[0, 0] - y)
        assert abs(slope) > 0.99
        squared = MSE().gradient(z, p, target, np.empty((1, 1)))
        assert abs(Sigmoid().backward(squared, z, p)[0, 0]) < 0.002
    assert "gets nearly the whole slope" in told("detector")


def test_the_loss_that_the_page_works_out_is_the_engines_for_any_picture(visit) -> None:
    at = visit("detector")
    for number in (1, 4, 9999):
        at.number_input(key="l12.number").set_value(number).run()
        (said,) = [code.value for code in at.code if code.value.startswith("z = ")]
        z, p, loss, slope = (
            float(line.rsplit("= ", 1)[1].split(",")[0].replace("−", "-"))
            for line in said.splitlines()
        )
        assert p == pytest.approx(1 / (1 + np.exp(-z)), abs=6e-5)
        y = round(p - slope)
        assert loss == pytest.approx(-np.log(p if y else 1 - p), abs=2e-3)
