"""A detector starts from what an earlier one's artifact keeps; COCO's published weights load and train."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor
from torchvision.models import detection

from inference.runtime import DetectionModel
from tests.training.engine.jobs import DETECTION_GENERAL
from training.engine.config import ImageConfig, JobConfig, RegionConfig, TagConfig
from training.engine.detection.anchors import USUAL, Anchors
from training.engine.detection.base_model import lineage, read_base
from training.engine.detection.calibration import uncalibrated
from training.engine.detection.graph import Served, export_detector
from training.engine.detection.network import Detector, Target, freeze_first_stages, make_detector
from training.engine.detection.preparation import make_plan
from training.engine.detection.recipes import COCO_MOBILENET
from training.engine.detection.warm_start import start_from
from training.engine.errors import TrainingError
from training.engine.recipes import LITE0, Backbone
from training.engine.weights import find_weights

ANCHORS = Anchors(((10.0, 20.0), (30.0, 40.0), (50.0, 60.0)), (0.5, 1.0, 2.0))
SIDE = 64


def job(*tag_ids: str, box_side: float = 0.1) -> JobConfig:
    region = RegionConfig(tag=tag_ids[0], left=0.1, top=0.1, width=box_side, height=box_side)
    return JobConfig(
        task="detection",
        recipe=DETECTION_GENERAL,
        tags=tuple(TagConfig(id=each, name=each) for each in tag_ids),
        images=(ImageConfig(id="one", file="one.jpg", regions=(region,)),),
    )


def detector_of(backbone: Backbone, weights: Path | None, tag_count: int, seed: int) -> Detector:
    torch.manual_seed(seed)
    return make_detector(backbone, weights, tag_count, ANCHORS, SIDE)


def exported(detector: Detector, backbone: Backbone, folder: Path, *tag_ids: str) -> Path:
    said = lineage(backbone.name, ANCHORS)
    model = export_detector(
        Served(detector, SIDE, uncalibrated(len(tag_ids))), job(*tag_ids), said, folder / "export" / "detector.onnx"
    )
    onnx.save(model, str(folder / "model.onnx"))
    return folder / "model.onnx"


def head(detector: Detector) -> tuple[Tensor, Tensor]:
    predictor = detector.roi_heads.box_predictor
    return predictor.cls_score.weight.detach(), predictor.bbox_pred.weight.detach().view(-1, 4, 256)


def test_all_weights_are_taken_over_and_heads_by_tag(tmp_path: Path) -> None:
    earlier = detector_of(LITE0, None, 2, seed=1)
    base = read_base(exported(earlier, LITE0, tmp_path, "apple", "pear"))
    assert (base.backbone, base.anchors, base.tag_ids) == (LITE0.name, ANCHORS, ("apple", "pear"))
    later = detector_of(LITE0, None, 3, seed=2)
    fresh_scores, fresh_boxes = (each.clone() for each in head(later))
    assert start_from(later, base, ["pear", "plum", "apple"]) == 2
    (old_scores, old_boxes), (scores, boxes) = head(earlier), head(later)
    # The background comes first; plum is new.
    for new, old in ((0, 0), (1, 2), (3, 1)):
        assert torch.equal(scores[new], old_scores[old])
        assert torch.equal(boxes[new], old_boxes[old])
    assert torch.equal(scores[2], fresh_scores[2])
    assert torch.equal(boxes[2], fresh_boxes[2])
    others = dict(earlier.named_parameters())
    assert all(
        torch.equal(weight, others[name]) for name, weight in later.named_parameters() if "box_predictor" not in name
    )


def test_a_plan_with_a_base_needs_no_published_weights_and_keeps_its_network(tmp_path: Path) -> None:
    path = exported(detector_of(LITE0, None, 1, seed=1), LITE0, tmp_path, "apple")
    plan = make_plan(job("apple").model_copy(update={"base_model": str(path)}), tmp_path)
    assert plan.base is not None
    assert (plan.weights.backbone, plan.weights.sha256) == (LITE0, hashlib.sha256(path.read_bytes()).hexdigest())


def test_what_is_no_detector_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"no model", onnx.ModelProto().SerializeToString()):
        (tmp_path / "other.onnx").write_bytes(content)
        with pytest.raises(TrainingError, match="cannot be read"):
            read_base(tmp_path / "other.onnx")
    with pytest.raises(TrainingError, match="cannot be read"):
        read_base(tmp_path / "absent.onnx")


@pytest.fixture(scope="module")
def coco_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in the shapes and under the names of torchvision's file, its frozen batch norms included."""
    torch.manual_seed(3)
    model = detection.fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None)
    state = {name: value for name, value in model.state_dict().items() if "num_batches_tracked" not in name}
    for name, value in state.items():
        if name.endswith(("running_mean", "running_var")):
            state[name] = value + torch.rand(value.shape)
    folder = tmp_path_factory.mktemp("hub") / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(state, folder / "weights.pth")
    digest = hashlib.sha256((folder / "weights.pth").read_bytes()).hexdigest()
    return (folder / "weights.pth").rename(folder / f"coco-{digest[:8]}.pth")


def test_coco_weights_are_found_where_torchvision_keeps_them(
    coco_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(coco_file.parents[2]))
    wanted = replace(COCO_MOBILENET, file=coco_file.name, sha256_prefix=coco_file.stem.split("-")[1])
    found = find_weights(wanted, None, tmp_path)
    assert found is not None
    assert (found.path, found.source) == (coco_file, "torch.hub's cache")


def test_coco_weights_give_torchvisions_features_train_and_export(coco_file: Path, tmp_path: Path) -> None:
    detector = detector_of(COCO_MOBILENET, coco_file, 2, seed=4)
    published = detection.fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None).eval()
    published.load_state_dict(torch.load(coco_file, weights_only=True))
    images = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        expected, found = published.backbone(images), detector.pyramid(images)
    assert list(found) == list(expected)
    assert all(torch.allclose(found[name], expected[name], atol=1e-3, rtol=1e-3) for name in expected)

    freeze_first_stages(detector, is_advanced=False)
    target = Target(torch.tensor([[10.0, 10.0, 60.0, 70.0]]), torch.tensor([1]))
    total = torch.stack(list(detector.losses(images, [target, target]).values())).sum()
    total.backward()  # type: ignore[no-untyped-call]
    body, new = detector.trained_parameters()
    assert body
    assert new
    assert all(weight.grad is not None for weight in body)

    path = exported(detector.eval(), COCO_MOBILENET, tmp_path, "apple", "pear")
    answer = DetectionModel.load(path).detect((images[0, :, :SIDE, :SIDE].permute(1, 2, 0) * 255).byte().numpy())
    assert np.isfinite(answer.corners).all()
    later = detector_of(COCO_MOBILENET, None, 2, seed=5)
    assert start_from(later, read_base(path), ["apple", "pear"]) == 2


def test_coco_weights_are_for_large_boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.engine.weights._download", lambda backbone, folder: None)
    large, small = make_plan(job("apple", box_side=0.3), tmp_path), make_plan(job("apple"), tmp_path)
    assert large.notes == (
        "The weights of Faster R-CNN on MobileNetV3-Large with COCO weights could not be had on this machine: "
        "Faster R-CNN on EfficientNet-Lite0 was trained instead.",
    )
    assert small.notes == ()


def test_the_usual_anchors_are_what_an_artifact_can_say(tmp_path: Path) -> None:
    assert '"anchor_sizes": [[24.0, 48.0]' in lineage("any", USUAL)
