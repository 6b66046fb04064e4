"""Pages label figures by the pictures that they were measured on, here and on a computer that has
other ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import SGD
from lab.cli import main
from lab.data import cache
from lab.data.image_sets import SETS, STAND_IN, first_images, set_name
from lab.data.menu import IMAGE_SETS, title_of
from lab.explain import occlusion
from lab.frames import figures
from lab.frames.render import render_frame
from lab.frames.view import View
from lab.reading import calibration, fine_tune, predict
from lab.runs import export, model_file
from lab.runs.experiment import Experiment
from lab.runs.model_file import Model, weights_to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.workers.pool import close_shared_pool
from tests.pages.opening import ROOT, drawn_seven, open_page
from tests.pages.test_draw import page_of, panel
from ui.belongings import Taught
from ui.state import PageState

pytestmark = pytest.mark.slow

STANDING_IN = [name for name, kind in IMAGE_SETS.items() if kind.name]
MENUS = ("selectbox", "multiselect", "popover")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Moves on to a computer without MNIST and Fashion-MNIST, its workers too."""

    def leave() -> None:
        close_shared_pool()
        monkeypatch.setenv("GLASSBOX_DATA_DIR", str(tmp_path / "nowhere"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        assert cache.find("mnist") is None

    yield leave
    close_shared_pool()


def small(name: str) -> Experiment:
    """An experiment on that set that is quick to load and to train."""
    few = {"strokes": 50} if name == "mnist-strokes" else {}
    return recommended(IMAGE_SETS[name](**few)).changed(layers=(), optimizer=SGD(0.1), epochs=1)


def trained(name: str) -> Model:
    """The model of a run on that set, as it comes from its file."""
    run = Run(small(name))
    run.work(1e9)
    model = model_file.from_bytes(model_file.to_bytes(run, weights_only=True))
    model.figures["calibration"] = asdict(calibration.Calibration())  # finding it is no matter here
    return model


def told(at: AppTest) -> list[str]:
    """What the page says, without the entries of its menus."""
    return [
        "\n".join(
            line for line in str(element.proto).splitlines() if not line.strip().startswith("id: ")
        )
        for element in at._tree[0]
        if getattr(element, "proto", None) is not None and element.type not in MENUS
    ]


def naming(at: AppTest, name: str) -> list[str]:
    """What names a set other than to say that it is not here."""
    here = (words for words in told(at) if name in words)
    fine = ("not on this computer yet", "Once it is downloaded: ", "Download ", "?dataset=")
    return [words for words in here if not any(part in words for part in fine)]


def taught(model: Model) -> Model:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 12:16] = 255
    work = fine_tune.fine_tune(model, [fine_tune.Drawing(model.classes[1], pixels)], seconds=0.1)
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


STUDIED = {  # what a tab of Digits says
    "Training pictures": f"Source: {STAND_IN}.",
    "Class by class": f"test pictures of {STAND_IN}",
    "Most confidently wrong": "",
    "Curves": "",
    "Look inside": "",
}


@pytest.mark.parametrize("tab", STUDIED)
def test_digits_names_the_stand_in_and_nothing_else(
    elsewhere: Callable[[], None], tab: str
) -> None:
    elsewhere()
    for name in STANDING_IN:
        at = AppTest.from_file(str(ROOT / "pages" / "digits.py"), default_timeout=30)
        at.session_state["digits"] = PageState(experiment=small(name))
        at.session_state["digits:studied"] = tab
        at.run()
        at.button(key="digits:epoch").click().run()
        until = monotonic() + 60
        while at.get("tab") == [] or not any(STUDIED[tab] in c.value for c in at.caption):
            assert monotonic() < until, name
            sleep(0.1)  # the worker that trains has no more than this processor
            at.run()
        assert not at.exception, name
        assert naming(at, "MNIST") == [], name


def test_draw_names_the_stand_in_for_networks_of_ones_own(elsewhere: Callable[[], None]) -> None:
    elsewhere()
    at = open_page("draw")
    mine = {f"Mine, {name}": trained(name) for name in STANDING_IN}
    files = {title: weights_to_bytes(model) for title, model in mine.items()}
    at.session_state["belongings"].taught = {
        title: Taught(content, content, "Ready-made, dense") for title, content in files.items()
    }
    at.session_state["canvas"] = drawn_seven()
    at.run()
    for title, model in mine.items():
        at.selectbox(key="draw.model").set_value(title).run()
        assert not at.exception
        assert any(
            f"of the test pictures of {STAND_IN}" in caption.value for caption in at.caption
        ), title
        for name in ("Why this answer", "Teach it"):
            panel(at, name)
            assert naming(at, "MNIST") == [], (title, name)
        assert title_of(model.experiment.dataset, model.figures["data"]).startswith(STAND_IN)
    panel(at, "All networks")
    assert page_of(at).count(f" % of {STAND_IN.replace(chr(39), '&#x27;')}") == len(mine)
    assert page_of(at).count(" % of MNIST") == 2  # those that ship, which were measured on it
    assert any("do not compare" in caption.value for caption in at.caption)


@pytest.mark.parametrize("name", STANDING_IN)
def test_pictures_and_programs_of_a_run_name_the_stand_in(
    name: str, elsewhere: Callable[[], None]
) -> None:
    elsewhere()
    run = Run(small(name))
    run.step_batch()
    frame = render_frame(run, run.status, run.message, 0.0, View(diagram=True))
    drawn = figures.draw_figure(frame, run.experiment, run.data, "curves", "svg").decode()
    assert "scikit-learn" in drawn
    assert "MNIST" not in drawn
    program = export.write_script(run)
    assert program.startswith(f'"""Glassbox: {STAND_IN}')
    loading = program[program.index("# Load the data") :]
    assert "MNIST" not in program.split("from __future__")[0] + loading


@pytest.mark.parametrize("name", STANDING_IN)
def test_a_model_of_the_stand_in_is_taught_and_explained_with_it_where_the_set_is(
    name: str, elsewhere: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setenv("GLASSBOX_DATA_DIR", "/nowhere")
        away.setattr(cache, "cache_dir", lambda: Path("/nowhere"))
        model = trained(name)
    assert model.figures["data"] == STAND_IN  # now back, where MNIST may be
    new = taught(model)
    assert new.figures["data"] == STAND_IN
    assert new.figures["before"] == model.figures["test_accuracy"]
    known = occlusion.remember_images(model)
    assert (known.source, len(known.labels)) == (STAND_IN, 1437)


@pytest.mark.parametrize("name", ["mnist", "mnist-strokes", "mnist-binary"])
def test_a_model_of_the_real_pictures_is_taught_on_both_and_says_on_which(
    name: str, elsewhere: Callable[[], None]
) -> None:
    model = trained(name)
    if cache.find("mnist"):
        assert taught(model).figures["data"] == "mnist"
        assert occlusion.remember_images(model).source == "mnist"
    else:
        model.figures.update(data="mnist", test_accuracy=0.5)  # as from a computer that has it
    elsewhere()
    assert set_name(model.figures["data"]) == "MNIST"  # what was measured there
    new = taught(model)
    assert new.figures["data"] == STAND_IN
    rows = first_images(model.experiment.dataset, 10)
    right = np.mean(model.network.decide(model.network.outputs(rows.test_x)) == rows.test_y)
    assert new.figures["before"] == pytest.approx(right)  # of the same pictures as the figure after
    assert "not on this computer" in occlusion.remember_images(model).note


def test_a_network_of_clothes_is_not_taught_with_digits_between(
    elsewhere: Callable[[], None],
) -> None:
    elsewhere()
    experiment = recommended("fashion-mnist")
    clothes = Model(
        experiment.network(), experiment, tuple("abcdefghij"), {"data": "fashion-mnist"}
    )
    with pytest.raises(ValueError, match="Fashion-MNIST is not on this computer yet"):
        taught(clothes)
    assert occlusion.remember_images(clothes).classes == tuple(
        "0123456789"
    )  # what they are, not what it would call them


def test_a_run_of_other_pictures_is_not_gone_on_with(elsewhere: Callable[[], None]) -> None:
    run = Run(small("mnist"))
    run.step_batch()
    content = model_file.to_bytes(run)
    if run.data.source == "mnist":
        elsewhere()
    else:  # as from a computer that has it
        figures_there = model_file.from_bytes(content).figures | {"data": "mnist"}
        content = model_file.with_figures(content, figures_there)
    at = open_page("digits")
    token = at.session_state["digits"].token
    at.file_uploader(key="digits:saved").set_value(("mine.safetensors", content, "")).run()
    assert not at.exception
    assert at.error[0].value.startswith(
        f"Its figures are of MNIST, and here it would go on with {STAND_IN}: "
    )
    assert at.session_state["digits"].token == token


@pytest.mark.parametrize("source", [None, "", "x" * 10_000, 7, ["mnist"], {"a": 1}, "MNIST"])
def test_pictures_that_a_figure_does_not_name_are_not_guessed(source: object) -> None:
    assert set_name(source) == "a set that is not noted"
    for name in IMAGE_SETS:
        assert "MNIST" not in title_of(small(name).dataset, source)


@pytest.mark.parametrize("name", STANDING_IN)
def test_the_command_line_prints_what_is_learned(
    name: str, elsewhere: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere()
    options = f"train --dataset {name} --layers= --epochs 1" + (
        " --strokes 50" if name == "mnist-strokes" else ""
    )
    assert main(options.split()) == 0
    out, error = capsys.readouterr()
    assert out.startswith(STAND_IN)
    assert "MNIST" not in out
    assert "is not on this computer yet" in error


def test_what_ships_was_measured_on_mnist() -> None:
    for name in predict.SHIPPED:
        assert SETS[predict.open_model(name).figures["data"]] == "MNIST"
