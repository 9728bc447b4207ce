"""Write the benchmark's artifacts: model.onnx (Lite0, random weights), null.onnx (32 px). Arguments: folder, tags."""

import json
import sys
from pathlib import Path
from uuid import uuid4

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from portal.imaging import RESIZE_RULE
from training.engine.graph import classifier_graph

SIZE = 224
NULL_SIZE = 32


def main() -> None:
    folder, tags = Path(sys.argv[1]), int(sys.argv[2])
    labels = [{"id": str(uuid4()), "name": f"tag {number}", "type": "regular"} for number in range(tags)]
    chance = np.random.default_rng(0)
    lite0 = _lite0(folder / "features.onnx")
    null = _mean_color()
    for name, features, width, size in (("model", lite0, 1280, SIZE), ("null", null, 3, NULL_SIZE)):
        weights = chance.normal(0, 0.02, (width, tags)).astype(np.float32)
        graph = classifier_graph(features, weights, np.zeros(tags, np.float32), "Softmax", _metadata(labels, size))
        onnx.save(graph, folder / f"{name}.onnx")


def _lite0(path: Path) -> onnx.ModelProto:
    import torch

    from training.engine.backbones import load_backbone
    from training.engine.graph import export_features
    from training.engine.recipes import LITE0

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


def _mean_color() -> onnx.ModelProto:
    nodes = [helper.make_node("ReduceMean", ["image"], ["features"], axes=[2, 3], keepdims=0)]
    graph = helper.make_graph(
        nodes,
        "null",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, NULL_SIZE, NULL_SIZE])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(np.zeros(1, np.float32), "unused")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _metadata(labels: list[dict[str, str]], size: int) -> dict[str, str]:
    return {
        "sightline.schema": "1",
        "sightline.task": "multiclass",
        "sightline.input_size": str(size),
        "sightline.resize_rule": RESIZE_RULE,
        "sightline.labels": json.dumps(labels),
    }


if __name__ == "__main__":
    main()
