"""`python -m lab` is the command line."""

import sys

from lab.command_line import main

sys.exit(main())
