"""What training computes in a quicker way of its own gives what the published operations give."""

import pytest
import torch
from torch import Tensor
from torchvision.ops import MultiScaleRoIAlign

from training.engine.detection.frozen import quick_maps
from training.engine.detection.network import LiteBody
from training.engine.detection.pooling import RegionAlign
from training.engine.lite import EfficientNetLite0

SIZES = [(128, 96)] * 2


def maps_and_boxes() -> tuple[dict[str, Tensor], list[Tensor]]:
    generator = torch.Generator().manual_seed(5)
    maps = {str(level): torch.randn(2, 6, 16 >> level, 12 >> level, generator=generator) for level in range(3)}
    corners = torch.rand(40, 2, generator=generator) * 110 - 40
    sides = torch.exp(torch.rand(40, 2, generator=generator) * 7)  # a pixel to many times the image
    boxes = torch.cat([corners, corners + sides], dim=1)
    return maps, [boxes[:25], boxes[25:]]


def pooled(align: MultiScaleRoIAlign) -> tuple[Tensor, list[Tensor]]:
    maps, boxes = maps_and_boxes()
    leaves = {name: each.requires_grad_(requires_grad=True) for name, each in maps.items()}
    regions = align(leaves, boxes, SIZES)
    weights = torch.randn(regions.shape, generator=torch.Generator().manual_seed(6))
    return regions.detach(), list(torch.autograd.grad((regions * weights).sum(), list(leaves.values())))


def test_region_align_in_training_is_torchvisions_with_its_gradient() -> None:
    names = ["0", "1", "2"]
    expected, expected_gradients = pooled(MultiScaleRoIAlign(names, output_size=7, sampling_ratio=2))
    regions, gradients = pooled(RegionAlign(names, output_size=7, sampling_ratio=2).train())
    assert torch.allclose(regions, expected, atol=1e-4)
    for gradient, wanted in zip(gradients, expected_gradients, strict=True):
        assert wanted.abs().max() > 0
        assert torch.allclose(gradient, wanted, atol=1e-3)


def test_region_align_takes_an_image_without_boxes() -> None:
    maps, boxes = maps_and_boxes()
    align = RegionAlign(["0", "1", "2"], output_size=7, sampling_ratio=2).train()
    both = align(maps, [boxes[0], boxes[1][:0]], SIZES)
    assert both.shape == (25, 6, 7, 7)


@pytest.mark.parametrize("maps", [1, 2])
def test_first_maps_are_the_same_by_onnx_runtime(maps: int) -> None:
    torch.manual_seed(7)
    body = LiteBody(EfficientNetLite0().eval()).eval()
    body.freeze(maps)
    images = torch.randn(3, 3, 64, 64)
    expected = body(images)
    body.quick_first = quick_maps(body.first_maps(), 64, threads=1)
    found = body(images)
    assert all(torch.allclose(found[name], expected[name], atol=1e-4) for name in expected)
    assert [found[name].requires_grad for name in "012"] == [place >= maps for place in range(3)]
