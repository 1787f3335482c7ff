"""Claims as HTML: the verdict as a sign and a word, the statement, and what was found."""

from __future__ import annotations

from varprop.checking.findings import Checked, Decision
from varprop.render.check_screen import closing
from varprop.render.check_words import SIGNS, given_words, lines
from varprop.render.html import to_html
from varprop.render.html_parts import entries, paragraph, words


@to_html.register
def _(noun: Checked) -> str:
    return "".join(map(_one, noun.decisions)) + paragraph(words(closing(noun)))


@to_html.register
def _(noun: Decision) -> str:
    return _one(noun)


def _one(noun: Decision) -> str:
    answer = noun.answer
    given = given_words(noun)
    head = (
        f"{SIGNS[answer]} <strong>{words(answer.value)}</strong> "
        f"<code>{words(noun.statement)}</code>"
    )
    aside = f'<span class="aside">{words(given)}</span>' if given else ""
    found = [(label, words(text.replace("   ", " · "))) for label, text in lines(noun)]
    return paragraph(f"{head} {aside}") + entries(found)
