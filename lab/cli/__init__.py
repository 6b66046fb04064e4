"""The command line, `python -m lab`: train, predict, export, list and download datasets, with the
experiments and the code of the pages.
"""

from lab.cli.program import main

__all__ = ["main"]
