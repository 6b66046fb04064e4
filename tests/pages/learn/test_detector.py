"""What the lesson lets one do, and what it says: no more than the engine computes."""

from urllib.parse import parse_qsl

import pytest

from engine import MSE, ReLU
from lab.runs import links
from tests.pages.learn.lesson_page import check_listing, printed, train

pytestmark = pytest.mark.slow


def test_the_detector_learns_and_its_threshold_trades_misses_for_alarms(visit) -> None:
    at = visit("detector")
    assert printed(at, "F1")[0] < 0.5
    assert printed(at, "always no")[0] > 0.85
    train(at, "l12.run")
    check_listing(at)
    assert printed(at, "F1")[0] > 0.8
    shares = []
    for threshold in (0.1, 0.9):
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
