"""Faster R-CNN of torchvision, on the Lite0 pyramid or with its own COCO weights."""

import itertools
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models import detection
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import FeaturePyramidNetwork

from training.engine.detection.anchors import Anchors
from training.engine.detection.pooling import RegionAlign
from training.engine.lite import EfficientNetLite0
from training.engine.recipes import LITE0, Backbone

MOST_BOXES = 200
_LOWEST_SCORE = 0.01
_OVERLAP_OF_DOUBLES = 0.5
_PYRAMID_CHANNELS = 96
_HEAD_FEATURES = 256
_TRAINING_PROPOSALS = (400, 200)  # before and after suppression
_SERVING_PROPOSALS = (300, 100)
_MOST_PROPOSALS = 1000
_RPN_BATCH, _BOX_BATCH = 128, 64
_BOX_POSITIVES = 0.375
_STANDARD_PIXELS = 320
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Target:
    """What is on one image: `corners` float32 [k, 4] in pixels, `tags` int64 [k]."""

    corners: Tensor
    tags: Tensor


@dataclass(frozen=True)
class Found:
    """What a model finds on one image, best first: `corners` [m, 4] in pixels, `tags` int64 [m], `scores` [m]."""

    corners: Tensor
    tags: Tensor
    scores: Tensor


class Detector(nn.Module):
    """Images float [n, 3, H, W], RGB 0..1, to boxes."""

    def __init__(
        self,
        pyramid: nn.Module,
        rpn: RegionProposalNetwork,
        roi_heads: RoIHeads,
        mean: tuple[float, ...],
        deviation: tuple[float, ...],
    ) -> None:
        super().__init__()
        self.pyramid = pyramid
        self.rpn = rpn
        self.roi_heads = roi_heads
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(1, 3, 1, 1))

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """The four losses of Faster R-CNN. Batch norm stays as published: batches are too small to say more."""
        self.pyramid.eval()
        self.rpn.train()
        self.roi_heads.train()
        # Label 0 is the background.
        known = [{"boxes": target.corners, "labels": target.tags + 1} for target in targets]
        listed, maps = self._maps(images)
        proposals, proposal_losses = self.rpn(listed, maps, known)
        _, box_losses = self.roi_heads(maps, proposals, listed.image_sizes, known)
        return {**proposal_losses, **box_losses}

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Corners [m, 4] in pixels, tags [m] and scores [m] of the first image, best first."""
        listed, maps = self._maps(images)
        proposals, _ = self.rpn(listed, maps)
        found, _ = self.roi_heads(maps, proposals, listed.image_sizes)
        return found[0]["boxes"], found[0]["labels"] - 1, found[0]["scores"]

    def _maps(self, images: Tensor) -> tuple[ImageList, OrderedDict[str, Tensor]]:
        normal = (images - cast(Tensor, self.mean)) / cast(Tensor, self.deviation)
        height, width = images.shape[-2:]
        maps = cast(OrderedDict[str, Tensor], self.pyramid(normal))
        return ImageList(normal, [(int(height), int(width))] * len(images)), maps

    def trained_parameters(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """What training changes: parameters of the backbone's body, and of all that is new."""
        body = [weight for weight in cast(nn.Module, self.pyramid.body).parameters() if weight.requires_grad]
        known = {id(weight) for weight in cast(nn.Module, self.pyramid.body).parameters()}
        new = [weight for weight in self.parameters() if weight.requires_grad and id(weight) not in known]
        return body, new


class FirstMaps(nn.Module):
    """Images to the maps of the first stages, one after the other."""

    def __init__(self, stages: Sequence[nn.Module]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        maps: list[Tensor] = []
        for stage in self.stages:
            maps.append(stage(maps[-1] if maps else images))
        return tuple(maps)


class LiteBody(nn.Module):
    """Lite0's maps at strides 8, 16 and 32; the first of them is never trained."""

    channels = (40, 112, 320)

    def __init__(self, network: EfficientNetLite0) -> None:
        super().__init__()
        stages = [fuse_norms(stage) for stage in (*network.trunk, *network.upper)]
        self.frozen = nn.Sequential(*stages[:4])
        self.stride_16 = nn.Sequential(*stages[4:6])
        self.stride_32 = nn.Sequential(*stages[6:8])
        # Another way to compute the first maps, for as long as a training lasts.
        self.quick_first: Callable[[Tensor], Sequence[Tensor]] | None = None
        self._untrained = 0
        self.freeze(1)

    def freeze(self, maps: int) -> None:
        """Leave the stages of the first `maps` maps as published."""
        self._untrained = maps
        for stage in self._stages()[:maps]:
            stage.requires_grad_(requires_grad=False)

    def first_maps(self) -> FirstMaps:
        """The part that does not train."""
        return FirstMaps(self._stages()[: self._untrained])

    def _stages(self) -> tuple[nn.Module, ...]:
        return self.frozen, self.stride_16, self.stride_32

    def forward(self, images: Tensor) -> OrderedDict[str, Tensor]:
        maps = [] if self.quick_first is None else list(self.quick_first(images))
        for stage in self._stages()[len(maps) :]:
            maps.append(stage(maps[-1] if maps else images))
        return OrderedDict(zip("012", maps, strict=True))


def fuse_norms(network: nn.Module) -> nn.Module:
    """The network in evaluation with each batch norm inside its convolution: small batches teach a norm nothing."""
    for module in list(network.modules()):
        if not isinstance(module, nn.Sequential):
            continue
        for place, (layer, after) in enumerate(itertools.pairwise(module)):
            if isinstance(layer, nn.Conv2d) and isinstance(after, nn.BatchNorm2d):
                module[place] = fuse_conv_bn_eval(layer, after)
                module[place + 1] = nn.Identity()
    return network


class Pyramid(nn.Module):
    """A body with a feature pyramid on top."""

    def __init__(self, body: LiteBody) -> None:
        super().__init__()
        self.body = body
        self.fpn = FeaturePyramidNetwork(list(body.channels), _PYRAMID_CHANNELS)

    def forward(self, images: Tensor) -> OrderedDict[str, Tensor]:
        return cast(OrderedDict[str, Tensor], self.fpn(self.body(images)))


def make_detector(
    backbone: Backbone, weights: Path | None, tag_count: int, anchors: Anchors, input_size: int, most_boxes: int = 0
) -> Detector:
    """A detector with published weights and untrained heads; random where `weights` is None.

    `most_boxes` is how many there are on the fullest image that is known.
    """
    if backbone is not LITE0:
        return _from_coco(backbone, weights, tag_count, _serving_proposals(input_size, most_boxes))
    lite = EfficientNetLite0().eval()
    if weights is not None:
        lite.load_published(torch.load(weights, map_location="cpu", weights_only=True))
    generator = AnchorGenerator(anchors.sizes, (anchors.ratios,) * len(anchors.sizes))
    per_place = generator.num_anchors_per_location()[0]
    serving = _serving_proposals(input_size, most_boxes)
    rpn = RegionProposalNetwork(
        generator,
        RPNHead(_PYRAMID_CHANNELS, per_place),
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=_RPN_BATCH,
        positive_fraction=0.5,
        pre_nms_top_n={"training": _TRAINING_PROPOSALS[0], "testing": serving[0]},
        post_nms_top_n={"training": _TRAINING_PROPOSALS[1], "testing": serving[1]},
        nms_thresh=0.7,
    )
    align = RegionAlign(["0", "1", "2"], output_size=7, sampling_ratio=2)
    roi_heads = RoIHeads(
        align,
        TwoMLPHead(_PYRAMID_CHANNELS * 7 * 7, _HEAD_FEATURES),
        FastRCNNPredictor(_HEAD_FEATURES, tag_count + 1),
        fg_iou_thresh=0.5,
        bg_iou_thresh=0.5,
        batch_size_per_image=_BOX_BATCH,
        positive_fraction=_BOX_POSITIVES,
        bbox_reg_weights=None,
        score_thresh=_LOWEST_SCORE,
        nms_thresh=_OVERLAP_OF_DOUBLES,
        detections_per_img=MOST_BOXES,
    )
    # Lite0 was trained on -1..1, not on ImageNet's mean and deviation.
    return Detector(Pyramid(LiteBody(lite)), rpn, roi_heads, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()


def _serving_proposals(input_size: int, most_boxes: int) -> tuple[int, int]:
    """Before (of each level) and after suppression: a larger input shows more objects, and some images are full."""
    area = max(1.0, (input_size / _STANDARD_PIXELS) ** 2)
    before, after = _SERVING_PROPOSALS
    kept = min(_MOST_PROPOSALS, max(round(after * area), 2 * most_boxes))
    return min(_MOST_PROPOSALS, max(round(before * area), 2 * kept)), kept


def _from_coco(backbone: Backbone, weights: Path | None, tag_count: int, serving: tuple[int, int]) -> Detector:
    """COCO's own anchors stay: its proposals were trained on them."""
    assert backbone.name == "fasterrcnn_mobilenet_v3_large_320_fpn"
    model = detection.fasterrcnn_mobilenet_v3_large_320_fpn(
        weights=None,
        weights_backbone=None,
        rpn_score_thresh=0.0,
        rpn_pre_nms_top_n_train=_TRAINING_PROPOSALS[0],
        rpn_post_nms_top_n_train=_TRAINING_PROPOSALS[1],
        rpn_pre_nms_top_n_test=serving[0],
        rpn_post_nms_top_n_test=serving[1],
        rpn_batch_size_per_image=_RPN_BATCH,
        box_batch_size_per_image=_BOX_BATCH,
        box_positive_fraction=_BOX_POSITIVES,
        box_score_thresh=_LOWEST_SCORE,
        box_nms_thresh=_OVERLAP_OF_DOUBLES,
        box_detections_per_img=MOST_BOXES,
    ).eval()
    if weights is not None:
        model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    fuse_norms(model)
    align = model.roi_heads.box_roi_pool
    model.roi_heads.box_roi_pool = RegionAlign(align.featmap_names, align.output_size, align.sampling_ratio)
    features = model.roi_heads.box_predictor.cls_score.in_features
    model.roi_heads.box_predictor = FastRCNNPredictor(features, tag_count + 1)
    return Detector(model.backbone, model.rpn, model.roi_heads, _IMAGENET_MEAN, _IMAGENET_DEVIATION).eval()


def freeze_first_stages(detector: Detector, *, is_advanced: bool) -> None:
    """Leave the stages of a COCO body up to stride 4 as published, those of Lite0 up to 8, in Quick up to 16.

    A step is a quarter cheaper by the latter, so that as much time holds more of them.
    """
    body = cast(nn.Module, detector.pyramid.body)
    if isinstance(body, LiteBody):
        body.freeze(1 if is_advanced else 2)
        return
    names = list(dict(body.named_children()))
    for name in names[: max(1, len(names) // 3)]:
        body.get_submodule(name).requires_grad_(requires_grad=False)
