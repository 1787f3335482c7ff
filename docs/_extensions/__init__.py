"""What the documents generate from varprop itself: mathematics, catalogue, commands, docstrings."""
