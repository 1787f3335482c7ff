"""Initialisation schemes: Var(w) as a formula in fan_in, fan_out and gain; any law can draw it.

Formulas are text, so that names can be listed without importing SymPy.
"""

from __future__ import annotations

from varprop.frozen import frozen
from varprop.registry import Registry


@frozen
class Scheme:
    """A rule that gives every weight matrix its variance.

    ``weight_variance`` and ``bias_variance`` are formulas in fan_in, fan_out and the parameters.
    ``parameters`` are (name, default) pairs; a default of None must be given by the user.
    ``argument`` is the (condition, activation) whose solution this scheme is, where there is one:
    ``varprop derive NAME`` derives it from there. ``mean_weight`` marks matrices that are not drawn
    with zero mean, for which the recurrences of iid weights do not hold. ``note`` says where a
    library means something else by the name, ``elsewhere`` what it draws in layers of another kind.
    """

    name: str
    words: str
    weight_variance: str
    parameters: tuple[tuple[str, str | None], ...] = ()
    bias_variance: str = "0"
    law: str = "normal"
    aliases: tuple[str, ...] = ()
    argument: tuple[str, str] | None = None
    deterministic: bool = False
    source: str | None = None
    note: str | None = None
    elsewhere: str | None = None


SCHEMES: Registry[Scheme] = Registry("init", "inits")

for _scheme in (
    Scheme(
        "he",
        "forward condition for relu",
        "gain**2/fan_in",
        (("gain", "sqrt(2)"),),
        aliases=("kaiming", "he_normal", "kaiming_normal", "variance_scaling_2", "He", "HeNormal"),
        argument=("forward", "relu"),
        source="He et al. 2015, equation 10",
        note="Lasagne's HeNormal has gain 1 unless told: lecun; gain='relu' there is he",
    ),
    Scheme(
        "he_uniform",
        "forward condition for relu, drawn uniformly",
        "gain**2/fan_in",
        (("gain", "sqrt(2)"),),
        law="uniform",
        aliases=("kaiming_uniform", "HeUniform"),
        argument=("forward", "relu"),
        source="He et al. 2015, equation 10",
        note="Lasagne's HeUniform has gain 1 unless told: lecun_uniform; gain='relu' there is he_uniform",
    ),
    Scheme(
        "he_fan_out",
        "backward condition for relu, as ResNet uses it",
        "gain**2/fan_out",
        (("gain", "sqrt(2)"),),
        argument=("backward", "relu"),
        source="He et al. 2015, equation 14",
    ),
    Scheme(
        "glorot",
        "harmonic compromise for a linear unit",
        "2*gain**2/(fan_in + fan_out)",
        (("gain", "1"),),
        aliases=("xavier", "glorot_normal", "xavier_normal", "Glorot", "GlorotNormal"),
        argument=("harmonic", "linear"),
        source="Glorot & Bengio 2010, equation 12",
    ),
    Scheme(
        "glorot_uniform",
        "harmonic compromise for a linear unit, drawn uniformly; Keras' default",
        "2*gain**2/(fan_in + fan_out)",
        (("gain", "1"),),
        law="uniform",
        aliases=("xavier_uniform", "keras_default", "GlorotUniform"),
        argument=("harmonic", "linear"),
        source="Glorot & Bengio 2010, equation 16",
    ),
    Scheme(
        "lecun",
        "forward condition for a linear unit; Flax' default",
        "gain**2/fan_in",
        (("gain", "1"),),
        aliases=("lecun_normal", "flax_default", "LeCunNormal"),
        argument=("forward", "linear"),
        source="LeCun et al. 1998, Efficient BackProp, equation 16",
    ),
    Scheme(
        "lecun_uniform",
        "forward condition for a linear unit, drawn uniformly",
        "gain**2/fan_in",
        (("gain", "1"),),
        law="uniform",
        argument=("forward", "linear"),
        source="LeCun et al. 1998, Efficient BackProp, equation 16",
    ),
    Scheme(
        "torch_default",
        "torch.nn.Linear: kaiming_uniform(a=√5), weights and bias U(±1/√fan_in)",
        "1/(3*fan_in)",
        bias_variance="1/(3*fan_in)",
        law="uniform",
        aliases=("pytorch_default",),
        source="PyTorch 2.14, torch/nn/modules/linear.py",
        elsewhere="the rule of torch's Linear and Conv layers for every layer. torch itself draws RNN, LSTM "
        "and GRU from U(±1/√hidden), Bilinear from U(±1/√in1), packed attention by xavier_uniform and "
        "Embedding from N(0, var=1)",
    ),
    Scheme(
        "normal",
        "N(0, std²), one std for every layer",
        "std**2",
        (("std", None),),
        aliases=("Normal",),
    ),
    Scheme(
        "uniform",
        "U(low, high), one range for every layer",
        "(high - low)**2/12",
        (("low", None), ("high", None)),
        law="uniform",
        aliases=("Uniform",),
    ),
    Scheme(
        "truncated_normal",
        "N(0, std²) cut at ±2 std, one std before the cut for every layer",
        "std**2*(1 - 4*exp(-2)/(sqrt(2*pi)*erf(sqrt(2))))",
        (("std", None),),
        law="truncated_normal",
        aliases=("TruncatedNormal",),
        source="Johnson, Kotz and Balakrishnan 1994, ch. 13.10.1",
    ),
    Scheme(
        "sparse",
        "N(0, std²) with the probability 1 − p, else 0",
        "(1 - p)*std**2",
        (("std", None), ("p", "9/10")),
        law="sparse",
        aliases=("Sparse",),
        source="Martens 2010, section 5",
        note="p is the share of zeros, as in PyTorch; Lasagne's sparsity is 1 − p",
    ),
    Scheme(
        "orthogonal",
        "semi-orthogonal matrix of the given gain",
        "gain**2/Max(fan_in, fan_out)",
        (("gain", "1"),),
        law="orthogonal",
        source="Saxe et al. 2014",
        aliases=("Orthogonal",),
    ),
    Scheme(
        "identity",
        "scale × identity matrix; the weights are not random",
        "scale**2/fan_in",
        (("scale", "1"),),
        law="identity",
        aliases=("eye", "Identity"),
        deterministic=True,
    ),
):
    SCHEMES.add(_scheme)
