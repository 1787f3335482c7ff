"""Smooth activations: φ(h) as text, parameters, spellings and sources. Data only."""

from __future__ import annotations

from varprop.catalogue.activation_entry import ActivationEntry as Entry
from varprop.catalogue.activation_entry import Parameter

SIGMOID_LIKE = (
    Entry(
        "sigmoid",
        "1/(1 + exp(-h))",
        "Rumelhart, Hinton and Williams 1986, Learning representations by back-propagating errors",
        ("Sigmoid", "logistic", "expit"),
    ),
    Entry(
        "log_sigmoid",
        "-log(1 + exp(-h))",
        "torch.nn.LogSigmoid, jax.nn.log_sigmoid",
        ("logsigmoid", "LogSigmoid"),
    ),
    Entry(
        "softplus",
        "log(1 + exp(b*h))/b",
        "Dugas, Bengio, Belisle, Nadeau and Garcia 2001, Incorporating second-order functional "
        "knowledge for better option pricing",
        ("Softplus", "soft_plus"),
        (Parameter("b", "1", ("1", "2"), "positive", ("beta",)),),
        "PyTorch calls b beta and switches to h above b·h = 20",
    ),
    Entry("tanh", "tanh(h)", "LeCun 1989, Generalization and network design strategies", ("Tanh",)),
    Entry(
        "lecun_tanh",
        "1.7159*tanh(2*h/3)",
        "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp, section 4.4",
        ("LecunTanh", "scaled_tanh"),
    ),
    Entry("tanhshrink", "h - tanh(h)", "torch.nn.Tanhshrink", ("Tanhshrink", "tanh_shrink")),
    Entry(
        "softsign",
        "h/(1 + Abs(h))",
        "Bergstra, Desjardins, Lamblin and Bengio 2009, Quadratic polynomials learn "
        "better features",
        ("Softsign", "soft_sign"),
    ),
    Entry("erf", "erf(h)", "Saad and Solla 1995, On-line learning in soft committee machines"),
    Entry("arctan", "atan(h)", "inverse tangent", ("atan", "Arctan")),
    Entry("asinh", "asinh(h)", "inverse hyperbolic sine", ("arcsinh", "Asinh")),
    Entry(
        "isru",
        "h/sqrt(1 + alpha*h**2)",
        "Carlile, Delamarter, Kinney, Marti and Whitney 2017, Improving deep learning by ISRLUs",
        ("ISRU",),
        (Parameter("alpha", "1", ("1", "3"), "positive"),),
    ),
    Entry(
        "isrlu",
        "Piecewise((h, h >= 0), (h/sqrt(1 + alpha*h**2), True))",
        "Carlile, Delamarter, Kinney, Marti and Whitney 2017, Improving deep learning by ISRLUs",
        ("ISRLU",),
        (Parameter("alpha", "1", ("1", "3"), "positive"),),
    ),
    Entry(
        "laplace",
        "(1 + erf((h - mu)/(sigma*sqrt(2))))/2",
        "Ma et al. 2023, Mega: moving average equipped gated attention, section 3.3",
        ("LaplaceActivation",),
        (
            Parameter("mu", "0.707107", ("0.707107",)),
            Parameter("sigma", "0.282095", ("0.282095",), "positive"),
        ),
        "mu and sigma as rounded in transformers; the paper has √(1/2) and √(1/(4π))",
    ),
)

SELF_GATED = (
    Entry(
        "gelu",
        "h*(1 + erf(h/sqrt(2)))/2",
        "Hendrycks and Gimpel 2016, Gaussian error linear units",
        ("GELU", "gelu_exact"),
        (),
        "exact, the default of PyTorch and Keras; jax.nn.gelu defaults to gelu_tanh",
    ),
    Entry(
        "gelu_tanh",
        "h/2*(1 + tanh(sqrt(2/pi)*(h + 0.044715*h**3)))",
        "Hendrycks and Gimpel 2016, Gaussian error linear units, section 2",
        ("gelu_new", "gelu_approx", "gelu_approximate", "gelu_pytorch_tanh"),
        (),
        "the default of jax.nn.gelu; approximate='tanh' in PyTorch",
    ),
    Entry(
        "quick_gelu",
        "h/(1 + exp(-1.702*h))",
        "Hendrycks and Gimpel 2016, Gaussian error linear units, section 2; CLIP",
        ("QuickGELU", "gelu_sigmoid"),
    ),
    Entry(
        "silu",
        "h/(1 + exp(-b*h))",
        "Elfwing, Uchibe and Doya 2018, Sigmoid-weighted linear units; "
        "Ramachandran, Zoph and Le 2017, Searching for activation functions",
        ("swish", "SiLU", "Swish"),
        (Parameter("b", "1", ("1", "1.702", "2"), "positive", ("beta",)),),
    ),
    Entry(
        "mish",
        "h*tanh(log(1 + exp(h)))",
        "Misra 2020, Mish: a self regularized non-monotonic activation function",
        ("Mish",),
    ),
    Entry(
        "tanhexp",
        "h*tanh(exp(h))",
        "Liu and Di 2021, TanhExp: a smooth activation function with high convergence speed",
        ("TanhExp",),
    ),
    Entry(
        "serf",
        "h*erf(log(1 + exp(h)))",
        "Nag, Bhattacharyya, Mukherjee and Kundu 2023, Serf: towards better training",
        ("Serf",),
    ),
    Entry(
        "lisht",
        "h*tanh(h)",
        "Roy, Manna, Dubey and Chaudhuri 2019, LiSHT: non-parametric linearly scaled tanh",
        ("LiSHT",),
    ),
    Entry(
        "squareplus",
        "(h + sqrt(h**2 + b))/2",
        "Barron 2021, Squareplus: a softplus-like algebraic rectifier",
        ("Squareplus",),
        (Parameter("b", "4", ("1", "4"), "positive"),),
    ),
    Entry(
        "bent_identity",
        "(sqrt(h**2 + 1) - 1)/2 + h",
        "list of activation functions, Wikipedia",
        ("bentid", "bent_id"),
    ),
)

OSCILLATING_AND_OTHER = (
    Entry(
        "sin",
        "sin(h)",
        "Parascandolo, Huttunen and Virtanen 2017, Taming the waves: sine as activation function",
        ("sine", "Sin"),
    ),
    Entry("cos", "cos(h)", "Rahimi and Recht 2007, Random features", ("cosine", "Cos")),
    Entry(
        "siren",
        "sin(w*h)",
        "Sitzmann, Martel, Bergman, Lindell and Wetzstein 2020, Implicit neural representations",
        ("SIREN",),
        (Parameter("w", "30", ("1", "30"), "positive", ("omega", "w0", "omega_0")),),
        "w = 30 is the first layer's; the other layers of the paper have it too",
    ),
    Entry(
        "snake",
        "h + sin(a*h)**2/a",
        "Liu, Hartwig and Ueda 2020, Neural networks fail to learn periodic functions",
        ("Snake",),
        (Parameter("a", "1", ("0.5", "1", "5"), "positive", ("alpha",)),),
    ),
    Entry(
        "gcu",
        "h*cos(h)",
        "Noel, Arunkumar, Trivedi and Dutta 2021, Growing cosine unit",
        ("GCU",),
    ),
    Entry(
        "gaussian",
        "exp(-h**2)",
        "Broomhead and Lowe 1988, Radial basis functions",
        ("Gaussian", "rbf"),
    ),
    Entry("exp", "exp(h)", "exponential map", ("exponential", "Exp")),
)
