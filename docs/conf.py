"""Sphinx: ``sphinx-build -W -n -b html docs OUT`` with the extra ``docs``; needs no network.

``sphinx-build -b linkcheck docs OUT`` asks every server that a page links to.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
shutil.copytree(HERE.parent / "notebooks", HERE / "notebooks", dirs_exist_ok=True)

from varprop import __version__  # noqa: E402
from varprop.render.html_parts import STYLE  # noqa: E402

project = "varprop"
author = "the varprop developers"
version = release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "_extensions.docstrings",
    "_extensions.offline_mathematics",
    "_extensions.pages",
]
exclude_patterns = ["_build", "_extensions"]
nitpicky = True

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"

autodoc_member_order = "bysource"
autodoc_typehints = "none"
python_use_unqualified_type_names = True

linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_anchors_ignore_for_url = [r"https://github\.com/.*"]  # GitHub makes its anchors by script

html_theme = "furo"
html_title = "varprop"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0059a0", "color-brand-content": "#0059a0"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ff", "color-brand-content": "#7cc4ff"},
}


def _style(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:  # noqa: ARG001
    context["metatags"] = (
        context.get("metatags", "") + f"<style>{STYLE}.math{{overflow-x:auto}}</style>"
    )


def _links(app: Any, page: str, source: list[str]) -> None:  # noqa: ARG001
    """Let links to notebooks, right in the repository, lead to their copies beside the pages."""
    folder = "../notebooks/" if "/" in page else "notebooks/"
    source[0] = re.sub(r"\]\((?:\.\./)+notebooks/", f"]({folder}", source[0])


def setup(app: Any) -> None:
    """Bring varprop's own style along, as notebooks do."""
    app.connect("source-read", _links)
    app.connect("html-page-context", _style)
