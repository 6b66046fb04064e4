"""Turns the colours of a picture into a brightness that shows its ink, however faint it is.

Paper is taken for a smooth surface in the space of colours, and ink for what stands out of it.
"""

import functools

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Grey = NDArray[np.float32]  # (height, width), 0 to 1

SHARES = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue in brightness
COARSE = 64  # pixels of the longest side while paper is told from ink
SHARP = 0.5  # from one pixel to the next: grain of paper does not come so far
INK_SHARE = 0.005  # of a picture: the least that ink covers
EDGE = 2.0  # pixels of COARSE over which ink comes and goes, but light does not
BARELY = 0.01  # a contrast of two steps in 255: only pictures of few values hold ink so faint
FEW = 3  # such few values
THICK = 0.5  # see `_is_rounded_light`: drawn digits have up to 0.3, light has more than 0.53
# a picture that differs from a smooth surface by less is paper, unless something stands out
EXPLAINED = 0.05
FAINT = 0.12  # ink that is darker than its paper by less is made darker; black on white is 1


def to_image(picture: Grey) -> Image.Image:
    """Return a picture of 0 to 1 as a Pillow image of 0 to 255."""
    return Image.fromarray(np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8))


def brightness_of(rgba: NDArray[np.uint8]) -> Grey:
    """Return the brightness (height, width), 0 to 1, of a picture (height, width, 4), ignoring
    transparency.

    Equal colours get equal brightness, to the last bit: a matrix product rounds some pixels
    differently from their neighbours on some processors.
    """
    red, green, blue = SHARES / np.float32(255)
    brightness = rgba[..., 0] * red
    brightness += rgba[..., 1] * green
    brightness += rgba[..., 2] * blue
    return np.asarray(brightness, np.float32)


def composite(rgba: NDArray[np.uint8]) -> Grey:
    """Return the brightness (height, width), 0 to 1, of a picture (height, width, 4) laid on paper.

    Paper is black under bright ink and white under dark ink. Where brightness hardly separates ink
    from paper, the result is how near a pixel's colour is to the paper's: 1 is paper.
    """
    brightness, opaque = brightness_of(rgba), rgba[..., :3]
    if rgba[..., 3].min() < 255:
        alpha = rgba[..., 3].astype(np.float32) / 255
        ink = float((brightness * alpha).sum() / max(float(alpha.sum()), 1e-6))
        paper = 1.0 if ink < 0.5 else 0.0
        brightness = np.asarray(brightness * alpha + paper * (1 - alpha), np.float32)
        mixed = opaque * alpha[..., None] + 255 * paper * (1 - alpha[..., None])
        opaque = np.rint(mixed).astype(np.uint8)
    return _enhance_ink(opaque, brightness)


def _enhance_ink(colour: NDArray[np.uint8], brightness: Grey) -> Grey:
    """Return the brightness (height, width) of a picture (height, width, 3), or what shows its ink
    better.

    A smooth surface, the paper, is fitted to each colour; ink is what differs from it most. The
    result is 1 everywhere if nothing differs by more than grain does.
    """
    paper, residual = _fit_paper(_shrink(colour))
    strength = np.linalg.norm(residual, axis=-1) / np.float32(3**0.5)
    count = min(max(4, round(INK_SHARE * strength.size)), strength.size)
    strongest = np.argpartition(strength.ravel(), -count)[-count:]
    if _is_paper_only(strength, strongest):
        return brightness if _has_many_edges(brightness) else np.ones_like(brightness)
    # the direction in which ink differs from paper in the space of colours
    axis = np.linalg.svd(residual.reshape(-1, 3)[strongest], full_matrices=False)[2][0]
    along = residual @ axis
    if along.ravel()[strongest].sum() > 0:
        axis, along = -axis, -along  # ink is below the paper
    contrast = float(np.median(-along.ravel()[strongest]))
    plain = float(np.median(np.abs(residual.reshape(-1, 3)[strongest] @ SHARES)))
    if plain >= FAINT and plain >= 0.4 * contrast:
        return brightness
    values = len(np.unique(brightness))
    grain = values > FEW and contrast < BARELY  # what JPEG makes of it
    if grain or (values <= 2 * FEW and contrast < 3 * BARELY and _is_rounded_light(brightness)):
        return np.ones_like(brightness)
    if not _stands_out(along, along.ravel()[strongest]):
        return brightness
    height, width = brightness.shape
    surface = _evaluate_surface(paper @ axis, height, width)
    return _smooth_grain(1 + (colour @ (axis / np.float32(255)) - surface) / contrast)


def _shrink(colour: NDArray[np.uint8]) -> Grey:
    """Return a picture (height, width, 3), 0 to 1, with COARSE pixels on its longest side."""
    height, width, _ = colour.shape
    scale = min(1, COARSE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    channels = [
        np.asarray(channel.convert("F").resize(size, Image.Resampling.BOX))
        for channel in Image.fromarray(np.ascontiguousarray(colour)).split()
    ]
    return np.asarray(np.stack(channels, axis=-1) / np.float32(255), np.float32)


def _is_paper_only(strength: Grey, strongest: NDArray[np.intp]) -> bool:
    """Return whether what differs from the paper is grain, or light: ink has edges, light
    has none.
    """
    grain = strength.max() < EXPLAINED and not _stands_out(strength, strength.ravel()[strongest])
    height, width = strength.shape
    rim = max(height, width) // 20  # where a surface fits least
    edges = np.abs(strength - ndimage.gaussian_filter(strength, EDGE))
    inner = edges[rim : height - rim, rim : width - rim]
    return bool(grain or inner.max(initial=0) < 0.15 * strength.max())


def _is_rounded_light(brightness: Grey) -> bool:
    """Return whether a picture of few values is even light, rounded to steps.

    Of each step the smaller side is looked at, in its largest piece; sides that are smaller than
    ink only where all are. A piece of ink is thin beside the root of its area, and does not follow
    the rim for half of a side; a piece of a smooth surface does one or the other.
    """
    sides = [brightness <= level for level in np.unique(brightness)[:-1]]
    smaller = [side if 2 * side.sum() <= side.size else ~side for side in sides]
    large = [side for side in smaller if side.mean() >= INK_SHARE]
    for side in large or smaller:
        pieces, _ = ndimage.label(side, np.ones((3, 3)))
        piece = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
        thickness = ndimage.distance_transform_edt(piece).max() / np.sqrt(piece.sum())
        rims = piece[0], piece[-1], piece[:, 0], piece[:, -1]
        if max(thickness, *(rim.mean() for rim in rims)) < THICK:
            return False
    return True


def _smooth_grain(level: NDArray[np.floating]) -> Grey:
    """Return the level without a camera's grain, whose size is estimated from neighbouring
    pixels.
    """
    height, width = level.shape
    grain = float(np.median(np.abs(np.diff(level[::2], axis=1)))) if width > 1 else 0.0
    radius = min(4 * grain, max(height, width) / 100)
    if radius > 0.3:
        level = ndimage.gaussian_filter(level, radius)
    return np.clip(level, 0, 1).astype(np.float32)


def _has_many_edges(brightness: Grey) -> bool:
    """Return whether a picture that looks even from afar is full of edges: a pattern, or much
    writing.
    """
    steps = np.abs(np.diff(brightness, axis=1))
    return steps.size > 0 and float(np.mean(steps > SHARP)) > INK_SHARE


def _stands_out(values: Grey, strongest: Grey) -> bool:
    """Return whether the strongest values stand out of the spread of all, as ink does, unlike
    grain.
    """
    spread = 1.48 * float(np.median(np.abs(values - np.median(values))))
    return abs(float(np.mean(strongest)) - float(np.median(values))) > max(6 * spread, 0.002)


@functools.lru_cache(maxsize=8)
def _polynomial_terms(height: int, width: int) -> Grey:
    """Return the powers of a surface of the fourth order at each pixel: (height·width, 15)."""
    y, x = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    powers = [np.outer(y**i, x**j).ravel() for i in range(5) for j in range(5 - i)]
    return np.stack(powers, axis=1).astype(np.float32)


def _fit_paper(picture: Grey) -> tuple[Grey, Grey]:
    """Return the smooth surface that most of a picture (height, width, 3) lies on, and the
    residual.

    The surface is given by the coefficients of its powers, (15, 3); the residual is (height, width,
    3).
    """
    height, width, _ = picture.shape
    terms, pixels = _polynomial_terms(height, width), picture.reshape(-1, 3)
    kept = np.ones(len(pixels), bool)
    for _ in range(3):
        used = terms[kept]
        surface = np.linalg.lstsq(used.T @ used, used.T @ pixels[kept], rcond=None)[0]
        residual = pixels - terms @ surface
        strength = np.linalg.norm(residual, axis=1)
        kept = strength <= max(2.5 * float(np.median(strength)), 1e-4)
    return surface, residual.reshape(picture.shape)


def _evaluate_surface(coefficients: Grey, height: int, width: int) -> Grey:
    """Return the surface of these coefficients (15,) at each pixel: (height, width)."""
    y, x = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    grid, values = np.zeros((5, 5), np.float32), iter(coefficients.tolist())
    for i in range(5):
        for j in range(5 - i):
            grid[i, j] = next(values)
    return np.asarray(np.polynomial.polynomial.polygrid2d(y, x, grid), np.float32)
