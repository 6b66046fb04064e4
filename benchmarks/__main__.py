"""`python -m benchmarks [NAME ...]` prints the figures, all or those named.

results/NAME.json keeps them.
"""

import importlib
import json
import sys
from pathlib import Path

NAMES = ("engine", "screen", "users", "tabs")
RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Runs each benchmark in turn."""
    wanted = sys.argv[1:] or list(NAMES)
    if unknown := [name for name in wanted if name not in NAMES]:
        print(
            f"python -m benchmarks: there is no {unknown[0]!r}; there are {', '.join(NAMES)}",
            file=sys.stderr,
        )
        return 2
    RESULTS.mkdir(exist_ok=True)
    for name in wanted:
        print(f"{name}:")
        figures = importlib.import_module(f"benchmarks.{name}").main()
        (RESULTS / f"{name}.json").write_text(
            json.dumps(figures, indent=1) + "\n", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
