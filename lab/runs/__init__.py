"""An experiment, said in one description, and the run that trains it, is kept, linked to and
exported.
"""
