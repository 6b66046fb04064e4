"""What networks learn from: datasets and their menu, points and pictures, and where they come from."""
