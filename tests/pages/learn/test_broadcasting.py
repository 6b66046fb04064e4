"""What the lesson lets one do, and what it says: no more than the engine computes."""

import pytest

pytestmark = pytest.mark.slow


def test_tables_that_do_not_fit_are_said_and_a_wrong_guess_is_corrected(visit) -> None:
    at = visit("layers_on_layers")
    assert at.success
    at.slider(key="l3.expected").set_value(5).run()
    assert "does not fit" in at.error[0].value
    at = visit("broadcasting")
    at.button_group(key="l5.guess:3 × 2:2").set_value("2").run()
    assert at.info[0].value == "No: A + B has the shape 3 × 2."
    at.selectbox(key="l5.b").set_value("3").run()
    at.button_group(key="l5.guess:3 × 2:3").set_value("does not fit").run()
    assert at.success[0].value.startswith("Yes")
