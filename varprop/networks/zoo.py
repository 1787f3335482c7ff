"""Named networks, each written in the spec language: the zoo.

Add one as an entry in ``zoo_images`` or ``zoo_sequences``.
"""

from __future__ import annotations

from varprop.networks.zoo_entry import NetworkEntry
from varprop.networks.zoo_images import IMAGES
from varprop.networks.zoo_sequences import SEQUENCES
from varprop.registry import Registry

__all__ = ["NETWORKS", "NetworkEntry"]

NETWORKS: Registry[NetworkEntry] = Registry("network", "networks")
for _entry in (*IMAGES, *SEQUENCES):
    NETWORKS.add(_entry)
