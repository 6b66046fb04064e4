import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lab.data import cache, image_files
from lab.reading import brightness, fitting, predict, preprocess
from lab.reading.samples import SAMPLES

pytestmark = pytest.mark.slow


def digit(
    side: int = 280, ink: str = "black", paper: str = "white", width: int = 20, mode: str = "RGB"
) -> Image.Image:
    image = Image.new(mode, (side, side), paper)
    points = [(0.3, 0.25), (0.65, 0.25), (0.45, 0.75)]
    ImageDraw.Draw(image).line(
        [(x * side, y * side) for x, y in points], fill=ink, width=width, joint="curve"
    )
    return image


# --- the way of a picture -------------------------------------------------------------------------


@given(st.integers(3, 20), st.integers(3, 20), st.integers(0, 2**32 - 1))
def test_the_centre_of_mass_comes_to_the_middle(height: int, width: int, seed: int) -> None:
    ink = np.random.default_rng(seed).uniform(0.2, 1, (height, width)).astype(np.float32)
    out = fitting.centre(ink)
    assert out.shape == (28, 28)
    assert out.sum() == pytest.approx(ink.sum(), rel=1e-4)
    where = np.arange(28)
    assert (out.sum(axis=1) * where).sum() / out.sum() == pytest.approx(14, abs=0.05)
    assert (out.sum(axis=0) * where).sum() / out.sum() == pytest.approx(14, abs=0.05)


@given(st.integers(2, 200), st.integers(2, 200))
def test_the_longest_side_is_fitted(height: int, width: int) -> None:
    assert max(fitting.fit(np.ones((height, width), np.float32), 20).shape) == 20


def test_dark_on_bright_and_bright_on_dark_are_the_same_to_the_network() -> None:
    dark = preprocess.to_28x28(digit()).pixels
    bright = preprocess.to_28x28(digit(ink="white", paper="black")).pixels
    assert np.abs(dark - bright).max() < 0.02


@pytest.mark.parametrize("ink", ["black", "white", "red"])
def test_a_transparent_picture_is_laid_on_the_contrary_of_its_ink(ink: str) -> None:
    plain = preprocess.to_28x28(digit()).pixels
    clear = digit(ink=ink, paper=(0, 0, 0, 0), mode="RGBA")  # type: ignore[arg-type]
    assert np.abs(preprocess.to_28x28(clear).pixels - plain).max() < 0.1


def test_size_and_place_do_not_matter() -> None:
    plain = preprocess.to_28x28(digit()).pixels
    small = Image.new("RGB", (320, 320), "white")
    small.paste(digit().resize((140, 140)), (10, 150))
    assert np.corrcoef(plain.ravel(), preprocess.to_28x28(small).pixels.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("width", [7, 14, 28, 40])
def test_thin_and_thick_pens_come_out_alike(width: int) -> None:
    stages = preprocess.to_28x28(digit(width=width)).stages
    assert fitting.pen_width(stages["even pen"]) == pytest.approx(fitting.PEN, rel=0.35)


def test_a_shadow_on_the_paper_is_evened_out() -> None:
    shadow = np.linspace(250, 130, 280)[None, :].repeat(280, axis=0)
    ink = np.asarray(digit().convert("L"), float) / 255
    photo = Image.fromarray((shadow * (0.25 + 0.75 * ink)).astype(np.uint8))
    clean = preprocess.to_28x28(digit()).pixels
    assert np.corrcoef(clean.ravel(), preprocess.to_28x28(photo).pixels.ravel())[0, 1] > 0.85


@pytest.mark.parametrize("colour", ["white", "black", "#777"])
def test_a_picture_without_ink_is_blank(colour: str) -> None:
    prepared = preprocess.to_28x28(Image.new("RGB", (200, 150), colour))
    assert prepared.blank
    assert not prepared.pixels.any()


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_any_picture_at_all_gives_28x28_finite_numbers(height: int, width: int, seed: int) -> None:
    rgba = np.random.default_rng(seed).integers(0, 256, (height, width, 4)).astype(np.uint8)
    pixels = preprocess.to_28x28(rgba).pixels
    assert pixels.shape == (28, 28)
    assert np.isfinite(pixels).all()
    assert pixels.min() >= 0
    assert pixels.max() <= 1.01


def test_mnist_itself_is_still_read_after_the_whole_way() -> None:
    here = cache.find("mnist") is not None
    images, model = (
        image_files.load("mnist") if here else image_files.fallback_mnist(),
        predict.open_model("mlp"),
    )
    right, correlations = 0, []
    for picture, label in zip(images.test_x[:200], images.test_y[:200], strict=True):
        big = Image.fromarray(255 - picture).resize((280, 280), Image.Resampling.BICUBIC)
        pixels = preprocess.to_28x28(big).pixels
        right += predict.read_digit(model, pixels).label == str(label)
        correlations.append(np.corrcoef(pixels.ravel(), picture.ravel())[0, 1])
    assert right >= (194 if here else 191)  # of the digits that stand in for it 193
    assert np.mean(correlations) > 0.88


def test_8x8_keeps_the_ink() -> None:
    small = fitting.to_8x8(preprocess.to_28x28(digit()).pixels)
    assert small.shape == (8, 8)
    assert small[0].max() > 0.5
    assert small[-1].max() > 0.3


# --- faint and coloured ink -----------------------------------------------------------------------


def coloured(ink: object, paper: object, noise: float = 0, seed: int = 0) -> Image.Image:
    """The seven in one colour on another, with a camera's grain (standard deviation, of 255)."""
    shape = np.asarray(digit().convert("L"), float)[..., None] / 255
    picture = shape * np.array(paper) + (1 - shape) * np.array(ink)
    picture += noise * np.random.default_rng(seed).standard_normal((*picture.shape[:2], 1))
    return Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))


def correlation_with_black_on_white(picture: Image.Image) -> float:
    """How much it is like black on white to a network: the correlation of pixels."""
    plain = preprocess.to_28x28(digit()).pixels
    return float(np.corrcoef(plain.ravel(), preprocess.to_28x28(picture).pixels.ravel())[0, 1])


@given(
    st.tuples(*[st.integers(0, 255)] * 3),
    st.tuples(*[st.integers(0, 255)] * 3),
    st.floats(0, 2),
    st.integers(0, 99),
)
@example((255, 0, 0), (0, 130, 0), 0.0, 0)  # red on green, equally bright
@example((228, 228, 228), (240, 240, 240), 1.0, 0)  # faint pencil
@example((43, 43, 43), (30, 30, 30), 1.0, 0)
def test_ink_of_any_colour_is_seen_on_paper_of_any_other(
    ink: tuple[int, ...], paper: tuple[int, ...], noise: float, seed: int
) -> None:
    assume(
        np.linalg.norm(np.subtract(ink, paper)) >= 20 + 10 * noise
        or np.ptp(ink) == 0 == np.ptp(paper)
    )
    assume(np.linalg.norm(np.subtract(ink, paper)) >= 12 + 8 * noise)
    assert correlation_with_black_on_white(coloured(ink, paper, noise, seed)) > 0.9


@pytest.mark.parametrize(("ink", "paper"), [(0, 1), (1, 0), (254, 255), (128, 131)])
def test_hardly_any_contrast_is_enough_where_there_is_no_grain(ink: int, paper: int) -> None:
    shape = np.asarray(digit().convert("L"), float) / 255
    assert (
        correlation_with_black_on_white(
            Image.fromarray(np.rint(paper * shape + ink * (1 - shape)).astype(np.uint8))
        )
        > 0.85
    )


y, x = np.mgrid[:200, :260] / 260
PAPERS = {
    "even": 0 * x,
    "to the right": x,
    "to a corner": x * y,
    "a lamp": 2 * ((x - 0.4) ** 2 + (y - 0.5) ** 2),
}


@given(st.sampled_from(list(PAPERS)), st.floats(0, 8), st.integers(2, 150), st.integers(0, 99))
@example("to a corner", 0.0, 2, 0)
@example("to a corner", 0.125, 2, 0)
def test_paper_with_light_and_grain_is_blank(
    light: str, noise: float, fall: int, seed: int
) -> None:
    grain = noise * np.random.default_rng(seed).standard_normal(x.shape)
    picture = Image.fromarray(
        np.clip(np.rint(240 - fall * PAPERS[light] + grain), 0, 255).astype(np.uint8)
    )
    assert preprocess.to_28x28(picture).blank


@pytest.mark.parametrize("light", PAPERS)
@pytest.mark.parametrize("fall", np.arange(0.5, 4, 0.25))
def test_light_of_two_or_three_steps_is_blank(light: str, fall: float) -> None:
    for offset in (0, 0.3, 0.6):
        steps = np.rint(240 + offset - fall * PAPERS[light]).astype(np.uint8)
        for picture in (steps, steps.T, steps[:60, :90], 255 - steps):
            assert preprocess.to_28x28(Image.fromarray(picture)).blank


@given(st.integers(1, 90), st.integers(1, 90), st.tuples(*[st.integers(0, 255)] * 3))
@example(60, 90, (239, 239, 239))
def test_equal_colours_are_equally_bright(height: int, width: int, colour: tuple[int, ...]) -> None:
    picture = np.full((height, width, 4), [*colour, 255], np.uint8)
    assert len(np.unique(brightness.brightness_of(picture))) == 1


# --- remarks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "box", [(100, 0, 280, 280), (0, 100, 280, 280), (0, 0, 150, 280), (0, 0, 280, 180)]
)
def test_what_is_cut_off_is_said(box: tuple[int, int, int, int]) -> None:
    (remark,) = preprocess.prepare_sheet(digit().crop(box)).remarks
    assert "edge of the picture" in remark


def test_a_whole_digit_gets_no_remark_and_squared_paper_does() -> None:
    assert preprocess.prepare_sheet(digit()).remarks == ()
    for seed in range(6):
        remarks = preprocess.prepare_sheet(
            SAMPLES["On squared paper"](np.random.default_rng(seed))
        ).remarks
        assert "lines" in remarks[0]
