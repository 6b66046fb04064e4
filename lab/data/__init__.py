"""What networks learn from: datasets, their menu, points and pictures, and where they come from."""
