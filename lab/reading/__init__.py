"""Reads anybody's picture: which digit it shows, and how sure the network is of it."""
