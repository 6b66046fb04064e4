"""Every lesson: its listing prints the page's numbers, its words are introduced, its questions are
checked.
"""

import ast
import contextlib
import io
import re
import time
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from engine import MSE, SGD, Dense, He, Network, ReLU, Sigmoid, Xavier
from engine.training import TrainingOptions, fit
from lab.course.glossary import MARKED, TERMS, find_terms, sentences
from lab.course.lessons import LESSONS, PARTS, Lesson
from lab.data import image_sets
from lab.runs import links
from ui.learn.lesson import sheet

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILES = [one.file for one in LESSONS]
RIGHT = {
    "one_neuron": ("It moves up", "Nothing: every slope is 0"),
    "dot_product": ("More than ten times", "50,176"),
    "layers_on_layers": ("4 × 3", "128 × 10"),
    "the_dense_layer": ("Both answers are alike", "Zeros"),
    "broadcasting": ("5 × 2, the bias in each row", "The five rows"),
    "activations": ("At most three", "Nothing"),
    "softmax": ("They stay as they are", "About a hundred times smaller"),
    "luck": ("Hardly anything", "Far fewer"),
    "backpropagation": ("It becomes smaller", "Each batch pulls all answers towards its own arm"),
    "optimizers": ("Momentum", "About 0.1, however steep it is"),
    "initialisation": ("All the very same, or nothing", "ReLU with He initialisation"),
    "detector": ("More missed, fewer alarms", "0"),
    "ten_digits": ("Fewer than a third", "On the right"),
    "overfitting": ("Worse", "It gets smaller"),
    "convolution": ("0", "Showing it shifted pictures"),
    "now_you": ("Nearly twice as many", "It has seen few such sevens"),
    "hidden_layer": ("Twice as many, nearly", "40,480"),
}
# parts that have a file
BESIDE = {"overfitting": ("cures", "cure_drawings"), "optimizers": ("loss_surface",)}
# what one moves in each lesson
MOVES = {
    "one_neuron": lambda at: at.slider(key="l1.w").set_value(1.3),
    "dot_product": lambda at: at.number_input(key="l2.x1").set_value(-4.5),
    "layers_on_layers": lambda at: at.slider(key="l3.inputs").set_value(5),
    "the_dense_layer": lambda at: at.select_slider(key="l4.step").set_value(
        "4. backward: to the weights"
    ),
    "broadcasting": lambda at: at.slider(key="l5.rows").set_value(5),
    "activations": lambda at: at.slider(key="l6.z").set_value(-2.0),
    "softmax": lambda at: at.number_input(key="l7.z0").set_value(-3.5),
    "luck": lambda at: at.slider(key="l8.attempts").set_value(9),
    "backpropagation": lambda at: at.slider(key="l9.epochs").set_value(200),
    "optimizers": lambda at: at.slider(key="l10.steps").set_value(33),
    "initialisation": lambda at: at.select_slider(key="l11.units").set_value(64),
    "detector": lambda at: at.slider(key="l12.threshold").set_value(0.9),
    "ten_digits": lambda at: at.slider(key="l13.right").set_value(3),
    "overfitting": lambda at: at.slider(key="l15.p").set_value(0.8),
    "convolution": lambda at: at.number_input(key="l16.w11").set_value(2.5),
    "now_you": lambda at: at.number_input(key="learn17:layer:0:Dense:units").set_value(40),
    "hidden_layer": lambda at: at.select_slider(key="l14.relu").set_value(32),
}


@pytest.fixture
def visit(tmp_path: Path):
    """Opens a lesson in the real navigation, as the first page."""

    def open_lesson(file: str, **params: str) -> AppTest:
        frame = (ROOT / "ui" / "frame.py").read_text(encoding="utf-8").replace(", default=True", "")
        frame = frame.replace("Path(__file__).resolve().parent.parent", f"Path({str(ROOT)!r})")
        frame = frame.replace(
            "url_path=one.path", f"url_path=one.path, default=one.file == {file!r}"
        )
        made = tmp_path / "ui" / "frame.py"
        made.parent.mkdir(exist_ok=True)
        made.write_text(frame, encoding="utf-8")
        if not (tmp_path / "pages").exists():
            (tmp_path / "pages").symlink_to(ROOT / "pages")
        at = AppTest.from_file(str(made), default_timeout=30)
        for name, value in params.items():
            at.query_params[name] = value
        at.run()
        assert not at.exception, at.exception[0].message
        return at

    return open_lesson


def page_of(at: AppTest) -> str:
    return " ".join([*(html.value for html in at.get("html")), *(code.value for code in at.code)])


def prints(code: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "listing", "exec"), {"__name__": "listing"})
    return out.getvalue().strip()


def check_listing(at: AppTest) -> None:
    codes = [code.value for code in at.code]
    (place,) = [i for i, code in enumerate(codes) if code.startswith("import numpy")]
    assert len(codes[place].splitlines()) <= 30
    assert not re.search(r"import (?!numpy)", codes[place])
    assert prints(codes[place]) == codes[place + 1]


def test_lessons_are_numbered_and_every_page_is_one() -> None:
    assert [one.number for one in LESSONS] == list(range(1, len(LESSONS) + 1))
    assert {one.part for one in LESSONS} <= set(PARTS)
    assert (
        {path.stem for path in (ROOT / "pages" / "learn").glob("*.py")}
        == set(FILES)
        == set(RIGHT)
        == set(MOVES)
    )


@pytest.mark.parametrize("file", FILES)
def test_the_listing_prints_the_pages_numbers_wherever_one_moves(file: str, visit) -> None:
    at = visit(file)
    check_listing(at)
    printed = sheet(LESSONS[FILES.index(file)], at.session_state["lesson.sheet"])
    assert "<math" in printed
    assert not re.search(
        r"\\[a-z]+|\[\[|\$",
        re.sub(r"<pre>.*?</pre>|<style>.*?</style>", "", printed, flags=re.DOTALL),
    )
    before = page_of(at)
    MOVES[file](at).run()
    assert not at.exception
    assert page_of(at) != before
    check_listing(at)


@pytest.mark.parametrize("file", FILES)
def test_a_button_opens_the_page_with_this_very_setting(file: str, visit) -> None:
    at = visit(file)
    opened = [
        (link.proto.page, dict(parse_qsl(link.proto.query_string, keep_blank_values=True)))
        for link in at.get("page_link")
        if "dataset=" in link.proto.query_string
    ]
    ((page, params),) = opened
    experiment = links.from_params(params)
    assert links.to_params(experiment) == params
    assert page == ("playground" if experiment.dataset.on_plane else "digits")


@pytest.mark.parametrize("file", FILES)
def test_questions_give_a_hint_then_the_reason_and_progress_is_in_the_address(
    file: str, visit
) -> None:
    at, number = visit(file, done="77,x"), LESSONS[FILES.index(file)].number
    for question, right in enumerate(RIGHT[file], 1):
        radio = at.radio(key=f"lesson.{number}.{question}")
        assert right in radio.options
        assert len(radio.options) == 3
        wrong = next(option for option in radio.options if option != right)
        radio.set_value(wrong).run()
        assert any(said.value.startswith("Not quite. ") for said in at.info)
        at.radio(key=f"lesson.{number}.{question}").set_value(right).run()
        assert any(said.value.startswith("Yes. ") for said in at.success)
    assert not at.exception
    assert at.query_params["done"] in (str(number), [str(number)])
    again = visit(file, done=f"{number},1")
    assert again.session_state["lesson.done"] == {1, number}


def test_a_neuron_learns_the_line_at_a_press(visit) -> None:
    at = visit("one_neuron")
    before = float(at.metric[0].value)
    next(b for b in at.button if b.label == "A hundred steps").click().run()
    assert not at.exception
    assert float(at.metric[0].value) < before / 3


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


def test_every_activation_of_the_menu_learns_xor_or_is_a_line(visit) -> None:
    at = visit("activations")
    assert "Linear</b>" not in page_of(at)  # not before one has said what it will do
    at.radio(key="lesson.6.1").set_value("All four").run()
    for name in at.selectbox(key="l6.kind").options:
        at.selectbox(key="l6.kind").set_value(name).run()
        assert not at.exception
        check_listing(at)
    right = re.findall(r"<b>(\w+)</b>: (\d) of 4", page_of(at))
    assert right[-1][0] == "Linear"
    assert int(right[-1][1]) <= 3


def train(at: AppTest, key: str) -> None:
    """Presses Train, and waits until the runs have ended."""
    at.button(key=f"{key}:train").click().run()
    end = time.monotonic() + 60
    while f"{key}:tokens" in at.session_state and time.monotonic() < end:
        time.sleep(0.3)
        at.run()
    at.run()
    assert not at.exception
    assert at.button(key=f"{key}:train").label.endswith("again")


def printed(at: AppTest, name: str) -> list[float]:
    """The numbers behind a name in what the listing prints."""
    codes = [code.value for code in at.code]
    (place,) = [i for i, code in enumerate(codes) if code.startswith("import numpy")]
    line = next(line for line in codes[place + 1].splitlines() if line.startswith(name))
    return [
        float(number)
        for number in re.findall(r"[-+]?\d[\d,]*\.?\d*", line.removeprefix(name).replace(",", ""))
    ]


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


def test_a_network_learns_by_heart_and_a_cure_makes_the_gap_smaller(visit) -> None:
    at = visit("overfitting")
    for name in ("Batch normalisation", "L2", "Early stopping", "Augmentation"):
        at.button_group(key="l15.closer").set_value(name).run()
        assert not at.exception
        check_listing(at)
    for most in (6.0, 0.5, 0.0):
        at.slider(key="l15.most").set_value(most)
        at.button(key="l15.again").click().run()
        check_listing(at)
    at.toggle(key="l15.moved").set_value(True).run()
    train(at, "l15.run")
    (told,) = [code.value for code in at.code if "test pictures" in code.value]
    plain, cured = (line.split() for line in told.splitlines()[1:])
    assert "100.00%" in plain
    assert float(cured[-2]) < float(plain[-2])
    better = float(cured[-3].rstrip("%")) > float(plain[-3].rstrip("%"))
    assert any("Here augmentation brings most" in said.value for said in at.markdown) == better


def test_ten_weight_pictures_read_a_digit_until_it_is_moved_and_an_upload_too(visit) -> None:
    at = visit("ten_digits")
    train(at, "l13.run")
    check_listing(at)

    def right_ones() -> int:
        return int(re.search(r"<b>([\d,]+) of", page_of(at))[1].replace(",", ""))

    still = right_ones()
    at.slider(key="l13.right").set_value(5).run()
    assert right_ones() < still / 2
    next(b for b in at.button if b.label == "A wrong one").click().run()
    assert at.slider(key="l13.right").value == 0
    says, truth = re.search(r"Says <b>(\d)</b>, it is (\d)", page_of(at)).groups()
    assert says != truth

    at.button_group(key="l13.way").set_value("Your own").run()
    written, out = Image.new("L", (60, 60), 255), io.BytesIO()
    ImageDraw.Draw(written).line([(30, 8), (30, 52)], 0, 6)
    written.save(out, "PNG")
    at.file_uploader(key="l13.file").set_value([("one.png", out.getvalue(), "image/png")]).run()
    assert not at.exception
    assert "Says <b>1</b>" in page_of(at)
    check_listing(at)
    at.file_uploader(key="l13.file").set_value([("x.png", b"%PDF-1.7", "image/png")]).run()
    assert at.error[0].value.startswith("This is a PDF")
    assert "Says <b>1</b>" in page_of(at)


def test_a_kernel_is_chosen_or_typed_and_its_sum_follows(visit) -> None:
    at = visit("convolution")
    assert printed(at, "in the window")[0] > 1
    at.selectbox(key="l16.kernel").set_value("Blur").run()
    assert at.number_input(key="l16.w11").value == 0.2
    check_listing(at)
    for u in range(3):
        for v in range(3):
            at.number_input(key=f"l16.w{u}{v}").set_value(-1.0)
    at.run()
    assert at.selectbox(key="l16.kernel").value == "Your own"
    below, bent = printed(at, "in the window")
    assert below < 0
    assert bent == 0
    check_listing(at)
    at.selectbox(key="l16.digit").set_value("1").run()
    at.slider(key="l16.shift").set_value(-6).run()
    check_listing(at)


def test_a_hidden_layer_reads_more_digits_and_its_parameters_are_counted(visit) -> None:
    at = visit("hidden_layer")
    assert printed(at, "128 ReLU:")[0] == 784 * 128 + 128 + 128 * 10 + 10
    at.select_slider(key="l14.relu").set_value(32).run()
    at.select_slider(key="l14.sigmoid").set_value(16).run()
    assert printed(at, "16 sigmoid:")[0] == 784 * 16 + 16 + 16 * 10 + 10
    train(at, "l14.run")
    check_listing(at)
    right = {
        name: float(share)
        for name, share in re.findall(r"</i>([^<]+)<br>[^<]*<b>([\d.]+)%", page_of(at))
    }
    assert right["32 ReLU"] > right["no hidden layer"] > 85
    at.number_input(key="l14.number").set_value(9).run()
    assert not at.exception
    check_listing(at)


def test_the_open_task_begins_weak_has_hints_and_judges_what_was_trained(visit) -> None:
    at = visit("now_you")
    assert "6,370 parameters" in page_of(at)
    for number in (1, 2, 3):
        assert f"**Hint {number}.**" not in " ".join(said.value for said in at.markdown)
        at.button(key="l17.hint").click().run()
        assert f"**Hint {number}.**" in " ".join(said.value for said in at.markdown)
    assert not any(button.key == "l17.hint" for button in at.button)
    at.number_input(key="learn17:layer:0:Dense:units").set_value(16).run()
    assert "12,730 parameters" in page_of(at)
    at.button(key="learn17:epoch").click().run()
    end = time.monotonic() + 60
    while (
        "best so far" not in " ".join(said.value for said in at.markdown) and time.monotonic() < end
    ):
        time.sleep(0.3)
        at.run()
    assert "784-16-10, SGD 0.01, batches of 64" in " ".join(said.value for said in at.markdown)


def test_balls_roll_like_the_listing_under_every_schedule_and_just_diverge_where_the_page_says(
    visit,
) -> None:
    at = visit("optimizers")
    for pair in at.selectbox(key="l10.pair").options:
        at.selectbox(key="l10.pair").set_value(pair).run()
        for plan in at.selectbox(key="l10.plan").options:
            at.selectbox(key="l10.plan").set_value(plan).run()
            check_listing(at)
    at.selectbox(key="l10.pair").set_value("Two weights of the last layer")
    at.selectbox(key="l10.plan").set_value("ConstantRate").run()
    ends = []
    for label in ("A little below", "A little above"):
        next(b for b in at.button if b.label == label).click().run()
        check_listing(at)
        first, last = re.findall(r"SGD +loss (\S+) at first, (\S+) after 60", page_of(at))[0]
        ends.append(float(last) / float(first))
    assert ends[0] < 0.1
    assert ends[1] > 10


def test_tries_only_ever_lower_the_loss_and_new_weights_soon_bring_nothing(visit) -> None:
    at = visit("luck")
    for kind, most in (("New weights every time", 20), ("A nudge every time", 400)):
        at.button_group(key="l8.kind").set_value(kind).run()
        early, late = map(
            int,
            re.findall(r"kept: (\d+) of the first 200 tries, (\d+) of the last", page_of(at))[0],
        )
        first, middle, last = map(
            float,
            re.findall(r"loss: (\S+) at first, (\S+) after 200, (\S+) after 2000", page_of(at))[0],
        )
        assert late < early <= most
        assert last <= middle < first


def test_backpropagation_walks_on_and_the_check_agrees_for_every_weight(visit) -> None:
    at = visit("backpropagation")
    for stage in at.select_slider(key="l9.walk").options:
        at.select_slider(key="l9.walk").set_value(stage).run()
        assert not at.exception
    for weight in at.selectbox(key="l9.check").options:
        at.selectbox(key="l9.check").set_value(weight).run()
        exact, numeric = re.findall(
            r"by backpropagation: (\S+)\nby trying: .* = (\S+)", page_of(at)
        )[0]
        assert exact == numeric


def test_slopes_vanish_through_sigmoids_and_sizes_stay_within_twenty_as_the_page_says(
    visit,
) -> None:
    at = visit("initialisation")

    def sizes(what: str) -> list[float]:
        found = [float(size) for size in re.findall(rf"{what} ([^\s,]+)", at.code[-1].value)]
        assert len(found) == 10
        return found

    for start in at.button_group(key="l11.start").options:
        for bend in at.button_group(key="l11.bend").options:
            at.button_group(key="l11.start").set_value(start)
            at.button_group(key="l11.bend").set_value(bend).run()
            check_listing(at)
    for start, bend in (("He", "ReLU"), ("Xavier", "tanh"), ("Xavier", "sigmoid")):
        at.button_group(key="l11.start").set_value(start)
        at.button_group(key="l11.bend").set_value(bend)
        for units in (8, 16, 32, 64, 128):
            at.select_slider(key="l11.units").set_value(units).run()
            if bend == "sigmoid":
                slopes = sizes("slopes")
                assert slopes[0] / slopes[-1] < 1e-4
            else:
                assert all(
                    max(sizes(what)) / min(sizes(what)) < 20 for what in ("answers", "slopes")
                )


def test_with_relu_small_weights_whisper_large_ones_shout_and_those_of_he_do_neither(visit) -> None:
    at = visit("initialisation")
    for units in (8, 32, 128):
        at.select_slider(key="l11.units").set_value(units)
        grown = {}
        for start in ("too small", "too large", "He"):
            at.button_group(key="l11.start").set_value(start).run()
            forward, back = (
                [float(size) for size in re.findall(rf"{what} ([^\s,]+)", at.code[-1].value)]
                for what in ("answers", "slopes")
            )
            grown[start] = forward[-1] / forward[0], back[0] / back[-1]
            shown = next(
                metric.value
                for metric in at.metric
                if metric.label == "dL/dz in layer 1 ÷ layer 10"
            )
            assert float(shown) == pytest.approx(back[0] / back[-1], rel=0.1)
        assert max(grown["too small"]) < 1e-3
        assert min(grown["too large"]) > 3 * max(grown["He"])
        assert units == 8 or min(grown["too large"]) > 100  # eight neurons bear larger weights


def test_single_steps_of_the_neuron_go_on_as_a_hundred_at_once_do(visit) -> None:
    at = visit("one_neuron")
    at.slider(key="l1.w").set_value(1.11)
    at.slider(key="l1.b").set_value(0.08).run()  # here steps of two places stand still
    for _ in range(3):
        next(
            button for button in at.button if button.label == "Let it learn: one step"
        ).click().run()
    made = Network(
        [Dense(1, ReLU())],
        1,
        MSE(),
        Xavier(),
        np.random.default_rng(0),
        np.float64,
        regression=True,
    )
    made.theta[:] = 1.11, 0.08
    step = SGD(0.1)
    step.start(made.theta)
    points = np.array(
        [
            [-2.0, 0.0],
            [-1.5, 0.1],
            [-0.8, 0.0],
            [0.0, 0.1],
            [0.6, 0.5],
            [1.0, 1.0],
            [1.5, 1.7],
            [2.0, 2.6],
        ]
    )
    for _ in range(3):
        made.gradients(points[:, :1], points[:, 1:])
        step.step(made.theta, made.gradient, 0.1)
    assert at.session_state["l1.learned"] == made.theta.tolist()
    assert at.slider(key="l1.w").value == pytest.approx(made.theta[0], abs=0.005)
    at.slider(key="l1.w").set_value(2.0).run()  # moved by hand: what was learned is gone
    assert "w ← 2 − " in " ".join(code.value for code in at.code)


def test_the_two_hidden_layers_differ_in_what_the_lesson_names(visit) -> None:
    at = visit("hidden_layer")
    first, second, _ = at.session_state["l14.run:wanted"].values()
    assert (first.layers[0].units, type(first.layers[0].activation)) == (128, ReLU)
    assert (second.layers[0].units, type(second.layers[0].activation)) == (64, Sigmoid)
    assert (type(first.initializer), type(second.initializer)) == (He, Xavier)
    assert first.changed(layers=(), initializer=Xavier()) == second.changed(layers=())
    assert any("Three things differ" in said.value for said in at.markdown)


def test_a_digit_shifted_a_little_is_read_by_the_cnn_more_often_than_by_the_mlp(visit) -> None:
    at, still = visit("convolution"), {}
    data = image_sets.first_images(image_sets.MNIST(), 10_000)
    pictures, labels = data.test_x[:1000].reshape(-1, 28, 28), data.test_y[:1000]
    for name, e in at.session_state["l16.run:wanted"].items():
        made, rng = e.network(), np.random.default_rng(0)
        for _ in fit(
            made,
            data.train_x,
            made.targets(data.train_y),
            e.optimizer,
            batch_size=e.batch_size,
            epochs=e.epochs,
            rng=rng,
            options=TrainingOptions(e.schedule),
        ):
            pass
        moved = [image_sets.shifted(pictures, by).reshape(-1, 784) for by in (-2, -1, 1, 2, 3)]
        still[name] = [float(np.mean(made.decide(made.outputs(rows)) == labels)) for rows in moved]
    assert all(cnn > mlp for cnn, mlp in zip(still["CNN"], still["MLP"], strict=True)), still


def test_the_detectors_link_opens_the_neuron_that_its_text_praises(visit) -> None:
    (link,) = [
        link.proto
        for link in visit("detector").get("page_link")
        if "dataset=" in link.proto.query_string
    ]
    experiment = links.from_params(dict(parse_qsl(link.query_string)))
    assert "ReLU" in link.label
    assert (type(experiment.output), type(experiment.loss)) == (ReLU, MSE)


@pytest.mark.parametrize("file", [one.file for one in LESSONS if one.number >= 12])
def test_no_lesson_calls_the_stand_in_mnist(file: str, visit, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    at = visit(file)
    assert any(
        info.value == image_sets.stand_in("mnist") for info in at.info
    )  # that it stands in is said
    kinds = (
        "markdown",
        "caption",
        "html",
        "code",
        "metric",
        "success",
        "warning",
        "header",
        "subheader",
        "title",
    )
    texts = [str(getattr(each, "value", "")) for kind in kinds for each in at.get(kind)]
    texts += [
        str(each.label)
        for kind in ("radio", "slider", "selectbox", "toggle", "number_input", "page_link")
        for each in at.get(kind)
        if hasattr(each, "label")
    ]
    texts += [option for radio in at.radio for option in radio.options]
    texts += [text for _, text in at.session_state["lesson.sheet"]]
    for text in texts:
        assert not re.search(r"MNIST|10,000|60,000|\b92\b", re.sub(r"<[^>]*>", "", text)), text


def source(lesson: Lesson) -> ast.Module:
    """The source of a lesson's page and, at its end, of what stands beside it in ui/learn."""
    text = (ROOT / "pages" / "learn" / f"{lesson.file}.py").read_text(encoding="utf-8")
    for name in BESIDE.get(lesson.file, ()):
        text += (ROOT / "ui" / "learn" / f"{name}.py").read_text(encoding="utf-8")
    return ast.parse(text)


def texts(one: Lesson) -> list[str]:
    """What a lesson's page says, as it stands in its source."""
    found = []
    tree = source(one)
    unseen = {
        id(expression.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef)
        for expression in node.body
        if isinstance(expression, ast.Expr) and isinstance(expression.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in unseen
        ):
            text = " ".join(node.value.split())
            if (
                " " in text
                and "<" not in text
                and "import numpy" not in text
                and not re.search(r"[\\\\{]|self", text)
            ):
                found.append(text)
    return [*found, one.goal, one.title]


def code_of(one: Lesson) -> set[str]:
    """The texts of the listing, which is code."""
    tree = source(one)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lesson.listing"
    ]
    return {
        " ".join(n.value.split())
        for call in calls
        for n in ast.walk(call)
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }


@pytest.mark.parametrize("one", LESSONS, ids=FILES)
def test_no_word_comes_before_the_lesson_that_brings_it_in(one: Lesson) -> None:
    said = [text for text in texts(one) if text not in code_of(one)]
    for text in said:
        early = {word for word in find_terms(text) if TERMS[word].lesson > one.number}
        assert not early, f"{early} in {text!r}"
    marked = {found[1] for text in said for found in MARKED.finditer(text)}
    own = {word for word, term in TERMS.items() if term.lesson == one.number}
    assert own <= marked, f"not brought in: {own - marked}"


@pytest.mark.parametrize("one", LESSONS, ids=FILES)
def test_sentences_are_short(one: Lesson) -> None:
    found = [
        s
        for text in texts(one)
        if text not in code_of(one) and text.rstrip()[-1:] in ".?!"
        for s in sentences(text)
    ]
    lengths = [len(sentence.split()) for sentence in found]
    assert len(lengths) > 8
    assert np.mean(lengths) < 18
    assert max(lengths) < 40


def test_every_meaning_is_a_sentence() -> None:
    for word, term in TERMS.items():
        assert term.meaning.endswith(".")
        assert len(term.meaning.split()) < 25, word
        assert 1 <= term.lesson <= 17


def test_the_sheet_has_the_questions_with_boxes_to_tick(visit) -> None:
    at = visit("one_neuron")
    kinds = [kind for kind, _ in at.session_state["lesson.sheet"]]
    assert kinds.count("ul") == 2
    assert "[[" not in " ".join(text for _, text in at.session_state["lesson.sheet"])
