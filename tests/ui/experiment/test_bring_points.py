"""Points of one's own on the page."""

import pytest

from tests.pages.opening import experiment_of, open_page

pytestmark = pytest.mark.slow


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
