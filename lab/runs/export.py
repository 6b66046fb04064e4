"""An export is a run as one Python file, or a notebook, that needs nothing but NumPy and gives the
very same loss.

It is put together from the engine's own source, of which it has only what this run uses. So it
cannot drift from what the page does, and is the same to the last bit.
"""

import json
import textwrap
from typing import Any

from lab.data.menu import title_of
from lab.runs import replay
from lab.runs.run import Run
from lab.runs.source_library import Library, Section

NEEDS = "What it needs"
CHOICE = '''class Choice:
    """Something with settings, which are its fields."""

    def __post_init__(self):
        """For those that have more to prepare."""

    def changed(self):
        """A fresh copy."""
        return replace(self)
'''
LATER = "from __future__ import annotations"  # types are for the reader: none is looked up
IMPORTS = {
    "gzip.": "import gzip",
    "Path(": "from pathlib import Path",
    "SimpleNamespace(": "from types import SimpleNamespace",
}


def write_sections(run: Run) -> list[Section]:
    """Return the run as it stands, section by section; raises ValueError for one that has
    diverged.
    """
    if run.status == "diverged":
        raise ValueError(
            "this run has diverged, so there is no loss to reproduce: "
            "choose a smaller learning rate"
        )
    run.finish_measuring()
    data, home = replay.code_to_load_data(run)
    codes = [
        data,
        replay.code_to_build_network(run),
        replay.code_to_train(run),
        replay.code_to_compare(run),
    ]
    library, whole = Library(), "".join(codes)
    library.use_main(codes, home)
    imports = library.imports | {line for call, line in IMPORTS.items() if call in whole}
    e = run.experiment
    texts = {
        "Load the data": _learned(run)[:100],
        "Build the network": f"{e.summary}: {e.parameters:,} parameters.",
        "Train it": f"{run.position.step:,} steps, as on the page.",
        "Compare": "The losses must be those that the page shows.",
    }
    return [
        Section(NEEDS, "NumPy, and of Python itself no more than this.", _imports(imports)),
        *library.sections(),
        *(Section(*text, code) for text, code in zip(texts.items(), codes, strict=True)),
    ]


def _imports(lines: set[str]) -> str:
    ours = {"from dataclasses import replace", *lines, "import os"}
    plain = sorted(line for line in ours if "numpy" not in line and "PIL" not in line)
    other = sorted(line for line in ours if line not in plain)
    threads = (
        'os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products are quicker so\n\n'
    )
    return (
        f"{LATER}\n\n" + "\n".join(plain) + "\n\n" + threads + "\n".join(other) + "\n\n\n" + CHOICE
    )


def _learned(run: Run) -> str:
    """Return the dataset's settings; where another stood in for it, that is named instead."""
    dataset = run.experiment.dataset
    return f"{title_of(dataset, run.data.source)}." if run.data.note else repr(dataset)


def _about(run: Run) -> tuple[str, str]:
    """Return a title and a few sentences on the run."""
    e = run.experiment
    subject = f"{title_of(e.dataset, run.data.source)}, {e.summary}, {type(e.optimizer).__name__}"
    return (
        f"Glassbox: {subject}, after {run.position.step:,} steps.",
        "It needs only NumPy. The classes are those of Glassbox's own engine, no more than this "
        "run uses, to be read from top to bottom; the last lines check that the losses are those "
        "of the page.",
    )


def write_script(run: Run) -> str:
    """Return the run as one Python file."""
    title, text = _about(run)
    parts = [f'"""{title}\n\n{_wrapped(text)}\n"""\n']
    rule = "# " + "-" * 100
    for title, _, code in write_sections(run):
        heading = "" if title == NEEDS else f"{rule}\n# {title}\n{rule}\n\n"
        parts.append(heading + code)
    return "\n".join(parts)


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 110))


def write_notebook(run: Run) -> str:
    """Return the run as a Jupyter notebook (nbformat 4.5), a section a cell."""
    title, text = _about(run)
    cells = [_cell("markdown", f"# {title}\n\n{text}", 0)]
    for section in write_sections(run):
        text = f"## {section.title}\n\n{section.sentence}".strip()
        cells.append(_cell("markdown", text, len(cells)))
        code = section.code.strip()
        if LATER not in code:  # each cell is compiled alone
            code = f"{LATER}\n\n{code}"
        cells.append(_cell("code", code, len(cells)))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5},
        indent=1,
        ensure_ascii=False,
    )


def _cell(cell_type: str, text: str, number: int) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": cell_type,
        "id": f"part-{number}",
        "metadata": {},
        "source": text.splitlines(True),
    }
    return cell | ({"execution_count": None, "outputs": []} if cell_type == "code" else {})
