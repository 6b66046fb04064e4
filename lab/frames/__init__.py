"""What a page shows of a run at one moment, painted into one compact message."""
