"""What a browser asks for is read strictly: it may look and set a weight, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.frames.view import View, read_message
from lab.runs.dial import Dial
from lab.runs.edit import Edit


def test_a_view_and_an_edit_are_read() -> None:
    view = {"diagram": True, "health": False, "unit": [1, 2], "at": None}
    assert read_message(json.dumps({"view": view})) == View(diagram=True, unit=(1, 2))
    asked = '{"view": {"few": true, "pictures": true}}'
    assert read_message(asked) == View(few=True, pictures=True)
    assert read_message('{"view": {}}') == View()
    edit = {"name": "1.W", "index": [0, 3], "value": -0.5}
    assert read_message(json.dumps({"edit": edit})) == Edit("1.W", (0, 3), -0.5)
    dial = {"part": "dataset", "entry": "Spiral", "setting": "noise", "value": 0.3}
    assert read_message(json.dumps({"dial": dial})) == Dial("dataset", "Spiral", "noise", 0.3)
    assert read_message("ready") is None


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "null",
        "{",
        "Ready",
        '{"view": 1}',
        '{"view": {"at": -1}}',
        '{"view": {"at": true}}',
        '{"view": {"unit": [1]}}',
        '{"view": {"unit": [1, "2"]}}',
        '{"view": {"diagram": 1}}',
        '{"view": {"few": 1}}',
        '{"view": {"zoom": 2}}',
        '{"edit": {}}',
        '{"edit": {"name": "1.W", "index": [0], "value": NaN}}',
        '{"drop": {}}',
        '{"edit": {"name": "1.W", "index": [0], "value": 1e300}}',
        '{"edit": {"name": 1, "index": [0], "value": 1}}',
        '{"edit": {"name": "1.W", "index": [-1], "value": 1}}',
        '{"edit": {"name": "W", "index": [0], "value": true}}',
        '{"view": {}, "edit": {}}',
        '{"dial": {}}',
        '{"dial": {"part": "seed", "entry": "Spiral", "setting": "noise", "value": 1}}',
        '{"dial": {"part": "dataset", "entry": 1, "setting": "noise", "value": 1}}',
        '{"dial": {"part": "dataset", "entry": "Spiral", "setting": "noise", "value": true}}',
        '{"dial": {"part": "dataset", "entry": "Spiral", "setting": "noise", "value": NaN}}',
        '{"dial": {"part": "dataset", "entry": "S", "setting": "n", "value": 1' + "0" * 350 + "}}",
        "[" * 400,
        '{"view": {"at": 1' + " " * 8_000 + "}}",
    ],
)
def test_anything_else_is_refused(message: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_message(message)


@given(st.text(max_size=600))
def test_no_text_at_all_does_more_than_be_refused(message: str) -> None:
    try:
        assert read_message(message) is None or isinstance(
            read_message(message), View | Edit | Dial
        )
    except ValueError:
        return
