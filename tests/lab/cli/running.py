"""Runs the command line: in a process of its own, or in this one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lab.cli import main

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "lab", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def trained(options: str, tmp_path: Path) -> dict[str, Any]:
    out = tmp_path / "result.json"
    assert main([*options.split(), "--quiet", "--json", str(out)]) == 0
    return json.loads(out.read_text())
