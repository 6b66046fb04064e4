"""The program finds the command, runs it, and turns what goes wrong into one line and an
exit code.
"""

import io
import sys
from collections.abc import Sequence

from engine.settings import shown
from lab.cli.commands import datasets, export, fetch, predict
from lab.cli.parser import PROGRAM, UsageError, build_parser, option_name
from lab.cli.sweep import sweep
from lab.cli.train import train
from lab.cli.upkeep import keep_up
from lab.data.cache import DownloadError

COMMANDS = {
    "train": train,
    "sweep": sweep,
    "export": export,
    "predict": predict,
    "datasets": datasets,
    "download": fetch,
    "store": keep_up,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: all went well; 1: something in the command failed; 2: a value was wrong; 130 or 143: Ctrl+C
    or SIGTERM ended it.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a letter that the terminal cannot show is no reason to break off
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        parsed = build_parser().parse_args(arguments)
        # argparse takes `--` for nothing
        if empty := [name for name, value in vars(parsed).items() if value == []]:
            raise UsageError(f"{option_name(empty[0])} needs a value, and -- is none")
        code = COMMANDS[parsed.command](parsed)
        if sys.stdout:
            sys.stdout.flush()
        return code
    except BrokenPipeError:  # as in `... | head -1`: the reader has seen enough
        sys.stdout = None
        return 0
    except (UsageError, ValueError, DownloadError) as problem:
        print(f"{PROGRAM}: {_brief(str(problem), arguments)}", file=sys.stderr)
        return 2
    except OSError as problem:  # the disk on which the output goes is full, as with `> /dev/full`
        sys.stdout = None
        print(f"{PROGRAM}: {_brief(problem.strerror or str(problem), arguments)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{PROGRAM}: stopped", file=sys.stderr)
        return 130


def _brief(sentence: str, arguments: Sequence[str]) -> str:
    """Return `sentence` on one line; arguments that argparse quotes in it are cut to 60 letters."""
    parts = {part for argument in arguments for part in (argument, argument.partition("=")[2])}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) > 60 or not part.isprintable():
            sentence = sentence.replace(repr(part), shown(part)).replace(part, shown(part))
    return " ".join(sentence.split())
