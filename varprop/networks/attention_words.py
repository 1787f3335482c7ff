"""What attention's rule says of itself: its assumption, and approximations with their regime and error."""

from __future__ import annotations

LOGITS = (
    "attention: the logits of one query are Gaussian, the tokens alike; with formulas, gradients of "
    "different tokens are independent. What leans along the query where tokens aren't far fewer than "
    "features is right to first order in 1/features. Within 3 % of sampled networks for heads of 16 features "
    "and more and up to as many tokens as features; at 8 times as many, gradients at keys are 7 % too large"
)
REPEATED = (
    "attention: tokens overlap far more than by chance, as where ids repeat; counted to first order. For 16 "
    "tokens of 20 ids E[x²] is 5 % and gradients at queries and keys 6 to 9 % too large"
)
FEW = (
    "attention with formulas: far fewer tokens than features. Logits are linear in the tokens that they "
    "weigh, so that T averaged tokens of d features lean along the query: E[x²] is too small by a factor "
    "1 + T·s·exp(−s)/d for logits of variance s (2 % for 32 tokens of 768 features, 40 % at T = d), and a "
    "query's gradient by as much. With numbers it is followed"
)
FORMULA = (
    "softmax with formulas: E[Σ A²] = 1/(1 + (T − 1)·exp(−s)) for logits of variance s between keys. "
    "Right for T → ∞ and for s → 0; at s = 1 it is too large by 21 % for 4 tokens, 7 % for 64, 0.7 % for "
    "1024, and the logits' part of the gradient by 37 %, 16 % and 2 %. With numbers it is integrated"
)
UNEVEN = (
    "attention behind attention or a product of units without a norm between: tokens' lengths vary more than "
    "those of Gaussian features. Behind attention, gradients at queries and keys are too small by 28 % for "
    "32 tokens of 256 features, 21 % of 1024, 45 % for 128 tokens of 256, and by 10 % where skip paths lie "
    "between; behind a gate of 256 and 1024 features by 43 and 31 %, and E[x²] by 26 and 11 %. A norm "
    "between leaves 4 %"
)
STACKED = (
    "attention behind another: what tokens of two inputs have in common by chance is followed to first "
    "order. c of gradients at the queries is up to 0.04 too large for 32 tokens of 256 features"
)
APART = "attention: tokens count as independent where E[x_s x_t] isn't followed"
CAUSAL = (
    "causal attention: moments are averaged over the positions, of which the first see few tokens. Behind "
    "another causal attention the first tokens are more alike than the average, too: E[x²] of the second "
    "is 12 % too small for 24 tokens and 28 % for 128, and the gradients at its queries and keys are 12 to "
    "30 % too large"
)
