"""Repeated blocks: copy by copy with numbers, in closed form with symbols.

``course`` sums the series of what one copy does to the moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Dummy, Expr, Product, S, Symbol

from varprop.errors import BadInput
from varprop.networks.containers import entered
from varprop.networks.course import SIZE, Course, followed, with_sizes, without_closed_form
from varprop.networks.growing import Mixture
from varprop.networks.layer import Forward, NoClosedForm, Setting
from varprop.networks.settled import settled
from varprop.networks.signal import Back, Gradient, Signal

if TYPE_CHECKING:
    from varprop.networks.containers import Repeat
    from varprop.networks.shape import Shape

LONGEST_WRITTEN = 4
"""Copies of a block without closed form that are written out one inside the other."""


FOLLOWED = 10**6
"""Copies that are followed one by one, where what leaves them goes on changing."""

WATCHED = 10**4
"""Copies after which more than that many are given up."""


def repeated(block: Repeat, signal: Signal, setting: Setting) -> Forward:
    """Return the signal after all copies, and the gradient's way back through them."""
    block.output(signal.shape)
    if setting.arithmetic.symbolic and not (
        block.count.is_Integer and int(block.count) <= LONGEST_WRITTEN
    ):
        return _closed(block, signal, setting)
    return _one_by_one(block, signal, setting)


def _one_by_one(block: Repeat, signal: Signal, setting: Setting) -> Forward:
    backs: list[Back] = []
    copies, still = block.copies, 0
    needed = 1 if setting.arithmetic.symbolic else 2
    for number in range(1, copies + 1):
        name = f"{number}/{copies}" if copies > 1 else ""
        after, back = _copy(block, name, signal, setting)
        backs.append(back)
        still = still + 1 if settled(signal, after) else 0
        if still == needed:
            backs.append(setting.again(copies - number, number, back))
            break
        if number == WATCHED and copies > FOLLOWED:
            raise BadInput(
                f"what leaves a copy of {block.block} still changes after {WATCHED:,} copies, so that "
                f"each is followed: {copies:.6g} are too many. Take at most {FOLLOWED:,}, or a symbol: "
                "L * (…)."
            )
        signal = after
    kept = setting.kept if setting.on_stream else None

    def through(gradient: Gradient) -> Gradient:
        for back in reversed(backs):
            gradient = back(gradient) if kept is None else kept(back(gradient))
        return gradient

    return after, through


def _copy(block: Repeat, name: str, signal: Signal, setting: Setting) -> Forward:
    setting.enter(name)
    found = entered(block.block, signal, setting)
    setting.leave()
    return found


def _closed(block: Repeat, signal: Signal, setting: Setting) -> Forward:
    """Fold one copy with a symbol for what enters, and sum the geometric series."""
    first, first_back = _copy(block, f"1/{block.count}", signal, setting)
    left = block.count - 1
    if block.block.output(first.shape) != first.shape:
        return _growing(block, signal, (first, first_back), setting)
    undo = setting.checkpoint()
    second, second_back = _copy(block, f"2…{block.count}/{block.count}", first, setting)
    if settled(first, second):
        setting.again(block.count - 2, 2, second_back)
        setting.stream(signal.second, second.second)
        steady = second_back(Gradient(S.One)).second ** left
        return second, lambda gradient: first_back(gradient.scaled(steady))
    undo()
    here = {name: Dummy(name, real=True, positive=name == SIZE or None) for name in followed(first)}
    entering = with_sizes(first, dict(here), setting)
    after, back = _copy(block, f"2…{block.count}/{block.count}", entering, setting)
    setting.again(block.count - 2, 2, back)
    images = followed(after)
    if images.keys() != here.keys():
        raise without_closed_form(block)
    course = Course(followed(first), here, images, block)
    final = with_sizes(first, course.at(left), setting)
    setting.stream(signal.second, final.second)
    factor = back(Gradient(S.One)).second

    def through(gradient: Gradient) -> Gradient:
        return first_back(gradient.scaled(_product(factor, course, left)))

    return final, through


def _growing(block: Repeat, signal: Signal, first: Forward, setting: Setting) -> Forward:
    """Fold one copy for all behind the first, its number j a symbol: each adds the same features.

    What enters copy j is taken for a mixture of what entered the first and of j − 1 equal additions;
    the copy must return the mixture of j of them.
    """
    start, first_back = first
    number = numbering(block, signal.shape)
    mixture = Mixture(signal, start, block.entering_at(signal.shape, number), number)
    after, back = _copy(block, f"{number} = 2…{block.count}", mixture.entering(number), setting)
    if not mixture.is_entering(number + 1, after):
        raise NoClosedForm(
            f"{block}: what the copies add isn't the same in all of them, so there is no closed form in "
            f"{block.count}. Give a number of copies, or normalise the branch (BatchNorm() or LayerNorm() "
            "first)."
        )
    setting.again(block.count - 2, 2, back)
    factor = setting.arithmetic.tidy(back(Gradient(S.One)).second)
    steady = Product(factor, (number, 2, block.count))
    whole = steady if factor.has(number) else factor ** (block.count - 1)
    return mixture.entering(block.count + 1), lambda gradient: first_back(gradient.scaled(whole))


def numbering(block: Repeat, shape: Shape) -> Symbol:
    """Return the symbol that numbers the copies: j, or the first letter that the block doesn't use."""
    sizes = [d for weight in block.block.weights(shape) for d in (*weight.dims, weight.scale)]
    used = {s.name for d in (*sizes, shape.features, block.count) for s in d.free_symbols}
    letter = next(letter for letter in "jirstu" if letter not in used)
    return Symbol(letter, integer=True, positive=True)


def _product(factor: Expr, course: Course, left: Expr) -> Expr:
    if not factor.free_symbols & set(course.here.values()):
        return factor**left
    k = Dummy("k", integer=True, nonnegative=True)
    return Product(course.put(factor, k), (k, 0, left - 1))
