"""What stands on a lesson's page, and in its source."""

import ast
import contextlib
import functools
import io
import re
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from lab.course.question import Choice, Question
from lab.course.quiz import QUIZ

ROOT = Path(__file__).resolve().parents[3]


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
    assert not re.search(r"import (?!numpy|time)", codes[place])
    assert prints(codes[place]) == codes[place + 1]


def listed(at: AppTest) -> str:
    """What the listing prints, as the page has it."""
    codes = [code.value for code in at.code]
    (place,) = [i for i, code in enumerate(codes) if code.startswith("import numpy")]
    return codes[place + 1]


def train(at: AppTest, key: str) -> None:
    """Presses Train, and waits until the runs have ended."""
    at.button(key=f"{key}:train").click().run()
    end = time.monotonic() + 180  # of a busy machine
    while at.session_state[key].tokens and time.monotonic() < end:
        time.sleep(0.3)
        at.run()
    at.run()
    assert not at.exception
    assert at.button(key=f"{key}:train").label.endswith("again")


def printed(at: AppTest, name: str) -> list[float]:
    """The numbers behind a name in what the listing prints."""
    line = next(line for line in listed(at).splitlines() if line.startswith(name))
    return [
        float(number)
        for number in re.findall(r"[-+]?\d[\d,]*\.?\d*", line.removeprefix(name).replace(",", ""))
    ]


@functools.cache
def told(file: str) -> str:
    """All texts of a lesson's source, white space made single."""
    paths = [ROOT / "pages" / "learn" / f"{file}.py"]
    asked = " ".join(text for each in QUIZ[file] for text in said_by(each))
    if file == "overfitting":
        paths.append(ROOT / "ui" / "learn" / "cures.py")
    texts = [
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return " ".join(f"{' '.join(texts)} {asked}".split())


def said_by(asked: Question) -> list[str]:
    """All texts of a question."""
    if isinstance(asked, Choice):
        return [asked.ask, asked.reason, *asked.options, *filter(None, asked.options.values())]
    return [asked.ask, asked.reason, asked.otherwise, asked.unit, *asked.hints.values()]
