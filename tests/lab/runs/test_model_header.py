"""What a header may hold: files made to cost their reader much, and descriptions that lie."""

import json
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.runs import model_file
from lab.runs.model_file import ModelError
from lab.runs.model_header import parse_header
from tests.lab.runs.altered import remade


def headed(header: str) -> bytes:
    """A file that is nothing but a header."""
    text = header.encode()
    return len(text).to_bytes(8, "little") + text


def metadata(content: bytes, name: str) -> dict[str, object]:
    return json.loads(parse_header(content)[1][name])


def altered(content: bytes, name: str, changes: dict[str, object]) -> bytes:
    return remade(content, {name: json.dumps(metadata(content, name) | changes)})


# files that are small enough to be sent, and cost whoever reads them carelessly very much
ATTACKS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "500,000 names": (
        lambda _: headed("{" + ",".join(f'"{n}":0' for n in range(500_000)) + "}"),
        "has 5,388,891 bytes, and 3,000,000 is the most",
    ),
    "200,000 names": (
        lambda _: headed("{" + ",".join(f'"{n}":0' for n in range(200_000)) + "}"),
        "too many names",
    ),
    "257 arrays": (
        lambda _: headed(
            json.dumps(
                {
                    f"a{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
                    for n in range(257)
                }
            )
        ),
        "names 257 arrays, and 256 is the most",
    ),
    "numbers without end": (
        lambda _: headed('{"a":[' + "1," * 500_000 + "1]}"),
        "too many numbers",
    ),
    "deep": (lambda _: headed('{"a":' + "[" * 60_000), "header cannot be read"),
    "20,000 figures": (
        lambda content: remade(
            content, {"figures": json.dumps({str(n): 0 for n in range(20_000)})}
        ),
        "its figures must have at most 8,000 commas",
    ),
    "65 figures": (
        lambda content: remade(content, {"figures": json.dumps({str(n): 0 for n in range(65)})}),
        "there are 65 figures, and 64 is the most",
    ),
    "figures of text": (
        lambda content: altered(content, "figures", {"test_loss": "low"}),
        "'test_loss'",
    ),
    "an accuracy of 7": (
        lambda content: altered(content, "figures", {"test_accuracy": 7}),
        "to 1, not 7",
    ),
    "a long number": (
        lambda content: remade(content, {"figures": '{"test_loss": ' + "9" * 5000 + "}"}),
        "at most 60 digits, not 5,000",
    ),
    "a large number": (
        lambda content: remade(content, {"figures": '{"test_loss": 1e999}'}),
        "is too large",
    ),
    "classes as text": (
        lambda content: remade(content, {"classes": '"AB"'}),
        "classes must be a list",
    ),
    "classes of 10 MB": (
        lambda content: remade(content, {"classes": json.dumps(["A" * 10**6, "B"])}),
        "its classes must have at most 2,000 letters",
    ),
    "weights of 3e38": (
        lambda content: remade(content, **{"1_W": np.full((2, 16), 3e38, np.float32)}),
        "beyond 1e.18",
    ),
    "400,000 rows": (
        lambda content: altered(
            content, "resume", {"history": [[n, 0.1, 1.0, 0.5, 1.0, 0.5] for n in range(400_000)]}
        ),
        "at most|is the most",
    ),
    "an accuracy of 5 in the history": (
        lambda content: altered(content, "resume", {"history": [[1, 0.1, 1.0, 5.0, 1.0, 0.5]]}),
        "accuracies up to 1",
    ),
    "a long message": (
        lambda content: altered(content, "resume", {"message": "a" * 10**6}),
        "neither|most",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_its_sentence_at_once(content: bytes, name: str) -> None:
    make, sentence = ATTACKS[name]
    bad, seconds = make(content), []
    for _ in range(3):
        start = time.process_time()
        with pytest.raises(ModelError, match=sentence) as caught:
            model_file.resumed(model_file.from_bytes(bad))
        seconds.append(time.process_time() - start)
    assert len(str(caught.value)) < 500
    assert min(seconds) < 0.1  # a limit for attacks, not a measurement


LIES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.just([]),
    st.just({}),
    st.sampled_from(
        [-1, 10**9, 10**400, -1e9, 1e308, "\ud800", "x" * 10**5, [[]] * 1000, {"a": {"a": {}}}]
    ),
)


def somewhere(value: object, draw: st.DrawFn) -> object:
    """The same but for a lie at a place that is drawn."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        name = draw(st.sampled_from(sorted(value)))
        return value | {name: somewhere(value[name], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], somewhere(value[at], draw), *value[at + 1 :]]
    return draw(LIES)


@settings(max_examples=150)
@given(data=st.data(), name=st.sampled_from(["experiment", "classes", "figures", "resume"]))
def test_a_lie_in_a_file_is_told_or_does_no_harm(
    content: bytes, data: st.DataObject, name: str
) -> None:
    lie = somewhere(metadata(content, name), data.draw)
    with np.errstate(all="raise", under="ignore"):
        try:
            model = model_file.from_bytes(remade(content, {name: json.dumps(lie)}))
            run = model_file.resumed(model, model.experiment.epochs + 1)
        except ValueError as problem:
            assert 10 < len(str(problem)) < 600  # noqa: PT017
            return
    if run.batches < 200:
        run.step_epoch()
    if run.status != "diverged":
        json.dumps(run.record(), allow_nan=False)
        model_file.from_bytes(model_file.to_bytes(run))
