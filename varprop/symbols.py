"""Old name of varprop.notation; goes before the release."""

from varprop.notation import *  # noqa: F403
from varprop.notation import RESERVED, c, check_name, h, positive, q  # noqa: F401
