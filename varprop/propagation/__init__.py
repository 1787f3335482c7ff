"""Recurrences of a network's layers: how the second moment travels forward and the gradient back."""
