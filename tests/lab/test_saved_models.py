import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from lab import reading, saved_models
from lab.experiment import recommended
from lab.saved_models import ModelError
from lab.training import Run


@pytest.fixture(scope="module")
def content() -> bytes:
    run = Run(recommended("moons"))
    run.step_epoch()
    return saved_models.to_bytes(run.network, run.experiment, run.record())


def remade(content: bytes, metadata: dict[str, str] | None = None, **arrays: object) -> bytes:
    kept = load(content)
    for name, values in arrays.items():
        kept.pop(name.replace("_", "."), None)
        if values is not None:
            kept[name.replace("_", ".")] = values
    described = saved_models._metadata(content) | (metadata or {})
    return save(kept, {key: value for key, value in described.items() if value is not None})


def test_a_model_comes_back_bit_for_bit(content: bytes) -> None:
    run = Run(recommended("moons"))
    run.step_epoch()
    model = saved_models.from_bytes(content)
    assert model.network.theta.tobytes() == run.network.theta.tobytes()
    assert model.experiment == run.experiment
    assert model.classes == ("A", "B")
    assert model.figures["test_accuracy"] == run.history[-1].test_accuracy


def bad_files(content: bytes) -> dict[str, tuple[bytes, str]]:
    wrong = np.zeros((3, 3), np.float32)
    nan = np.full((2, 16), np.nan, np.float32)
    description = json.loads(saved_models._metadata(content)["experiment"])
    newer = json.dumps(description | {"version": 99})
    strange = json.dumps(description | {"optimizer": {"name": "Warp"}})
    return {
        "empty": (b"", "not a whole safetensors file"),
        "truncated": (content[: len(content) // 2], "not a whole safetensors file"),
        "pickle": (pickle.dumps({"W": [1]}), "not a whole safetensors file"),
        "huge header": (b"\xff" * 8 + content[8:], "not a whole safetensors file"),
        "too large": (content + bytes(saved_models.MAX_BYTES), "larger than"),
        "wrong shape": (remade(content, **{"1_W": wrong}), "has the shape"),
        "missing": (remade(content, **{"1_W": None}), "missing or too many"),
        "extra": (remade(content, **{"9_W": wrong}), "missing or too many"),
        "not a number": (remade(content, **{"1_W": nan}), "not a finite number"),
        "whole numbers": (remade(content, **{"1_W": np.zeros((2, 16), np.int32)}), "not a finite number"),
        "other program's": (remade(content, {"format": "pt"}), "not saved by Glassbox"),
        "newer": (remade(content, {"experiment": newer}), "another version"),
        "strange": (remade(content, {"experiment": strange}), "optimizer must be one of"),
        "bad JSON": (remade(content, {"experiment": "{"}), "cannot be read"),
        "wrong classes": (remade(content, {"classes": '["A"]'}), "names 1 classes"),
    }


@pytest.mark.parametrize("name", bad_files(saved_models.to_bytes(
    recommended("moons").network(), recommended("moons"), Run(recommended("moons")).record())))  # fmt: skip
def test_every_wrong_file_gets_its_sentence(content: bytes, name: str) -> None:
    bad, sentence = bad_files(content)[name]
    with pytest.raises(ModelError, match=sentence):
        saved_models.from_bytes(bad)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be opened"):
        saved_models.read(tmp_path / "none.safetensors")


def test_the_network_that_ships_is_small_good_and_reads_pictures() -> None:
    model = reading.open_model("MLP")
    assert model.figures["test_accuracy"] >= 0.98
    assert reading.SHIPPED["mlp"].stat().st_size < 2**20
    said = reading.answer(model, np.zeros((28, 28), np.float32))
    assert sum(said.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert list(said.probabilities) == list("0123456789")


def test_a_model_of_points_reads_no_pictures(content: bytes) -> None:
    with pytest.raises(ModelError, match="points of a plane"):
        reading.answer(saved_models.from_bytes(content), np.zeros((28, 28), np.float32))
