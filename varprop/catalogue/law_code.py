"""The source that draws a weight law in each library, for initialisers that people paste.

``p`` is the law's parameter, for laws of matrices the standard deviation of an entry. PyTorch fills
the tensor ``w`` from ``generator``, JAX and NumPy return an array of ``shape`` from the key ``k`` or
from ``rng``. Numbers of form are filled in: ``{nu}``.
"""

from __future__ import annotations

from varprop.frozen import frozen


@frozen
class Drawing:
    """An expression that draws, the functions it calls and the modules it needs."""

    expression: str
    helper: str = ""
    imports: str = ""


@frozen
class LawCode:
    """How each library draws a law; Keras takes NumPy's draws unless it has its own.

    ``call`` is the line to type in PyTorch, with ``{value}`` for the law's parameter, ``{end}`` for the
    end of a truncated law and a newline where a narrow screen may break it.
    """

    call: str
    torch: Drawing
    jax: Drawing
    numpy: Drawing
    own_keras: Drawing | None = None

    @property
    def keras(self) -> Drawing:
        """What fills a Keras variable."""
        return self.own_keras or self.numpy

    def typed(self, value: str, end: str, forms: tuple[tuple[str, float], ...]) -> str:
        """Return PyTorch's line with the printed numbers in it."""
        numbers = {symbol: f"{number:g}" for symbol, number in forms}
        return _filled(self.call, {**numbers, "value": value, "end": end})

    def in_library(self, name: str, forms: tuple[tuple[str, float], ...]) -> Drawing:
        """Return what draws in that library, with the numbers of form put in."""
        found: Drawing = getattr(self, name)
        values = {symbol: format(value, ".15g") for symbol, value in forms}
        return Drawing(
            _filled(found.expression, values), _filled(found.helper, values), found.imports
        )


def _filled(text: str, values: dict[str, str]) -> str:
    for symbol, value in values.items():
        text = text.replace("{" + symbol + "}", value)
    return text


_TRUNCATED = '''

def _truncated(rng, p, shape):
    """Return a normal law of standard deviation p before it is cut at ±{k}·p."""
    w = rng.standard_normal(shape)
    while (far := np.abs(w) > {k}).any():
        w[far] = rng.standard_normal(far.sum())
    return p * w
'''
_ORTHOGONAL = '''

def _orthogonal(rng, p, shape):
    """Return a semi-orthogonal matrix (out, all other axes) whose entries have mean square p²."""
    rows, columns = shape[0], int(np.prod(shape[1:]))
    longer = max(rows, columns)
    q, r = np.linalg.qr(rng.standard_normal((longer, min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return p * longer**0.5 * (q.T if rows < columns else q).reshape(shape)
'''
_STUDENT = '''

def _student_t(w, p, generator):
    """Fill w with p·t, t = √({nu}·(u^(−2/{nu}) − 1))·cos(2π·v): Student's t with {nu} degrees of freedom
    from two uniform numbers (Bailey 1994)."""
    u = 1 - torch.rand(w.shape, generator=generator, device=w.device)  # in (0, 1]
    v = torch.rand(w.shape, generator=generator, device=w.device)
    radius = ({nu} * torch.expm1(torch.log(u) * (-2 / {nu}))) ** 0.5
    w.copy_(p * radius * torch.cos(2 * torch.pi * v))
'''
_LONGER = "p * max(shape[-1], math.prod(shape[:-1])) ** 0.5"

normal = LawCode(
    "nn.init.normal_(w, std={value})",
    torch=Drawing("w.normal_(0.0, p, generator=generator)"),
    jax=Drawing("p * jax.random.normal(k, shape)"),
    numpy=Drawing("p * rng.standard_normal(shape)"),
)
uniform = LawCode(
    "nn.init.uniform_(w, -{value}, {value})",
    torch=Drawing("w.uniform_(-p, p, generator=generator)"),
    jax=Drawing("jax.random.uniform(k, shape, minval=-p, maxval=p)"),
    numpy=Drawing("rng.uniform(-p, p, shape)"),
)
truncated_normal = LawCode(
    "nn.init.trunc_normal_(w, std={value},\n a=-{end}, b={end})",
    torch=Drawing("nn.init.trunc_normal_(w, 0.0, p, -{k} * p, {k} * p, generator)"),
    jax=Drawing("p * jax.random.truncated_normal(k, -{k}, {k}, shape)"),
    numpy=Drawing("_truncated(rng, p, shape)", _TRUNCATED),
)
rademacher = LawCode(
    "w.data.bernoulli_(0.5).mul_(2).sub_(1).mul_({value})",
    torch=Drawing("w.bernoulli_(0.5, generator=generator).mul_(2).sub_(1).mul_(p)"),
    jax=Drawing("p * jax.random.rademacher(k, shape)"),
    numpy=Drawing("p * rng.choice([-1.0, 1.0], shape)"),
)
orthogonal = LawCode(
    "nn.init.orthogonal_(w, gain={value})",
    torch=Drawing("nn.init.orthogonal_(w, p * max(len(w), w[0].numel()) ** 0.5, generator)"),
    jax=Drawing(f"jax.nn.initializers.orthogonal({_LONGER})(k, shape)", imports="import math\n\n"),
    numpy=Drawing("_orthogonal(rng, p, shape)", _ORTHOGONAL),
    own_keras=Drawing(
        f"keras.initializers.Orthogonal({_LONGER}, seed=int(rng.integers(2**31)))(shape)",
        imports="import math\n\nimport keras\n",
    ),
)
laplace = LawCode(
    "w.data.copy_(distributions.Laplace(0, {value})\n.sample(w.shape))",
    torch=Drawing(  # the difference of two exponential variates; torch.distributions has no generator
        "w.exponential_(generator=generator)"
        ".sub_(torch.empty_like(w).exponential_(generator=generator)).mul_(p)"
    ),
    jax=Drawing("p * jax.random.laplace(k, shape)"),
    numpy=Drawing("rng.laplace(0.0, p, shape)"),
)
student_t = LawCode(
    "w.data.copy_(distributions.StudentT({nu}, 0, {value})\n.sample(w.shape))",
    torch=Drawing("_student_t(w, p, generator)", _STUDENT),
    jax=Drawing("p * jax.random.t(k, {nu}, shape)"),
    numpy=Drawing("p * rng.standard_t({nu}, shape)"),
)
sparse = LawCode(
    "w.data.normal_(0, {value})\n.mul_(torch.rand_like(w) >= {p})",
    torch=Drawing(
        "w.normal_(0.0, p, generator=generator)"
        ".mul_(torch.rand(w.shape, generator=generator, device=w.device) >= {p})"
    ),
    jax=Drawing(
        "p * jax.random.normal(k, shape) * (jax.random.uniform(jax.random.fold_in(k, 1), shape) >= {p})"
    ),
    numpy=Drawing("p * rng.standard_normal(shape) * (rng.random(shape) >= {p})"),
)
