"""Gaussian moments as numbers with an honest error bound.

An expression is read once into a small graph of stable primitives (``reading``), differentiated
there (``slopes``), and written out as straight-line Python that carries a running rounding error
(``code``). ``scalar`` (pure Python) and ``vector`` (NumPy) integrate it with adaptive Gauss-Kronrod
panels cut at the kinks; ``wide`` takes over beyond double range, ``digits`` and ``certified`` give
more digits or a proof.
"""
