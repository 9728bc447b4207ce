"""Backbones with their published weights, all of one shape: normalize, trunk, upper."""

from pathlib import Path
from typing import Protocol, cast

import torch
from torch import Tensor, nn

from training.engine.lite import EfficientNetLite0
from training.engine.recipes import LITE0, Backbone, Pooling

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


class FeatureNetwork(Protocol):
    """Images [n, 3, S, S] RGB 0..1 to maps [n, feature_channels, H, W] = upper(trunk(normalize()))."""

    feature_channels: int
    trunk: nn.Module
    upper: nn.Module

    def normalize(self, images: Tensor) -> Tensor: ...


class _TorchvisionNetwork(nn.Module):
    def __init__(self, stages: list[nn.Module], trunk_stages: int, feature_channels: int) -> None:
        super().__init__()
        self.feature_channels = feature_channels
        self.trunk = nn.Sequential(*stages[:trunk_stages])
        self.upper = nn.Sequential(*stages[trunk_stages:])
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(_IMAGENET_DEVIATION).view(1, 3, 1, 1))

    def normalize(self, images: Tensor) -> Tensor:
        return (images - cast(Tensor, self.mean)) / cast(Tensor, self.deviation)


def load_backbone(backbone: Backbone, weights: Path | None) -> FeatureNetwork:
    """The network in evaluation mode; random where `weights` is None (for tests of shape alone)."""
    network: nn.Module
    if backbone is LITE0:
        lite = EfficientNetLite0()
        if weights is not None:
            lite.load_published(torch.load(weights, map_location="cpu", weights_only=True))
        network = lite
    else:
        network = _from_torchvision(backbone, weights)
    network.eval()
    return cast(FeatureNetwork, network)


def _from_torchvision(backbone: Backbone, weights: Path | None) -> nn.Module:
    # Imported here: two seconds that a training on Lite0 need not wait for.
    from torchvision.models import convnext_tiny, efficientnet_v2_s, resnet50

    makers = {"efficientnet_v2_s": efficientnet_v2_s, "convnext_tiny": convnext_tiny, "resnet50": resnet50}
    model = makers[backbone.name](weights=None)
    if weights is not None:
        model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    if backbone.name == "resnet50":
        stem = nn.Sequential(model.conv1, model.bn1, model.relu, model.maxpool)
        stages = [stem, model.layer1, model.layer2, model.layer3, model.layer4]
        return _TorchvisionNetwork(stages, 2, 2048)
    stages = list(model.features)
    if backbone.name == "convnext_tiny":
        return _TorchvisionNetwork(stages, 4, 768)
    return _TorchvisionNetwork(stages, 3, 1280)


def feature_count(network: FeatureNetwork, pooling: Pooling) -> int:
    """How many features an image has after pooling."""
    return network.feature_channels * (2 if pooling == "mean+max" else 1)


def pool(maps: Tensor, pooling: Pooling) -> Tensor:
    """Maps [n, c, h, w] to features [n, c], or [n, 2c] for mean and max."""
    mean = maps.mean(dim=(2, 3))
    if pooling == "mean":
        return mean
    return torch.cat([mean, maps.amax(dim=(2, 3))], dim=1)


class Trunk(nn.Module):
    """Images [n, 3, S, S] RGB 0..1 to the maps [n, c, h, w] that the upper part starts from."""

    def __init__(self, network: FeatureNetwork) -> None:
        super().__init__()
        self.network = network
        self.add_module("_network", cast(nn.Module, network))

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self.network.trunk(self.network.normalize(images))
        return maps


class Extractor(nn.Module):
    """Images [n, 3, S, S] RGB 0..1 to features [n, f]."""

    def __init__(self, network: FeatureNetwork, pooling: Pooling) -> None:
        super().__init__()
        self.network = network
        self.pooling = pooling
        # The protocol says what is used of it; torch needs to know that it is a module.
        self.add_module("_network", cast(nn.Module, network))

    def forward(self, images: Tensor) -> Tensor:
        network = self.network
        return pool(network.upper(network.trunk(network.normalize(images))), self.pooling)


class SharedExtractor(nn.Module):
    """Features of a network and of its fine-tuned upper part side by side: [n, 2f].

    The trunk, which fine-tuning leaves as it is, runs once for both.
    """

    def __init__(self, network: FeatureNetwork, tuned_upper: nn.Module, pooling: Pooling) -> None:
        super().__init__()
        self.network = network
        self.pooling = pooling
        self.add_module("_network", cast(nn.Module, network))
        self.tuned_upper = tuned_upper

    def forward(self, images: Tensor) -> Tensor:
        network = self.network
        shared = network.trunk(network.normalize(images))
        return torch.cat(
            [pool(network.upper(shared), self.pooling), pool(self.tuned_upper(shared), self.pooling)], dim=1
        )
