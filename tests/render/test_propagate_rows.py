"""Which rows of a deep network are worth a line."""

from __future__ import annotations

from varprop.render.propagate_screen import shown_rows


def test_short_networks_are_shown_whole() -> None:
    """As long as they fit."""
    assert shown_rows(["input", "1/2 Dense(3)", "2/2 Dense(3)"], 3) == (0, 1, 2)


def test_one_copy_of_a_block_and_the_ends_of_the_others() -> None:
    """Rows outside of blocks stay; of later copies the last one does."""
    copies = [
        f"{k}/9 {name}" for k in range(1, 10) for name in ("LayerNorm()", "Dense(8)", "Residual")
    ]
    names = ["input", "Embedding(8, 99)", *copies, "LayerNorm()"]
    rows = shown_rows(names, 20)
    shown = [names[k] for k in rows]
    assert shown[:5] == ["input", "Embedding(8, 99)", *copies[:3]]
    assert shown[5:-1] == [f"{k}/9 Residual" for k in range(2, 10)]
    assert shown[-1] == "LayerNorm()"


def test_ten_thousand_layers_are_thinned() -> None:
    """First, second, last, and fewer and fewer between."""
    names = ["input", *(f"{k}/10000 Dense(8) >> tanh" for k in range(1, 10001))]
    rows = shown_rows(names, 32)
    assert len(rows) <= 40
    assert {0, 1, 10000} <= set(rows)
    assert list(rows) == sorted(set(rows))
