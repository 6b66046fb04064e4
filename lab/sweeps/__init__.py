"""A sweep trains one experiment many times over, each time with other settings: here, on a cluster,
or for a page.
"""
