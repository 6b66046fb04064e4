"""`mynet.py` is one program that grows with the course: each lesson adds a few lines, and a trial.

It stands in assets/, cut by its comments. As far as a lesson it has all that lessons up to it
added, and the trial of that lesson alone.
"""

import functools
import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "assets" / "mynet.py"
_LESSON = re.compile(r"^# --- lesson (\d+): .*$", re.MULTILINE)
_TRY = "# try\n"
# what the program needs only from the lesson on that reads pictures
_READING, READS_PICTURES = "import gzip\nimport os\nfrom pathlib import Path\n\n", 12


@functools.cache
def _parts() -> tuple[str, dict[int, tuple[str, str]]]:
    """Return how the program begins, and what each lesson adds: definitions, and a trial."""
    head, *rest = _LESSON.split(SOURCE.read_text(encoding="utf-8"))
    titles = _LESSON.finditer(SOURCE.read_text(encoding="utf-8"))
    parts = {}
    for title, number, body in zip(titles, rest[::2], rest[1::2], strict=True):
        added, _, trial = body.partition(_TRY)
        parts[int(number)] = f"{title[0]}\n{added.strip()}\n", trial.strip() + "\n"
    return head.strip() + "\n", parts


def added_by(lesson: int) -> str:
    """Return the lines that a lesson adds; none for one that adds nothing."""
    parts = _parts()[1]
    return parts[lesson][0].partition("\n")[2] if lesson in parts else ""


def program(lesson: int) -> str:
    """Return the program as far as a lesson that adds to it, to be run by itself.

    Raises KeyError for a lesson that does not.
    """
    head, parts = _parts()
    trial = parts[lesson][1]
    if lesson < READS_PICTURES:
        head = head.replace(_READING, "")
    blocks = [head, *(added for number, (added, _) in sorted(parts.items()) if number <= lesson)]
    return "\n\n".join(blocks) + "\n\n" + trial
