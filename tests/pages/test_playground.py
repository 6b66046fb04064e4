"""What only the playground has."""

import pytest

from lab.runs.tf_playground_links import from_tf_playground
from tests.pages.opening import experiment_of, open_page

pytestmark = pytest.mark.slow


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
