"""The commands besides `train`: read pictures, write a saved run as code or picture, list and
download datasets.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from tqdm import tqdm

from engine import find
from engine.settings import shown
from lab import files
from lab.cli.outputs import check_writable, write
from lab.cli.parser import UsageError
from lab.data import cache, download
from lab.data.menu import DATASETS, TITLES
from lab.data.progress import Progress
from lab.frames import figures
from lab.frames.render import render_frame
from lab.frames.view import View
from lab.reading.picture_file import MAX_BYTES, PictureError, open_picture
from lab.reading.predict import open_model, read_number
from lab.runs import model_file
from lab.runs.export import write_notebook, write_script
from lab.runs.model_file import Model

# --- predict --------------------------------------------------------------------------------------


def predict(arguments: argparse.Namespace) -> int:
    """Print a line for each picture; return 1 if one could not be read, else 0."""
    model = open_model(arguments.model)
    code = 0
    for path in arguments.pictures:
        result: dict[str, Any] = {"file": str(path)}
        try:
            result |= _read(model, path)
        except PictureError as error:
            result["error"] = str(error)
            code = 1
        print(json.dumps(result, ensure_ascii=False) if arguments.json else _line(path, result))
    return code


def _read(model: Model, path: Path) -> dict[str, Any]:
    """Return what the model reads on a picture, as an object for JSON; raises PictureError."""
    opened = open_picture(_content(path))
    number = read_number(model, opened)
    digits = [
        {"label": answer.label, "probabilities": answer.probabilities} for answer in number.answers
    ]
    doubts = dict.fromkeys(answer.doubt for answer in number.answers if answer.doubt)
    return {
        "label": number.text,
        "sure": not doubts,
        **(
            {"probabilities": digits[0]["probabilities"]}
            if len(digits) == 1
            else {"digits": digits}
        ),
        "notes": [*opened.notes, *number.sheet.remarks, *doubts],
    }


def _line(path: Path, result: dict[str, Any]) -> str:
    """Return what `_read` returned as a line for a person."""
    if "error" in result:
        return f"{path}: {result['error']}"
    shares = "  ".join(f"{name} {p:.1%}" for name, p in result.get("probabilities", {}).items())
    remarks = [
        f"({shares})" if shares else "",
        *result["notes"],
        "" if result["sure"] else "Not sure.",
    ]
    return f"{path}: {result['label']}   {' '.join(filter(None, remarks))}"


def _content(path: Path) -> bytes:
    try:
        content = files.read_bytes(path, MAX_BYTES)
    except OSError as error:
        raise PictureError(f"the file cannot be opened: {error.strerror or error}") from error
    if content is None:
        raise PictureError(f"the file is larger than {MAX_BYTES // 1_000_000} MB: save it smaller")
    return content


# --- export ---------------------------------------------------------------------------------------


def export(arguments: argparse.Namespace) -> int:
    """Write a saved run as a Python file, a notebook or a picture, by the suffix of `--out`."""
    suffix = arguments.out.suffix
    if suffix not in (".py", ".ipynb", ".png", ".svg"):
        raise UsageError(
            f"--out must end in .py, .ipynb, .png or .svg, not {shown(arguments.out.name)}"
        )
    check_writable(arguments.out)
    run = model_file.resumed(model_file.read(arguments.model))
    if suffix in (".png", ".svg"):
        painted = render_frame(run, run.status, run.message, 0.0, View(diagram=True))
        picture = figures.draw_figure(
            painted, run.experiment, run.data, arguments.picture, suffix[1:]
        )
        write(arguments.out, picture)
        return 0
    write(arguments.out, (write_script if suffix == ".py" else write_notebook)(run).encode())
    print(
        f"{arguments.out}: run it with python, and it gives the loss of this run "
        f"after {run.position.step:,} steps"
    )
    return 0


# --- datasets, download ---------------------------------------------------------------------------


def datasets(_arguments: argparse.Namespace) -> int:
    """Print a line for each dataset: name, title, and whether it is on this computer."""
    for name, dataset_class in DATASETS.items():
        source = getattr(dataset_class, "name", "")
        state = str(cache.state(source)) if source else "always here"
        print(f"{name:14}  {TITLES[name]:36}  {state}")
    return 0


def fetch(arguments: argparse.Namespace) -> int:
    """Download a dataset with a progress bar."""
    dataset_class = find(DATASETS, arguments.name, "dataset")
    name = getattr(dataset_class, "name", "")
    if not name:
        print(f"{arguments.name} needs no download")
        return 0
    # disable=None: a bar only on a terminal
    with tqdm(unit="B", unit_scale=True, desc=name, disable=None, leave=False) as bar:

        def report(progress: Progress) -> None:
            bar.total = progress.total
            bar.update(progress.done - bar.n)

        path = download.download(name, report)
    print(f"{name} is in {path}")
    return 0
