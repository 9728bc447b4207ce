"""The stages that do not train, run by ONNX Runtime: several times as fast on a CPU as PyTorch's eager layers."""

import io
import warnings
from collections.abc import Callable, Sequence

import onnxruntime
import torch
from torch import Tensor

from training.engine.detection.network import FirstMaps
from training.engine.graph import OPSET


def quick_maps(first: FirstMaps, side: int, threads: int) -> Callable[[Tensor], Sequence[Tensor]]:
    """`first` as a function of images float [n, 3, side, side] on the CPU, without a gradient."""
    buffer = io.BytesIO()
    names = [f"maps{place}" for place in range(len(first.stages))]
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter is deprecated, and quick
        torch.onnx.export(
            first,
            (torch.zeros(1, 3, side, side),),
            buffer,  # type: ignore[arg-type]  # a file is as good as a path
            dynamo=False,
            opset_version=OPSET,
            input_names=["images"],
            output_names=names,
            dynamic_axes={name: {0: "n"} for name in ("images", *names)},
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Between two calls PyTorch needs the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(buffer.getvalue(), options, providers=["CPUExecutionProvider"])

    def run(images: Tensor) -> list[Tensor]:
        found = session.run(None, {"images": images.contiguous().numpy()})
        return [torch.from_numpy(maps).contiguous(memory_format=torch.channels_last) for maps in found]

    return run
