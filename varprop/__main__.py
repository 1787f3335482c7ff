"""``python -m varprop`` is the command ``varprop``."""

from varprop.cli import main

if __name__ == "__main__":
    main()
