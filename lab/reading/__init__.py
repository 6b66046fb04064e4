"""From anybody's picture to a digit and how sure the network is of it."""
