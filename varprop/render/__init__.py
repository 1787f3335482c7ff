"""Faces: text, LaTeX, Markdown, terminal, JSON. They show what was computed and compute nothing."""
