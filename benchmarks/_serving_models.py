"""Write the benchmark's artifacts, with random weights: speeds are real, answers are not. Arguments: folder, tags.

`classifier.onnx` (EfficientNet-Lite0, 224 px) and `detector.onnx` (Faster R-CNN on the same, 320 px).
"""

import json
import sys
from pathlib import Path
from uuid import UUID

import numpy as np
import onnx
import torch

from portal.imaging import RESIZE_RULE
from training.engine.backbones import load_backbone
from training.engine.config import JobConfig
from training.engine.detection.anchors import USUAL
from training.engine.detection.calibration import uncalibrated
from training.engine.detection.graph import Served, export_detector
from training.engine.detection.network import make_detector
from training.engine.graph import classifier_graph, export_features
from training.engine.recipes import LITE0

SEED = 7
SIZE, FEATURES = 224, 1280
DETECTOR_SIZE = 320
# An untrained head finds every tag at every place. With these some ninety boxes are left to compare, and twelve to
# answer with, as of a usual image.
SPREAD, NOTHING_IS_LIKELY, ANSWERED_BOXES = 100.0, 6.0, 12


def main() -> None:
    folder, tags = Path(sys.argv[1]), int(sys.argv[2])
    labels = [{"id": str(UUID(int=number)), "name": f"tag {number}", "type": "regular"} for number in range(tags)]
    torch.manual_seed(SEED)
    chance = np.random.default_rng(SEED)
    weights = chance.normal(0, 0.02, (FEATURES, tags)).astype(np.float32)
    features = _lite0(folder / "features.onnx")
    graph = classifier_graph(features, weights, np.zeros(tags, np.float32), "Softmax", _metadata(labels))
    onnx.save(graph, folder / "classifier.onnx")
    onnx.save(_detector(folder / "draft.onnx", labels), folder / "detector.onnx")


def _lite0(path: Path) -> onnx.ModelProto:
    network = load_backbone(LITE0, None)

    class Features(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            maps = network.upper(network.trunk(network.normalize(images)))
            return maps.mean(dim=(2, 3))

    export_features(Features().eval(), SIZE, path)
    return onnx.load(path)


def _detector(path: Path, labels: list[dict[str, str]]) -> onnx.ModelProto:
    job = JobConfig.model_validate({"task": "detection", "recipe": "any", "tags": labels, "images": []})
    detector = make_detector(LITE0, None, len(labels), USUAL, DETECTOR_SIZE)
    with torch.no_grad():
        detector.roi_heads.box_predictor.cls_score.weight *= SPREAD
        detector.roi_heads.box_predictor.cls_score.bias[0] += NOTHING_IS_LIKELY
    detector.roi_heads.detections_per_img = ANSWERED_BOXES
    return export_detector(Served(detector, DETECTOR_SIZE, uncalibrated(len(labels))), job, "benchmark", path)


def _metadata(labels: list[dict[str, str]]) -> dict[str, str]:
    return {
        "sightline.schema": "1",
        "sightline.task": "multiclass",
        "sightline.input_size": str(SIZE),
        "sightline.resize_rule": RESIZE_RULE,
        "sightline.labels": json.dumps(labels),
    }


if __name__ == "__main__":
    main()
