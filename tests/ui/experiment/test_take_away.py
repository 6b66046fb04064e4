"""Files that the page saved are opened again."""

import threading
import tomllib
from pathlib import Path

import pytest

from engine import (
    Adam,
    Dense,
    Momentum,
)
from lab.reading import fine_tune, picture_file
from lab.runs import model_file
from lab.runs.checkpoint import Checkpoint
from lab.runs.model_file import to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.workers.pool import shared_pool
from tests.pages.opening import experiment_of, open_page

pytestmark = pytest.mark.slow


def saved(name: str, **how: bool) -> tuple[str, bytes, str]:
    run = Run(recommended(name).changed(optimizer=Momentum(0.03), epochs=7))
    run.work(1e9, steps=25)
    return (
        "../../evil<b>.png",
        to_bytes(run, **how),
        "text/html",
    )  # what it is called does not matter


def test_a_saved_run_is_opened_and_goes_on() -> None:
    at = open_page("playground")
    token = at.session_state["playground"].token
    at.file_uploader(key="playground:saved").set_value(saved("moons")).run()
    assert not at.exception
    assert not at.error
    assert at.session_state["playground"].token != token
    experiment = experiment_of(at, "playground")
    assert (at.selectbox(key="playground:optimizer").value, experiment.optimizer) == (
        "Momentum",
        Momentum(0.03),
    )
    record = shared_pool().record(at.session_state["playground"].token)
    assert len(record["history"]) == 3  # 25 steps of 7 an epoch


def test_the_largest_files_that_are_saved_here_can_be_opened_again() -> None:
    config = tomllib.loads(
        (Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    )
    most = config["server"]["maxUploadSize"] * 2**20  # as Streamlit counts
    limits = [
        model_file.MAX_BYTES,
        picture_file.MAX_BYTES,
        fine_tune.MOST_BYTES,
    ]
    assert most >= max(limits)
    run = Run(
        recommended("digits").changed(layers=(Dense(800), Dense(600)), optimizer=Adam(), epochs=1)
    )
    run.work(1e9, steps=1)
    content = to_bytes(run)
    assert run.experiment.parameters > 437_000
    assert 5 * 2**20 < len(content) < model_file.MAX_BYTES
    at = open_page("digits")
    at.selectbox(key="digits:dataset").set_value("digits").run()
    token = at.session_state["digits"].token
    uploader = at.file_uploader(key="digits:saved")
    assert uploader.proto.max_upload_size_mb * 2**20 >= model_file.MAX_BYTES
    uploader.set_value(("big.safetensors", content, "")).run()
    assert not at.exception
    assert not at.error
    assert at.session_state["digits"].token != token
    news, token = threading.Event(), at.session_state["digits"].token
    assert shared_pool().watch(token, news.set)
    while (answer := shared_pool().model(token)) is None:  # it is still being read
        assert shared_pool().get(token)
        news.wait(0.1)
    opened = model_file.from_bytes(answer)
    assert opened.network.theta.tobytes() == run.network.theta.tobytes()
    assert opened.memory.keys() == Checkpoint.of(run).to_file()[1].keys()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("a.safetensors", b"nonsense", ""), "only safetensors files are opened"),
        (saved("moons", weights_only=True), "only weights"),
        (saved("digits"), "other page"),
    ],
)
def test_a_file_that_is_no_saved_run_gets_a_sentence_and_nothing_is_lost(
    file: tuple, said: str
) -> None:
    at = open_page("playground")
    token = at.session_state["playground"].token
    at.file_uploader(key="playground:saved").set_value(file).run()
    assert not at.exception
    assert said in at.error[0].value
    assert "still here" in at.error[0].value
    assert at.session_state["playground"].token == token
    at.file_uploader(key="playground:saved").set_value([]).run()
    assert not at.error
