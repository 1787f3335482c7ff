"""Questions in, results out: the one place that joins catalogue, solving and experiments."""
