"""The command `glassbox` of an installed wheel: alone it serves the pages and opens the browser;
with a word behind it, as in `glassbox train --help`, it is the command line.

The wheel carries the folders as they are, in one of its own: this is an application, and nothing in
it is to be imported by others.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> int:
    """Do what the words behind `glassbox` say; options alone, as `--server.port 8600`, are those of
    `streamlit run`.
    """
    sys.path.insert(0, str(ROOT))
    arguments = sys.argv[1:]
    if arguments and (not arguments[0].startswith("-") or arguments[0] in ("-h", "--help")):
        from lab.cli.program import main as command_line

        return command_line(arguments)
    from streamlit.web import cli

    # by module and not by a program's name, which need not be on the path
    sys.argv = ["streamlit", "run", str(ROOT / "app.py"), *arguments]
    cli.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
