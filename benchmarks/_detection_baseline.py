"""Plain torchvision fine-tuning, as its tutorial does it: what our recipe is compared with.

The same ImageNet weights and the same 320 px; torchvision's own defaults for all else: anchors, samples, transform,
SGD, batches of two, horizontal flips, the whole backbone trained.
"""

import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

from benchmarks._detection_sets import BoxedImage, BoxedSet
from training.detection_metrics import Detections
from training.engine.cache import cache_folder
from training.engine.lite import EfficientNetLite0
from training.engine.recipes import LITE0
from training.engine.weights import find_weights

_SIDE = 320
_BATCH = 2
_CHANNELS = 256


class _Backbone(nn.Module):
    out_channels = _CHANNELS

    def __init__(self) -> None:
        super().__init__()
        weights = find_weights(LITE0, None, cache_folder())
        assert weights is not None
        network = EfficientNetLite0().eval()
        network.load_published(torch.load(weights.path, map_location="cpu", weights_only=True))
        stages = [*network.trunk, *network.upper]
        self.parts = nn.ModuleList(
            [nn.Sequential(*stages[:4]), nn.Sequential(*stages[4:6]), nn.Sequential(*stages[6:8])]
        )
        self.fpn = FeaturePyramidNetwork([40, 112, 320], _CHANNELS)

    def train(self, mode: bool = True) -> "_Backbone":
        """Batch norm as published, as torchvision's detectors have it."""
        super().train(mode)
        self.parts.eval()
        return self

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        maps = {}
        for level, part in enumerate(self.parts):
            images = part(images)
            maps[str(level)] = images
        pyramid: dict[str, Tensor] = self.fpn(maps)
        return pyramid


def plain_fine_tuning(boxed: BoxedSet, cpu_seconds: float, seed: int, threads: int) -> tuple[list[Detections], int]:
    """What the model finds on the test split after that much processor time, and how many images it was shown."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    model = FasterRCNN(
        _Backbone(),
        num_classes=len(boxed.tags) + 1,
        min_size=_SIDE,
        max_size=_SIDE,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        rpn_anchor_generator=AnchorGenerator(((32,), (64,), (128,)), ((0.5, 1.0, 2.0),) * 3),
        box_roi_pool=MultiScaleRoIAlign(["0", "1", "2"], output_size=7, sampling_ratio=2),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9, weight_decay=0.0005)
    random = np.random.default_rng(seed)
    pictures = [_read(image.path) for image in boxed.train]
    model.train()
    started, shown = time.process_time(), 0
    rate_fell = False
    order: list[int] = []
    while (spent := time.process_time() - started) < cpu_seconds:
        if not rate_fell and spent > 2 / 3 * cpu_seconds:
            rate_fell = True
            for group in optimizer.param_groups:
                group["lr"] /= 10
        if len(order) < _BATCH:
            order = [*order, *random.permutation(len(pictures)).tolist()]
        rows, order = order[:_BATCH], order[_BATCH:]
        images, targets = zip(
            *(_example(pictures[row], boxed.train[row], is_mirrored=random.random() < 0.5) for row in rows),
            strict=True,
        )
        # The tutorial's own warm-up.
        if shown < 200:
            for group in optimizer.param_groups:
                group["lr"] = 0.005 * (shown + _BATCH) / 200
        losses = model(list(images), list(targets))
        total = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        shown += _BATCH
    model.eval()
    return [_found(model, image) for image in boxed.test], shown


def _read(path: Path) -> Tensor:
    with Image.open(path) as file:
        pixels = np.asarray(file.convert("RGB").resize((_SIDE, _SIDE)), dtype=np.float32) / 255
    return torch.from_numpy(pixels.transpose(2, 0, 1).copy())


def _example(picture: Tensor, image: BoxedImage, *, is_mirrored: bool) -> tuple[Tensor, dict[str, Tensor]]:
    corners = torch.from_numpy(image.truth.corners * np.float32(_SIDE))
    if is_mirrored:
        picture = picture.flip(-1)
        corners = torch.stack([_SIDE - corners[:, 2], corners[:, 1], _SIDE - corners[:, 0], corners[:, 3]], dim=1)
    return picture, {"boxes": corners, "labels": torch.from_numpy(image.truth.tags + 1)}


def _found(model: FasterRCNN, image: BoxedImage) -> Detections:
    with torch.inference_mode():
        (found,) = model([_read(image.path)])
    return Detections(found["boxes"].numpy() / _SIDE, found["labels"].numpy() - 1, found["scores"].numpy())
