"""What reads ink while the pen is down, and its route."""

import base64
import io
import json
import threading

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from engine import Dense, ReLU
from lab.reading import predict
from lab.reading.predict import Number
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model
from lab.runs.presets import recommended
from tests.pages.opening import drawn_seven
from ui.draw import ink
from ui.draw.ink import SIDE, InkReader, layers_of

EMPTY = b"\xff" * SIDE * SIDE


def seven() -> bytes:
    """The ink of a 7, as a page sends it."""
    url = drawn_seven()["drawing"]["data"]  # type: ignore[index]
    picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    return picture.convert("L").resize((SIDE, SIDE)).tobytes()


@pytest.fixture(scope="module")
def dense() -> InkReader:
    return InkReader.of("dense", predict.open_model("mlp"))


def test_it_says_what_the_page_says(dense: InkReader) -> None:
    said = json.loads(dense.read(seven()))
    assert 'data-answer="7"' in said["answer"]
    assert said["bars"].count('class="track"') == 10
    assert said["seens"].count("<img") == 1
    empty = json.loads(dense.read(EMPTY))
    assert "data-answer" not in empty["answer"]
    assert "no ink" in empty["answer"]
    assert empty["layers"] == []


def test_it_has_a_network_of_its_own() -> None:
    model = predict.open_model("mlp")
    reader = InkReader.of("dense", model)
    assert not np.shares_memory(reader.model.network.theta, model.network.theta)
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.append(reader.read(seven()))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 6
    assert len(set(said)) == 1


def read(model: Model) -> Number:
    return predict.read_number(model, Image.frombytes("L", (SIDE, SIDE), seven()))


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_every_layer_is_shown_as_bright_as_it_answers(name: str) -> None:
    model = predict.open_model(name)
    number = read(model)
    shown = layers_of(model, number)
    values = [np.frombuffer(base64.b64decode(s["values"]), np.uint8) for s in shown]
    for layer, bright in zip(shown, values, strict=True):
        assert bright.size == np.prod(layer["shape"])
        assert bright.max() == 255
    assert shown[0]["shape"] == [1, 28, 28]
    np.testing.assert_allclose(
        values[0].reshape(28, 28) / 255, number.sheet.digits[0].pixels, atol=0.02
    )
    assert shown[-1]["names"] == list(model.classes)
    assert shown[-1]["names"][values[-1].argmax()] == "7"


def test_any_network_that_reads_pictures_has_layers_to_show() -> None:
    experiment: Experiment = recommended("mnist").changed(layers=(Dense(300, ReLU()),) * 2)
    network = experiment.network()
    model = Model(network, experiment, tuple("0123456789"), {})
    shown = layers_of(model, read(predict.open_model("mlp")))
    assert [s["title"] for s in shown] == ["it sees", "300 units", "300 units", "answer"]
    assert shown[1]["shape"] == [ink.MOST_UNITS, 1, 1]
    assert layers_of(model, None) == []


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=[ink.route()]))


def test_the_route_answers_each_drawing(client: TestClient, dense: InkReader) -> None:
    ink._readers[dense.key] = dense
    with client.websocket_connect(f"{ink.path()}/{dense.key}") as socket:
        for drawing, there in ((seven(), True), (EMPTY, False), (seven(), True)):
            socket.send_bytes(drawing)
            answer = json.loads(socket.receive_text())["answer"]
            assert ('data-answer="7"' in answer) == there


@pytest.mark.parametrize("sent", [b"", EMPTY + b"x", EMPTY[1:], "a text"])
def test_the_route_ends_where_something_else_comes(
    client: TestClient, dense: InkReader, sent: bytes | str
) -> None:
    ink._readers[dense.key] = dense
    with client.websocket_connect(f"{ink.path()}/{dense.key}") as socket:
        socket.send_text(sent) if isinstance(sent, str) else socket.send_bytes(sent)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()


def test_a_drawing_that_is_too_big_is_refused_with_the_limit(
    client: TestClient, dense: InkReader
) -> None:
    ink._readers[dense.key] = dense
    with client.websocket_connect(f"{ink.path()}/{dense.key}") as socket:
        socket.send_bytes(EMPTY * 2)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert (closed.value.code, "at most 25,600 bytes" in closed.value.reason) == (1009, True)


def test_strangers_reach_nobodys_ink(client: TestClient, dense: InkReader) -> None:
    ink._readers[dense.key] = dense
    with (
        client.websocket_connect(f"{ink.path()}/guessed") as socket,
        pytest.raises(WebSocketDisconnect),
    ):
        socket.receive_text()
    origin = {"Origin": "https://elsewhere.example"}
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"{ink.path()}/{dense.key}", headers=origin),
    ):
        pass


def test_it_is_gone_with_its_tab() -> None:
    reader = InkReader.of("dense", predict.open_model("mlp"))
    key = reader.key
    ink._readers[key] = reader
    del reader
    assert key not in ink._readers
