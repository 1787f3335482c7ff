"""Solving for weight scales: conditions, closed forms, gains, fixed points."""
