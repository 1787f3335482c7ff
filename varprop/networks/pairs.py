"""What pairs of values have in common beyond E[x x̃] and E[x_s x_t]: a small record."""

from __future__ import annotations

from varprop.frozen import frozen
from varprop.networks.arithmetic import Value


@frozen
class Pairs:
    """Correlations of pairs, relative to the variance of one value.

    ``overlap`` is what the mean square overlap of two tokens' own parts has beyond 1/features, that of
    independent features. ``far`` is the correlation of two tokens of two inputs, None where it counts
    as that of two tokens of one; ``features`` that of two features of one token, ``features_far`` the
    same of two inputs. ``level`` says that all tokens have one length, as right behind a norm, ``uneven``
    that lengths vary more than those of Gaussian features, as behind a product. ``alone`` is the share
    of ``overlap`` that tokens of one input have with each other, but not with another input's.
    """

    overlap: Value = 0
    far: Value | None = None
    features: Value = 0
    features_far: Value = 0
    level: bool = False
    uneven: bool = False
    alone: Value = 0


NONE = Pairs()
"""Nothing beyond: features independent, two inputs' tokens as alike as one's."""
