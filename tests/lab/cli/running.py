"""Runs the command line: in a process of its own, or in this one."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.cli import main

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "lab", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


# several command lines in one process, which prints a list for each: its code, what it printed
ONE_BY_ONE = """
import contextlib, io, json, sys
from lab.cli import main
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        code = main(arguments)
    print(json.dumps([code, out.getvalue()]))
"""


def run_one_by_one(*lines: Sequence[str]) -> list[tuple[int, str]]:
    """The code of each command line, and what it printed, all in one process of their own."""
    command = [sys.executable, "-W", "error", "-c", ONE_BY_ONE, json.dumps(lines)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def trained(options: str, tmp_path: Path) -> dict[str, Any]:
    out = tmp_path / "result.json"
    assert main([*options.split(), "--quiet", "--json", str(out)]) == 0
    return json.loads(out.read_text())
