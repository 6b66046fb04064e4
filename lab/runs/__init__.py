"""An experiment in one description, the run that trains it, and its files, links and exports."""
