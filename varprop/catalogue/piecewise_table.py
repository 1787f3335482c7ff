"""Activations made of pieces: φ(h) as text, parameters, spellings and sources. Data only."""

from __future__ import annotations

from varprop.catalogue.activation_entry import ActivationEntry as Entry
from varprop.catalogue.activation_entry import Parameter

PIECEWISE_LINEAR = (
    Entry("linear", "h", "identity map", ("identity", "Identity")),
    Entry(
        "relu",
        "Max(0, h)",
        "Nair and Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
        ("ReLU",),
    ),
    Entry(
        "leaky_relu",
        "Max(0, h) + alpha*Min(0, h)",
        "Maas, Hannun and Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
        ("LeakyReLU", "lrelu"),
        (Parameter("alpha", "0.01", ("0.01", "0.1", "0.2", "0.3"), aliases=("negative_slope",)),),
        "slope 0.01 is PyTorch's and JAX's default; keras.activations has 0.2, the Keras layer 0.3",
    ),
    Entry(
        "prelu",
        "Max(0, h) + alpha*Min(0, h)",
        "He, Zhang, Ren and Sun 2015, Delving deep into rectifiers, section 2.1",
        ("PReLU",),
        (Parameter("alpha", "0.25", ("0.25", "0.5"), aliases=("init", "weight")),),
        "the slope is learned; 0.25 is the start of the paper and PyTorch, Keras starts at 0",
    ),
    Entry(
        "rrelu",
        "Max(0, h) + (lower + upper)/2*Min(0, h)",
        "Xu, Wang, Chen and Li 2015, Empirical evaluation of rectified activations",
        ("RReLU",),
        (
            Parameter("lower", "1/8", ("1/8",), "nonnegative"),
            Parameter("upper", "1/3", ("1/3",), "nonnegative"),
        ),
        "evaluation mode: the mean slope; in training the slope is drawn from U(lower, upper)",
    ),
    Entry("abs", "Abs(h)", "absolute value", ("Abs", "absolute")),
    Entry(
        "relu6",
        "Min(Max(0, h), 6)",
        "Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10",
        ("ReLU6",),
    ),
    Entry(
        "capped_relu",
        "Min(Max(0, h), cap)",
        "Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10, with cap 6",
        ("clipped_relu", "relu_n"),
        (Parameter("cap", "1", ("1", "6", "20"), "positive", ("max_value",)),),
    ),
    Entry(
        "shifted_relu",
        "Max(h, -shift)",
        "Clevert, Unterthiner and Hochreiter 2016, Fast and accurate deep network learning by ELUs",
        (),
        (Parameter("shift", "1", ("0.5", "1"), "nonnegative"),),
    ),
    Entry(
        "hard_tanh",
        "Max(low, Min(h, high))",
        "Collobert 2004, Large scale machine learning",
        ("hardtanh", "Hardtanh"),
        (
            Parameter("low", "-1", ("-1", "-2"), aliases=("min_val",)),
            Parameter("high", "1", ("1", "2"), aliases=("max_val",)),
        ),
    ),
    Entry(
        "hard_sigmoid",
        "Min(Max(h + 3, 0), 6)/6",
        "Howard et al. 2019, Searching for MobileNetV3; relu6(h + 3)/6 of PyTorch, JAX and Keras 3",
        ("hardsigmoid", "Hardsigmoid"),
        (),
        "Keras 1 and 2 meant clip(0.2h + 0.5, 0, 1): hard_sigmoid_keras2 here",
    ),
    Entry(
        "hard_sigmoid_keras2",
        "Min(Max(h/5 + 1/2, 0), 1)",
        "Courbariaux, Bengio and David 2015, BinaryConnect; the slope 0.2 is Keras 1 and 2's",
        note="the hard_sigmoid of Keras 1 and 2; PyTorch, JAX and Keras 3 have slope 1/6",
    ),
    Entry(
        "sparse_sigmoid",
        "Min(Max(h + 1, 0), 2)/2",
        "jax.nn.sparse_sigmoid; derivative of sparse_plus",
        ("SparseSigmoid",),
    ),
    Entry(
        "threshold",
        "Piecewise((h, h > theta), (value, True))",
        "torch.nn.Threshold",
        ("Threshold",),
        (
            Parameter("theta", "0.1", ("0.1", "1"), aliases=("threshold",)),
            Parameter("value", "0", ("0", "20"), aliases=("default_value",)),
        ),
        "no library has default values; the documentation of PyTorch uses 0.1 and 20",
    ),
    Entry(
        "thresholded_relu",
        "Piecewise((h, h > theta), (0, True))",
        "Konda, Memisevic and Krueger 2014, Zero-bias autoencoders",
        ("ThresholdedReLU",),
        (Parameter("theta", "1", ("0.5", "1"), "nonnegative"),),
    ),
    Entry(
        "softshrink",
        "Max(h - lambd, 0) + Min(h + lambd, 0)",
        "Donoho 1995, De-noising by soft-thresholding",
        ("Softshrink", "soft_shrink"),
        (Parameter("lambd", "0.5", ("0.1", "0.5", "1"), "nonnegative", ("threshold",)),),
    ),
    Entry(
        "hardshrink",
        "Piecewise((h, Abs(h) > lambd), (0, True))",
        "Donoho and Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage",
        ("Hardshrink", "hard_shrink"),
        (Parameter("lambd", "0.5", ("0.1", "0.5", "1"), "nonnegative", ("threshold",)),),
    ),
    Entry(
        "step",
        "Heaviside(h)",
        "McCulloch and Pitts 1943, A logical calculus of the ideas immanent in nervous activity",
        ("heaviside", "Heaviside", "binary_step"),
        note="no gradient: its derivative is 0 almost everywhere",
    ),
    Entry(
        "sign",
        "sign(h)",
        "Hubara, Courbariaux, Soudry, El-Yaniv and Bengio 2016, Binarized neural networks",
        ("sgn",),
        note="no gradient: its derivative is 0 almost everywhere",
    ),
)

PIECEWISE_SMOOTH = (
    Entry(
        "elu",
        "Max(0, h) + alpha*(exp(Min(0, h)) - 1)",
        "Clevert, Unterthiner and Hochreiter 2016, Fast and accurate deep network learning by ELUs",
        ("ELU",),
        (Parameter("alpha", "1", ("0.5", "1", "2"), "positive"),),
    ),
    Entry(
        "selu",
        "1.0507009873554804934193349852946*"
        "(Max(0, h) + 1.6732632423543772848170429916717*(exp(Min(0, h)) - 1))",
        "Klambauer, Unterthiner, Mayr and Hochreiter 2017, Self-normalizing neural networks",
        ("SELU",),
        (),
        "the two constants make mean 0 and second moment 1 a fixed point, for LeCun weights",
    ),
    Entry(
        "celu",
        "Max(0, h) + alpha*(exp(Min(0, h)/alpha) - 1)",
        "Barron 2017, Continuously differentiable exponential linear units",
        ("CELU",),
        (Parameter("alpha", "1", ("0.5", "1", "2"), "positive"),),
    ),
    Entry(
        "hard_swish",
        "h*Min(Max(h + 3, 0), 6)/6",
        "Howard et al. 2019, Searching for MobileNetV3",
        ("hardswish", "Hardswish", "hard_silu", "HardSwish"),
    ),
    Entry(
        "relu_squared",
        "Max(0, h)**2",
        "So et al. 2021, Primer: searching for efficient transformers for language modeling",
        ("relu2", "squared_relu", "ReLUSquared", "relu_square"),
    ),
    Entry("square", "h**2", "quadratic networks", ("squared",)),
    Entry("cube", "h**3", "Chen and Manning 2014, A fast and accurate dependency parser", ()),
    Entry(
        "sparse_plus",
        "Piecewise((0, h <= -1), ((h + 1)**2/4, h < 1), (h, True))",
        "jax.nn.sparse_plus; the conjugate of sparsemax, Martins and Astudillo 2016",
        ("SparsePlus",),
    ),
    Entry(
        "smelu",
        "Piecewise((0, h <= -width), ((h + width)**2/(4*width), h < width), (h, True))",
        "Shamir, Lin and Coviello 2020, Smooth activations and reproducibility in deep networks",
        ("SmeLU",),
        (Parameter("width", "1", ("0.5", "1", "2"), "positive"),),
    ),
    Entry(
        "penalized_tanh",
        "Piecewise((tanh(h), h > 0), (alpha*tanh(h), True))",
        "Xu, Huang and Li 2016, Revise saturated activation functions",
        ("ptanh",),
        (Parameter("alpha", "0.25", ("0.25",)),),
    ),
    Entry(
        "elish",
        "Piecewise((h/(1 + exp(-h)), h >= 0), ((exp(h) - 1)/(1 + exp(-h)), True))",
        "Basirat and Roth 2018, The quest for the golden activation function",
        ("ELiSH",),
    ),
)
