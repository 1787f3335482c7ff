"""The field's signs spelt out, for terminals and streams without Unicode."""

from __future__ import annotations

import unicodedata

ASCII = str.maketrans(
    {
        "√": "sqrt", "·": "*", "−": "-", "σ": "sigma", "χ": "chi", "δ": "delta", "π": "pi",
        "Σ": "Sum", "α": "alpha", "φ": "phi", "λ": "lambda", "²": "^2", "³": "^3", "⁴": "^4",
        "×": "x", "±": "+-", "∥": "_par", "⊥": "_perp", "≈": "~", "∞": "inf", "≤": "<=", "≥": ">=",
        "ⱼ": "_j", "ₖ": "_k", "ᵢ": "_i", "→": "->", "…": "...", "½": "1/2", "θ": "theta", "′": "'",
        "█": "#", "▏": "|", "▎": "|", "▍": "|", "▌": "|", "▋": "#", "▊": "#", "▉": "#", "✓": "+",
        "✗": "x", "–": "-", "—": "-", "∂": "d", "≠": "!=", "⁻": "^-", "⁰": "0", "¹": "1", "⁵": "5",
        "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "μ": "mu", "ε": "eps", "κ": "kappa", "τ": "tau",
        "𝔼": "E", "•": "*", "ρ": "rho", "η": "eta", "ν": "nu", "∫": "int ", "÷": "/",
    }
)  # fmt: skip


def to_ascii(text: str) -> str:
    """Return the text with the field's signs spelt out for a terminal without Unicode."""
    spelt = text.translate(ASCII)
    return spelt if spelt.isascii() else "".join(map(_spelt, spelt))


def _spelt(sign: str) -> str:
    """Spell out one sign that the table lacks: ₁ as _1, ξ as xi, a dot of a picture as a star."""
    if sign.isascii():
        return sign
    name = unicodedata.name(sign, "")
    if name.startswith("GREEK"):
        letter = name.rsplit(" ", maxsplit=1)[-1]
        return letter.lower() if "SMALL" in name else letter.capitalize()
    if name.endswith("BLOCK"):
        return "#"
    if name.startswith("BRAILLE"):
        return "*" if sign != "\u2800" else " "
    plain_form = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    if plain_form:
        return f"_{plain_form}" if "SUBSCRIPT" in name else plain_form
    return "?"
