"""`python -m benchmarks [NAME ...]` prints the figures, all or those named.

results/NAME.json keeps them. `python -m benchmarks engine PART ...` prints parts of the engine's
table, each by the name of its function, and keeps nothing.
"""

import importlib
import json
import sys
from pathlib import Path

NAMES = ("engine", "screen", "users", "tabs", "chaos")
# run only when they are named: one needs what few machines have, the other some minutes
ALL = (*NAMES, "gpu", "rooms")
RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Runs each benchmark in turn."""
    wanted = sys.argv[1:] or list(NAMES)
    if wanted[0] == "engine" and len(wanted) > 1 and wanted[1] not in ALL:
        importlib.import_module("benchmarks.engine").main(wanted[1:])
        return 0
    if unknown := [name for name in wanted if name not in ALL]:
        print(
            f"python -m benchmarks: there is no {unknown[0]!r}; there are {', '.join(ALL)}",
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
