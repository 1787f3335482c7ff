"""Architectures: layers with their rules and samplers, networks from text, and the fold over them."""
