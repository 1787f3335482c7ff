"""Marks inside MathML that only a reader without MathML sees: ``2/n``, not ``2n``, where tags are lost.

Viewers of notebooks that don't trust their source (JupyterLab before a run, GitHub) drop every tag
of MathML and keep the text. The marks are never displayed where MathML is.
"""

from __future__ import annotations

from typing import Any
from xml.dom.minidom import Document, Node

HIDDEN = "display:none"
TIMES = "\u2062"
JOINTS = {"mfrac": "/", "msup": "^", "msub": "_", "mover": "^", "munder": "_"}
LIMITS = ("msubsup", "munderover")


def with_marks(element: Any) -> Any:
    """Return the element with marks put in: its text alone can be read on one line."""
    for child in list(element.childNodes):
        if child.nodeType == Node.ELEMENT_NODE:
            with_marks(child)
    tag = element.tagName
    if tag in JOINTS:
        first, second = element.childNodes
        if tag == "mfrac":
            _bracket(first, "")
        _bracket(second, JOINTS[tag])
    elif tag in LIMITS:
        _, low, high = element.childNodes
        _bracket(low, "_")
        _bracket(high, "^")
        if tag == "munderover":
            element.lastChild.appendChild(_mark(" "))
    elif tag == "msqrt":
        wide = _wide(element.childNodes)
        element.insertBefore(_mark("√(" if wide else "√"), element.firstChild)
        if wide:
            element.appendChild(_mark(")"))
    elif tag == "mtd" and element.nextSibling is not None:
        element.appendChild(_mark(" "))
    elif tag == "mtr" and element.nextSibling is not None:
        element.lastChild.appendChild(_mark("; "))
    elif tag == "mo" and _text(element) == TIMES:
        element.parentNode.insertBefore(_mark("·"), element.nextSibling)
    return element


def _mark(text: str) -> Any:
    document = Document()
    made = document.createElement("mtext")
    made.setAttribute("style", HIDDEN)
    made.appendChild(document.createTextNode(text))
    return made


def _bracket(element: Any, joint: str) -> None:
    """Put an element behind a joint, in brackets where it is more than one sign."""
    wide = _wide([element])
    if not joint and not wide:
        return
    parent, place = element.parentNode, element.nextSibling
    row = Document().createElement("mrow")
    parent.removeChild(element)
    row.appendChild(_mark(f"{joint}(" if wide else joint))
    row.appendChild(element)
    if wide:
        row.appendChild(_mark(")"))
    parent.insertBefore(row, place)


def _wide(elements: list[Any]) -> bool:
    shown = [part for part in elements if part.getAttribute("style") != HIDDEN]
    while len(shown) == 1 and shown[0].tagName == "mrow":
        shown = [part for part in shown[0].childNodes if part.getAttribute("style") != HIDDEN]
    return len(shown) > 1 or (bool(shown) and shown[0].tagName == "mfrac")


def _text(element: Any) -> str:
    return "".join(node.data for node in element.childNodes if node.nodeType == Node.TEXT_NODE)
