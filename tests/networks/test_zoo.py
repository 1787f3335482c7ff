"""The zoo against published shapes and parameter counts."""

from __future__ import annotations

import pytest

from tests.networks.planted import agreed, missed
from varprop.answer.verify_architectures import data_of
from varprop.networks.network import network
from varprop.networks.zoo import NETWORKS

PUBLISHED = {
    "lenet5": ("10", 61_706),  # LeCun et al. 1998, with full connections between maps
    "alexnet": ("1000", 61_100_840),  # torchvision
    "vgg16": ("1000", 138_357_544),  # torchvision
    "resnet18": ("1000", 11_689_512),  # torchvision
    "resnet50": ("1000", 25_557_032),  # torchvision
    "se_resnet50": ("1000", 28_088_024),  # timm seresnet50
    "efficientnet_b0": ("1000", 5_288_548),  # torchvision
    "densenet121": ("1000", 7_978_856),  # torchvision
    "mobilenet_v2": ("1000", 3_504_872),  # torchvision
    "convnext_tiny": ("1000", 28_589_128),  # torchvision
    "mlp_mixer": ("1000", 59_880_472),  # timm mixer_b16_224
    "vit_b16": ("1000", 86_567_656),  # torchvision
    "gpt2_small": ("1024 tokens × 768", 124_439_808),  # transformers gpt2
    "llama_block": ("128 tokens × 4096", 202_383_360),  # 4·4096² + 3·4096·11008 + 2·4096
    "preact_resnet": ("10", 11_172_170),
    "siren": ("3", 198_915),
    "mlp_relu5": ("512", 1_313_280),
    "tanh100": ("1000", 100_100_000),
    "lstm": ("10", 397_834),  # torch.nn.LSTM(128, 256) and nn.Linear(256, 10)
    "tanh_cnn10000": ("256×16×16", 5_900_800_000),
}


def test_every_network_has_a_published_size() -> None:
    assert set(PUBLISHED) == set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_shape_and_parameters(name: str) -> None:
    net = network(NETWORKS[name].spec)
    assert (str(net.output), int(net.parameters())) == PUBLISHED[name]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_small_copy_is_small(name: str) -> None:
    net = network(NETWORKS[name].small)
    assert int(net.parameters()) < 600_000
    assert len(net.weights()) <= 24


@pytest.mark.parametrize("name", NETWORKS)
def test_the_small_copy_agrees_with_its_rules_and_a_fault_shows(name: str) -> None:
    entry = NETWORKS[name]
    expected, rows = agreed(entry.small, entry.within, data_of(entry, entry.small))
    assert missed(rows, expected) == []
