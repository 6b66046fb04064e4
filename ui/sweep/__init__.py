"""What the page Sweep is made of: what varies, the trials as they come in, and the map of what
they found.
"""
