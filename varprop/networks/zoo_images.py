"""Convolutional networks by name, and the plain ones of the pictures. Entries only."""

from __future__ import annotations

from varprop.networks.zoo_blocks import (
    BASIC,
    BOTTLENECK,
    HEAD,
    PREACT,
    PROJECTION,
    PROJECTION_NORM,
    STEM,
    convnext,
    densenet,
    efficientnet,
    mobile,
    mobilenet,
    stages,
    vgg,
)
from varprop.networks.zoo_entry import NetworkEntry

IMAGES = (
    NetworkEntry(
        "mlp_relu5",
        "Input(512) >> 5 * (Dense(512) >> relu)",
        "the 5-layer ReLU network of the too small / right / too large pictures",
        "seed document on weight initialisation",
        "Input(192) >> 2 * (Dense(320) >> relu)",
        ("relu_mlp_5",),
    ),
    NetworkEntry(
        "tanh100",
        "Input(1000) >> 100 * (Dense(1000) >> tanh)",
        "100 tanh layers of 1000 units",
        "seed document on Xavier and He initialisation",
        "Input(192) >> 4 * (Dense(256) >> tanh)",
        ("tanh_100x1000",),
    ),
    NetworkEntry(
        "tanh_cnn10000",
        "Input(256, 16, 16) >> 10000 * (Conv2d(256, 3, padding=1) >> tanh)",
        "a tanh CNN of 10,000 layers",
        "Xiao et al. 2018, Dynamical isometry and a mean field theory of CNNs",
        "Input(32, 4, 4) >> 3 * (Conv2d(64, 3, padding=1) >> tanh)",
        ("tanh_cnn_10000",),
    ),
    NetworkEntry(
        "lenet5",
        "Input(1, 32, 32) >> Conv2d(6, 5) >> tanh >> AvgPool2d(2) >> Conv2d(16, 5) >> tanh >> AvgPool2d(2)"
        " >> Conv2d(120, 5) >> tanh >> Flatten() >> Dense(84) >> tanh >> Dense(10)",
        "LeNet-5 with full connections between feature maps and plain averages",
        "LeCun et al. 1998, Gradient-based learning applied to document recognition",
        "Input(8, 16, 16) >> Conv2d(48, 5) >> tanh >> AvgPool2d(2) >> Conv2d(96, 5) >> tanh >> AvgPool2d(2)"
        " >> Flatten() >> Dense(128) >> tanh >> Dense(128)",
    ),
    NetworkEntry(
        "alexnet",
        "Input(3, 224, 224) >> Conv2d(64, 11, stride=4, padding=2) >> relu >> MaxPool2d(3, stride=2)"
        " >> Conv2d(192, 5, padding=2) >> relu >> MaxPool2d(3, stride=2)"
        " >> Conv2d(384, 3, padding=1) >> relu >> Conv2d(256, 3, padding=1) >> relu"
        " >> Conv2d(256, 3, padding=1) >> relu >> MaxPool2d(3, stride=2) >> Flatten()"
        " >> Dropout(0.5) >> Dense(4096) >> relu >> Dropout(0.5) >> Dense(4096) >> relu >> Dense(1000)",
        "AlexNet on one device, as torchvision has it",
        "Krizhevsky 2014, One weird trick for parallelizing convolutional neural networks",
        "Input(8, 24, 24) >> Conv2d(64, 5, stride=2, padding=2) >> relu >> MaxPool2d(3, stride=2)"
        " >> Conv2d(160, 3, padding=1) >> relu >> MaxPool2d(3, stride=2) >> Flatten() >> Dropout(0.5)"
        " >> Dense(384) >> relu",
        within=0.02,
    ),
    NetworkEntry(
        "vgg16",
        vgg(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))),
        "VGG with 16 weight layers",
        "Simonyan & Zisserman 2015, configuration D",
        "Input(16, 12, 12) >> Conv2d(64, 3, padding=1) >> relu >> MaxPool2d(2)"
        " >> Conv2d(160, 3, padding=1) >> relu >> MaxPool2d(2) >> Flatten() >> Dense(256) >> relu"
        " >> Dropout(0.5) >> Dense(256)",
        within=0.02,
    ),
    NetworkEntry(
        "resnet18",
        STEM + stages(BASIC, (64, 128, 256, 512), (2, 2, 2, 2), PROJECTION_NORM, 1) + HEAD,
        "ResNet v1 with 18 weight layers",
        "He et al. 2016, Deep residual learning for image recognition",
        "Input(16, 10, 10) >> Conv2d(64, 3, padding=1, bias=False) >> BatchNorm() >> relu >> "
        + stages(BASIC, (64, 96), (1, 1), PROJECTION_NORM, 1),
    ),
    NetworkEntry(
        "resnet50",
        STEM + stages(BOTTLENECK, (64, 128, 256, 512), (3, 4, 6, 3), PROJECTION_NORM, 4) + HEAD,
        "ResNet v1.5 with 50 weight layers, bottlenecks",
        "He et al. 2016; stride in the 3×3 convolution as torchvision has it",
        "Input(16, 10, 10) >> Conv2d(128, 3, padding=1, bias=False) >> BatchNorm() >> relu >> "
        + stages(BOTTLENECK, (96,), (2,), PROJECTION_NORM, 2),
    ),
    NetworkEntry(
        "se_resnet50",
        STEM + stages(BOTTLENECK, (64, 128, 256, 512), (3, 4, 6, 3), PROJECTION_NORM, 4, 16) + HEAD,
        "ResNet-50 with squeeze-and-excitation",
        "Hu et al. 2018, Squeeze-and-excitation networks; inner layers with bias as timm has them",
        "Input(16, 10, 10) >> Conv2d(128, 3, bias=False) >> BatchNorm() >> relu >> "
        + stages(BOTTLENECK, (96,), (1,), PROJECTION_NORM, 2, 2),
    ),
    NetworkEntry(
        "preact_resnet",
        "Input(3, 32, 32) >> Conv2d(64, 3, padding=1, bias=False) >> "
        + stages(PREACT, (64, 128, 256, 512), (2, 2, 2, 2), PROJECTION, 1)
        + " >> BatchNorm() >> relu >> GlobalAvgPool() >> Dense(10)",
        "pre-activation ResNet-18 for 32×32 images",
        "He et al. 2016, Identity mappings in deep residual networks",
        "Input(16, 10, 10) >> Conv2d(64, 3, padding=1, bias=False) >> "
        + stages(PREACT, (64, 96), (1, 1), PROJECTION, 1),
        ("preact_resnet18",),
    ),
    NetworkEntry(
        "densenet121",
        densenet((6, 12, 24, 16), 32),
        "DenseNet with growth 32",
        "Huang et al. 2017",
        "Input(16, 10, 10) >> Conv2d(128, 3, padding=1, bias=False) >> "
        "2 * Concat(Identity(), BatchNorm() >> relu >> Conv2d(128, 1, bias=False) >> BatchNorm() >> relu"
        " >> Conv2d(48, 3, padding=1, bias=False)) >> BatchNorm() >> relu >> Conv2d(128, 1, bias=False)"
        " >> AvgPool2d(2)",
    ),
    NetworkEntry(
        "mobilenet_v2",
        mobilenet(),
        "inverted residuals with depthwise convolutions",
        "Sandler et al. 2018",
        "Input(16, 16, 16) >> Conv2d(96, 3, stride=2, padding=1, bias=False) >> BatchNorm() >> relu6 >> "
        + mobile(96, 96, 2, 1)
        + " >> "
        + mobile(96, 128, 2, 2),
        within=0.03,
    ),
    NetworkEntry(
        "efficientnet_b0",
        efficientnet(),
        "inverted residuals with squeeze-and-excitation and silu, without stochastic depth",
        "Tan & Le 2019",
        "Input(16, 10, 10) >> Conv2d(128, 3, bias=False) >> BatchNorm() >> silu >> "
        + mobile(128, 128, 1, 1, 3, excite=True),
    ),
    NetworkEntry(
        "convnext_tiny",
        convnext((96, 192, 384, 768), (3, 3, 9, 3)),
        "ConvNeXt-T with layer scale 1e-6",
        "Liu et al. 2022",
        "Input(12, 20, 20) >> Conv2d(128, 4, stride=4) >> LayerNorm() >> Residual("
        "DepthwiseConv2d(9, padding=4) >> LayerNorm() >> Conv2d(192, 1) >> gelu >> Conv2d(128, 1)"
        " >> LayerScale(1/2))",
    ),
)
