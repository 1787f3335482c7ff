"""What the documents generate from varprop itself: mathematics, catalogue, claims, commands."""
