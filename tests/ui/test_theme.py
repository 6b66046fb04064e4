"""One place for each colour: style sheets, scripts, charts and Streamlit's theme agree on it."""

import re
import tomllib
from pathlib import Path

import pytest

from lab.frames.palette import INKS, PALETTES, PAPERS, SHAPES
from ui import theme

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    ROOT / "app.py",
    *(path for floor in ("engine", "lab", "ui", "pages") for path in (ROOT / floor).rglob("*.py")),
]
COLOURS = {ROOT / "lab/frames/palette.py", ROOT / "ui/theme.py"}


def test_no_other_file_names_a_colour() -> None:
    named = {path for path in FILES if re.search("#[0-9a-fA-F]{6}", path.read_text("utf-8"))}
    assert named == COLOURS


@pytest.mark.parametrize("folder", ["css", "js"])
def test_style_sheets_and_scripts_repeat_no_colour_of_a_class(folder: str) -> None:
    colours = {colour for palette in PALETTES.values() for colour in palette}
    for path in (ROOT / "assets" / folder).iterdir():
        assert not colours & set(re.findall("#[0-9a-f]{6}", path.read_text("utf-8").lower())), path


@pytest.mark.parametrize("scheme", PAPERS)
def test_streamlits_theme_has_our_paper_and_ink(scheme: str) -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    colours = config["theme"][scheme]
    assert colours["backgroundColor"].lower() == PAPERS[scheme]
    assert colours["textColor"].lower() == INKS[scheme]


def test_style_sheets_and_scripts_get_the_palette_as_css_variables() -> None:
    variables = dict(re.findall(r"--([\w-]+): (.*?);", theme.css_variables()))
    assert variables["palette-dark"].split() == list(PALETTES["dark"])
    assert [variables[f"class-{number}"] for number in range(1, 6)] == list(PALETTES["light"])
    assert variables["shapes"].strip('"').split("|") == list(SHAPES)
    named = re.findall(r"--([\w-]+\w)", str(theme.__doc__))
    assert set(named) <= set(variables)
