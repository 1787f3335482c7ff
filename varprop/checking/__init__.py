"""Deciding statements about random variables and networks: a claim in, a verdict with evidence out."""
