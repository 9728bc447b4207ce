"""Backbones: the published weights land where they belong, padding and shapes are right."""

import pytest
import torch
from torch import nn

from training.engine.backbones import Extractor, SharedExtractor, feature_count, load_backbone
from training.engine.lite import ConvNorm, EfficientNetLite0
from training.engine.recipes import BACKBONES, LITE0, Pooling
from training.engine.weights import find_weights


def test_stride_two_pads_right_and_bottom_as_tensorflow_does() -> None:
    layer = ConvNorm(1, 1, 3, stride=2, activation=False).eval()
    convolution = layer[1]
    assert isinstance(convolution, nn.Conv2d)
    convolution.weight.data = torch.arange(9.0).view(1, 1, 3, 3)
    corner = torch.zeros(1, 1, 4, 4)
    corner[..., 0, 0] = 1
    # TensorFlow's first window starts at the first pixel: weight 0, where symmetric padding would give 4.
    assert layer(corner)[0, 0, 0, 0].item() == 0.0


def test_published_weights_fill_every_tensor(tmp_path) -> None:  # type: ignore[no-untyped-def]
    weights = find_weights(LITE0, None, tmp_path)
    assert weights is not None
    published = torch.load(weights.path, weights_only=True)
    network = EfficientNetLite0()
    network.load_published(published)
    state = network.state_dict()
    assert len(state) == 294
    assert torch.equal(next(iter(state.values())), published["_conv_stem.weight"])
    last = [value for name, value in state.items() if name.endswith("running_var")][-1]
    assert torch.equal(last, published["_bn1.running_var"])


def test_another_networks_weights_are_refused() -> None:
    network = EfficientNetLite0()
    tensors = list(network.state_dict().values())
    with pytest.raises(ValueError, match="expected 294 tensors, the file has 293"):
        network.load_published({str(place): tensor for place, tensor in enumerate(tensors[1:])})
    tensors[0] = torch.zeros(1)
    with pytest.raises(ValueError, match=r"expected \(32, 3, 3, 3\), got \(1,\)"):
        network.load_published({str(place): tensor for place, tensor in enumerate(tensors)})


@pytest.mark.parametrize("name", sorted(BACKBONES))
@pytest.mark.parametrize("pooling", ["mean", "mean+max"])
def test_every_backbone_gives_features(name: str, pooling: Pooling) -> None:
    network = load_backbone(BACKBONES[name], None)
    with torch.inference_mode():
        features = Extractor(network, pooling).eval()(torch.rand(2, 3, 64, 64))
    assert features.shape == (2, feature_count(network, pooling))


def test_a_shared_trunk_changes_nothing() -> None:
    torch.manual_seed(0)
    network, tuned = load_backbone(LITE0, None), load_backbone(LITE0, None)
    tuned.trunk = network.trunk
    images = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        both = SharedExtractor(network, tuned.upper, "mean").eval()(images)
        apart = torch.cat([Extractor(network, "mean")(images), Extractor(tuned, "mean")(images)], dim=1)
    assert torch.equal(both, apart)
