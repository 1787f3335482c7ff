"""assert_init: right initialisers pass, each slip is named, false alarms are as rare as stated."""

import math
import re

import numpy as np
import pytest

from varprop.answer.verify_slips import SLIPS, slips_at
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo import drawn
from varprop.testing import assert_init

HE = math.sqrt(2 / 512)
SHAPE = (512, 256)


def seeded(function):
    return lambda seed: function(np.random.default_rng(seed))


def truncated(rng, std, shape):
    values = rng.normal(0, 1, shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = rng.normal(0, 1, int(outside.sum()))
    return std * values


def centred_rows(rng):
    drawn = rng.normal(0, HE, SHAPE)
    return drawn - drawn.mean(axis=1, keepdims=True)


def symmetric(rng):
    drawn = rng.normal(0, HE, (512, 512))
    return np.triu(drawn) + np.triu(drawn, 1).T


RIGHT = {
    "normal": (lambda r: r.normal(0, HE, SHAPE), {"scheme": "he"}),
    "uniform": (lambda r: r.uniform(-HE * 3**0.5, HE * 3**0.5, SHAPE), {"scheme": "he_uniform"}),
    "truncated": (
        lambda r: truncated(r, HE / 0.87962566, SHAPE),
        {"scheme": "he", "law": "truncated_normal"},
    ),
    "orthogonal": (
        lambda r: np.linalg.qr(r.normal(size=SHAPE))[0],
        {"scheme": "orthogonal", "fan_out": 256},
    ),
    "student": (
        lambda r: r.standard_t(5, SHAPE) * math.sqrt(3 / 5) * HE,
        {"scheme": "he", "law": "student_t"},
    ),
    "a formula": (lambda r: r.normal(0, HE, SHAPE), {"scheme": "2/fan_in"}),
    "a number": (lambda r: r.normal(0, HE, SHAPE), {"scheme": 2 / 512}),
    "float32": (lambda r: r.normal(0, HE, SHAPE).astype(np.float32), {"scheme": "he"}),
    "a bias": (lambda r: r.normal(0, HE, 512), {"scheme": "he"}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_initialisers_pass(name):
    function, options = RIGHT[name]
    assert_init(seeded(function), **({"fan_in": 512} | options))


WRONG = {
    "truncation": (
        lambda r: truncated(r, HE, SHAPE), {}, "a cut at ±2 std leaves", "std = 0.071053",
    ),
    "bound as std": (
        lambda r: r.uniform(-HE, HE, SHAPE), {}, "used as a bound", "bound = √3·std = 0.108253",
    ),
    "std from bound": (lambda r: r.normal(0, HE * 3**0.5, SHAPE), {}, "uniform law's bound", "std"),
    "fans": (
        lambda r: r.normal(0, math.sqrt(2 / 256), SHAPE), {"fan_out": 256}, "fans are swapped", "",
    ),
    "axis": (lambda r: r.normal(0, math.sqrt(2 / 256), SHAPE), {}, "last axis", ""),
    "lecun": (lambda r: r.normal(0, math.sqrt(1 / 512), SHAPE), {}, "factor 2 of He", ""),
    "twice": (lambda r: r.normal(0, HE, SHAPE), {"scheme": "lecun"}, "factor 2 too much", ""),
    "std squared": (lambda r: r.normal(0, HE**2, SHAPE), {}, "std² was passed", "std = 0.0625"),
    "std for variance": (lambda r: r.normal(0, HE**0.5, SHAPE), {}, "is 1/std", "0.00390625"),
    "kernel": (
        lambda r: r.normal(0, math.sqrt(2 / 64), (64, 64, 3, 3)),
        {"fan_in": 576}, "is k²", "channels·k²",
    ),
    "kernel of keras": (
        lambda r: r.normal(0, math.sqrt(2 / 64), (3, 3, 64, 64)),
        {"fan_in": 576}, "is k²", "channels·k²",
    ),
    "kernel of one channel": (
        lambda r: r.normal(0, math.sqrt(2 / 1), (64, 1, 5, 5)),
        {"fan_in": 25}, "is k²", "channels·k²",
    ),
    "kernel of a sequence": (
        lambda r: r.normal(0, math.sqrt(2 / 32), (128, 32, 7)),
        {"fan_in": 224}, "is k²", "channels·k²",
    ),
    "groups": (
        lambda r: r.normal(0, math.sqrt(2 / 576), (64, 16, 3, 3)),
        {"fan_in": 144, "groups": 4}, "is 1/groups", "channels/groups",
    ),
    "torch's default": (lambda r: r.normal(0, HE / 6**0.5, SHAPE), {}, "kaiming_uniform(a=√5)", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_slips_are_named(name):
    function, options, slip, fix = WRONG[name]
    with pytest.raises(AssertionError) as caught:
        assert_init(seeded(function), **({"scheme": "he", "fan_in": 512} | options))
    message = str(caught.value)
    assert slip in message
    assert fix in message
    assert "Fix: " in message
    assert "false-alarm rate: < 1e-9 per run" in message
    assert re.search(r"ratio [\d.e-]+, tolerance 2 %", message)


def test_the_message_of_the_users_page():
    with pytest.raises(AssertionError) as caught:
        assert_init(seeded(lambda r: truncated(r, HE, SHAPE)), scheme="he", fan_in=512)
    lines = str(caught.value).splitlines()
    assert lines[0] == "the variance isn't he's 2/512 = 0.00390625"
    assert re.fullmatch(
        r"  observed 0\.0030\d* ± [\d.e-]+ \(2 draws of 512×256\), ratio 0\.77\d*, tolerance 2 %",
        lines[1],
    )


DEPENDENT = {
    "one seed": (lambda _: np.random.default_rng(0).normal(0, HE, SHAPE), "the seed is not used"),
    "symmetric": (seeded(symmetric), "w_ij with w_ji"),
    "a mean": (seeded(lambda r: r.normal(0.1 * HE, HE, SHAPE)), "the mean isn't 0"),
    "equal rows": (seeded(lambda r: np.repeat(r.normal(0, HE, (1, 256)), 512, 0)), "neighbours"),
    "centred rows": (
        seeded(centred_rows),
        "row sums",
    ),
    "infinite": (seeded(lambda r: np.where(r.random(SHAPE) < 1e-3, np.inf, HE)), "infinite"),
}


@pytest.mark.parametrize("name", DEPENDENT)
def test_dependence_and_means_are_found(name):
    function, words = DEPENDENT[name]
    with pytest.raises(AssertionError, match=words):
        assert_init(function, scheme="he", fan_in=512)


def test_bounds_and_orthogonality():
    with pytest.raises(AssertionError, match=r"outside ±0\.108253"):
        assert_init(seeded(lambda r: r.normal(0, HE, SHAPE)), "he_uniform", fan_in=512)
    with pytest.raises(AssertionError, match="semi-orthogonal"):
        assert_init(
            seeded(lambda r: r.normal(0, 512**-0.5, SHAPE)), "orthogonal", fan_in=512, fan_out=256
        )


class Tensor:
    """What torch hands out: needs detach and cpu before it becomes an array."""

    def __init__(self, values):
        self.values = values
        self.free = False

    def detach(self):
        self.free = True
        return self

    def cpu(self):
        return self

    def __array__(self, dtype=None, copy=None):
        assert self.free
        return np.asarray(self.values, dtype=dtype)


def test_arrays_of_other_libraries():
    values = np.random.default_rng(0).normal(0, HE, SHAPE).astype(np.float32)
    assert_init(Tensor(values), "he", fan_in=512)
    with pytest.raises(AssertionError, match="for so few weights"):
        assert_init(Tensor(1.5 * values[:64, :32]), "he", fan_in=512)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda key, shape: (key, shape), r"draw takes \(key, shape\)"),
        ("he_normal", "not 'he_normal'"),
        (lambda seed: {"kernel": seed}, "an array of weights is needed"),
    ],
)
def test_what_is_no_initialiser_is_answered(draw, words):
    with pytest.raises(BadInput, match=words):
        assert_init(draw, "he", fan_in=512)


def test_sums_of_heavy_tailed_weights():
    rng = np.random.default_rng(2)
    one = rng.standard_t(5, (1, 2048, 512)) * math.sqrt(3 / 5)
    names = {finding.what for finding in drawn.independence(one, 9.0, 0.02) if not finding.wrong}
    assert {"variance of row sums", "variance of column sums"} <= names
    one[0, 7, 7] = 700.0
    assert not [f for f in drawn.independence(one, 9.0, 0.02) if f.wrong and "sums" in f.what]
    shared = one + 0.5 * rng.standard_normal((1, 2048, 1))
    assert [
        f for f in drawn.independence(shared, 9.0, 0.02) if f.wrong and f.what.endswith("row sums")
    ]


def test_a_function_without_arguments():
    rng = np.random.default_rng(3)
    assert_init(lambda: rng.normal(0, HE, SHAPE), "he", fan_in=512)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scheme": "glorot", "fan_in": 512}, "needs fan_out"),
        ({"scheme": "he"}, "needs fan_in"),
        ({"scheme": "he", "fan_in": 512, "tolerance": 2.0}, "between 0 and 1"),
        ({"scheme": "he", "fan_in": 512, "law": "nromal"}, "Did you mean normal"),
        ({"scheme": -1.0}, "positive"),
    ],
)
def test_bad_requests(options, words):
    with pytest.raises(BadInput, match=words):
        assert_init(np.ones(SHAPE), **options)


def test_too_few_weights_are_refused():
    with pytest.raises(BadInput, match="too few"):
        assert_init(np.array([HE, -HE, HE]), "he", fan_in=512)


def test_slips_are_a_table_with_sources():
    assert len({slip.ratio for slip in SLIPS}) == len(SLIPS)
    known = {"v": 0.01, "fan_in": 300, "fan_out": 70, "rows": 11, "columns": 13, "kernel": 9}
    for slip in SLIPS:
        assert slip.source
        assert slip.words.startswith("is ")
    assert slips_at(1.0, 0.02, known) == ()
    assert slips_at(300 / 70, 0.02, known)[0].words.endswith("swapped")
    assert slips_at(0.123, 0.02, known) == ()


def test_thresholds_keep_the_stated_rate():
    # The threshold is z standard errors at 1e-9; the statistics behave as normal ones there, seen
    # by their spread over 300 runs of the number of weights that assert_init draws.
    for name in ("normal", "uniform", "laplace"):
        law = LAWS[name]
        kurtosis = {"normal": 3.0, "uniform": 1.8, "laplace": 6.0}[name]
        count = drawn.weights_needed(kurtosis, 0.1)
        ratios = [
            drawn.mean_square(law.sample(np.random.default_rng(k), (count,)), kurtosis)[0]
            for k in range(300)
        ]
        allowed = 0.1 * 1.02
        assert np.std(ratios) * drawn.DEVIATIONS == pytest.approx(0.1, rel=0.15)
        assert max(abs(np.array(ratios) - 1)) < allowed
    assert drawn.DEVIATIONS > 6.4
