"""Setting up, driving, comparing, sharing and studying a run."""
