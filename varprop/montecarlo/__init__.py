"""Experiments with sampled networks. Nothing here can see the formulas that it judges."""
