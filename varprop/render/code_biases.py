"""The biases of an emitted initialiser: zero, or drawn with σ_b², and an LSTM's forget bias once.

Templates hold lines for σ_b² > 0 (ending in ``#b``), for a forget bias (``#f``) and for either
(``#w``), which are left out where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from varprop.answer.architecture import ArchitectureSolution
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.network import every
from varprop.networks.recurrent import LSTM
from varprop.render.code_entries import Entry
from varprop.render.code_numbers import refuse_symbols
from varprop.result import Solution


@frozen
class Biases:
    """What the answer assumes of biases: their standard deviation, how many vectors of each length
    there are, and the forget bias by the width of an LSTM."""

    std: float
    lengths: dict[int, int]
    forget: dict[int, float]

    @property
    def words(self) -> str:
        """What a docstring says of them."""
        drawn = "Biases get the std BIAS" if self.std else "Biases are set to 0"
        return f"{drawn}{', LSTMs FORGET' if self.forget else ''}."


def biases_of(noun: Solution | ArchitectureSolution, entries: Sequence[Entry]) -> Biases:
    """Return the biases that the weights of an answer were sized for; raises BadInput for symbols."""
    std = bias_std(noun)
    lengths: dict[int, int] = {}
    for entry in entries:
        if entry.bias:
            lengths[entry.bias] = lengths.get(entry.bias, 0) + entry.copies
    forget: dict[int, float] = {}
    found = every(noun.network.layer) if isinstance(noun, ArchitectureSolution) else ()
    for layer in found:
        if isinstance(layer, LSTM):
            _keep(forget, layer)
    return Biases(std, lengths if std else {}, {h: f for h, f in forget.items() if f})


def bias_std(noun: Solution | ArchitectureSolution) -> float:
    """Return √σ_b²; raises BadInput while it has a symbol."""
    refuse_symbols(noun.bias_variance.free_symbols)
    return float(noun.bias_variance) ** 0.5


def _keep(forget: dict[int, float], layer: LSTM) -> None:
    width, value = int(layer.hidden), float(layer.forget_bias)
    if forget.setdefault(width, value) != value:
        raise BadInput(
            f"--code finds an LSTM by its width, but two of width {width} have different forget "
            f"biases, {forget[width]:g} and {value:g}. Give them one forget_bias."
        )


def bias_constants(found: Biases) -> list[str]:
    """Return the lines that name what is drawn."""
    lines = []
    if found.std:
        lines += [
            f"BIAS = {found.std!r}  # std of every bias, √σ_b²: drawn from a normal law, as by the rules",
            f"BIASES = {found.lengths!r}  # vectors of biases in the network, by their length",
        ]
    if found.forget:
        lines.append(
            f"FORGET = {found.forget!r}  # forget bias by the width of an LSTM, added once per LSTM"
        )
    return [*lines, ""] if lines else []


def bias_source(found: Biases, library: str) -> str:
    """Return the function that sets a model's biases in that library."""
    wanted = {"#b": bool(found.std), "#f": bool(found.forget)}
    wanted["#w"] = any(wanted.values())
    kept = [
        line.removesuffix(line[-2:]).rstrip() if line[-2:] in wanted else line
        for line in _TEMPLATES[library].splitlines()
        if wanted.get(line[-2:], True)
    ]
    counted = _COUNT if found.std and library != "numpy" else ""
    return counted + "\n".join(kept) + "\n"


_COUNT = '''

def _count_biases(found):
    """Refuse a model that has fewer or more vectors of biases than the network."""
    for length in sorted({*found, *BIASES}):
        has, wanted = found.count(length), BIASES.get(length, 0)
        if has != wanted:
            raise ValueError(f"{has} vectors of {length} biases in the model, {wanted} in the network: "
                             "its weights are sized for the biases it has")
'''

_TORCH = '''

def _set_biases(parameters, names, generator):
    """Set the biases as the answer assumes them."""
    drawn = []  #b
    placed = set()  #f
    for name, b in parameters.items():
        last = name.rpartition(".")[2]
        if b.dim() != 1 or "bias" not in last or names.get(name, 0) is None:
            continue
        b.zero_()
        weight = name.removesuffix(last) + last.replace("bias", "weight")  #w
        if last.startswith("bias_hh"):  # of two vectors only the sum acts: this one stays 0  #b
            continue  #b
        if weight not in parameters or parameters[weight].dim() >= 2:  # not a norm's  #b
            b.normal_(0.0, BIAS, generator=generator)  #b
            drawn.append(b.numel())  #b
        recurrent = parameters.get(weight.replace("_ih", "_hh"))  #f
        if last.startswith("bias_ih") and recurrent is not None:  #f
            h = recurrent.shape[1]  #f
            if recurrent.shape[0] == 4 * h and h in FORGET:  # gates i, f, g, o  #f
                b[h : 2 * h] += FORGET[h]  #f
                placed.add(h)  #f
    _count_biases(drawn)  #b
    if missing := FORGET.keys() - placed:  #f
        raise ValueError(f"no LSTM with biases has the widths {missing}: no place for FORGET")  #f
'''

_KERAS = '''

def _set_biases(variables, names, rng):
    """Set the biases as the answer assumes them."""
    drawn = []  #b
    placed = set()  #f
    for path, v in variables.items():
        if not path.endswith("bias") or names.get(path, 0) is None:
            continue
        b = np.zeros(tuple(v.shape))
        cell = variables.get(path.removesuffix("bias") + "recurrent_kernel")  #w
        into = b if cell is None or b.ndim == 1 else b[0]  # a GRU's recurrent row stays 0  #b
        into[...] = BIAS * rng.standard_normal(into.shape)  #b
        drawn.append(into.size)  #b
        if cell is not None and cell.shape[1] == 4 * cell.shape[0] and cell.shape[0] in FORGET:  #f
            h = cell.shape[0]  # gates i, f, c, o  #f
            b[h : 2 * h] += FORGET[h]  #f
            placed.add(h)  #f
        v.assign(b)
    _count_biases(drawn)  #b
    if missing := FORGET.keys() - placed:  #f
        raise ValueError(f"no LSTM with biases has the widths {missing}: no place for FORGET")  #f
'''

_JAX = '''

def _set_biases(arrays, biases, names, keys):
    """Set the biases as the answer assumes them."""
    drawn = []  #b
    placed = set()  #f
    for name in biases:
        if names.get(name, 0) is None:
            continue
        x = jnp.zeros(arrays[name].shape)
        norm = "scale".join(name.rsplit("bias", 1)) in arrays  #b
        if not norm and "['hn']" not in name:  # hn: behind a GRU's reset gate, stays 0  #b
            x = BIAS * jax.random.normal(keys[name], x.shape)  #b
            drawn.append(x.size)  #b
        if "['hf']" in name and x.size in FORGET:  # Flax's LSTMCell keeps a kernel for each gate  #f
            x = x + FORGET[x.size]  #f
            placed.add(x.size)  #f
        arrays[name] = x
    _count_biases(drawn)  #b
    if missing := FORGET.keys() - placed:  #f
        raise ValueError(f"no LSTM with a bias ['hf'] has the widths {missing}: no place for FORGET")  #f
'''

_NUMPY = '''

def draw_biases(seed=0):
    """Return the biases of every tensor that draw() returns, None where it has none."""
    rng = np.random.default_rng((seed, 1))
    found = []
    for name, _, _, copies, length in SCALES:
        for _ in range(copies):
            b = np.zeros(length) if length else None
            if length:  #b
                b = BIAS * rng.standard_normal(length)  #b
            if length and name in SHIFTS:  #f
                first, last, value = SHIFTS[name]  #f
                b[first:last] += value  #f
            found.append(b)
    return found
'''
_TEMPLATES = {"torch": _TORCH, "keras": _KERAS, "jax": _JAX, "numpy": _NUMPY}


def shifts(noun: Solution | ArchitectureSolution, entries: Sequence[Entry]) -> list[str]:
    """Return NumPy's table of forget biases: entry, slice, value (gates i, f, g, o)."""
    if not isinstance(noun, ArchitectureSolution):
        return []
    found: dict[str, tuple[int, int, float]] = {}
    for layer in every(noun.network.layer):
        if isinstance(layer, LSTM) and layer.forget_bias != 0:
            h, value = int(layer.hidden), float(layer.forget_bias)
            found[f"{layer} input"] = (h, 2 * h, value)
            found[f"{layer} forget gate input"] = (0, h, value)
    held = {e.label: found[e.name] for e in entries if e.bias and e.name in found}
    return [f"SHIFTS = {held!r}  # forget bias: entry, slice (gates i, f, g, o), value", ""]
