"""The colours of everything on a page, in one place: those of classes and runs, of charts, of ink.

lab/frames/palette.py, which pictures to take away share, says what classes look like. Style sheets
and the board's scripts read it as CSS variables of the page, which reach into components as well:

    --palette-light, --palette-dark    the colours of classes, separated by spaces
    --strength-light, --strength-dark  the share of a class's colour in a plane, where it is sure
    --faintest                         times that share, where a network is undecided
    --shapes                           SVG paths of classes, in quotes, separated by |
    --class-1 ... --class-5            the colours of classes on light paper, one by one
    --quiet                            the grey of what is there to be compared with
"""

from typing import Literal

import streamlit as st

from lab.frames.palette import FAINTEST, GREYS, INKS, PALETTES, PAPERS, SHAPES, STRENGTHS, rgb

# of drawings and pictures that look alike on light and on dark paper
ORANGE, BLUE, GREEN, PINK, RED = PALETTES["light"]
GREY, BLACK, WHITE = "#7a8796", "#111111", "#ffffff"
PEN = "#000000"  # on the white square of Draw

# of curves on the training and on the test examples, which their dashes tell apart as well
TRAIN, TEST = GREY, "#2b8fd6"


def scheme() -> Literal["light", "dark"]:
    """Whether the page has light or dark paper."""
    return "dark" if st.context.theme.type == "dark" else "light"


def palette() -> tuple[str, ...]:
    """The colours of classes, and a sixth for runs, on the page's paper."""
    return (*PALETTES[scheme()], GREYS[scheme()])


def ink() -> str:
    """The colour of text on the page."""
    return INKS[scheme()]


def paper() -> tuple[int, int, int]:
    """The page's background as red, green and blue."""
    return rgb(PAPERS[scheme()])


def css_variables() -> str:
    """A style sheet with the variables that this file's docstring lists."""
    variables = {"faintest": str(FAINTEST), "shapes": f'"{"|".join(SHAPES)}"', "quiet": GREY}
    for name, colours in PALETTES.items():
        variables[f"palette-{name}"] = " ".join(colours)
        variables[f"strength-{name}"] = str(STRENGTHS[name])
    for number, colour in enumerate(PALETTES["light"], 1):
        variables[f"class-{number}"] = colour
    return f":root {{ {' '.join(f'--{name}: {value};' for name, value in variables.items())} }}"
