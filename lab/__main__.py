"""`python -m lab` is the command line."""

import sys

if __name__ == "__main__":  # and not in the processes of a sweep, which import this file again
    from lab.cli import main

    sys.exit(main())
