"""An ONNX Runtime session of an artifact."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inference.runtime.artifact import ArtifactMetadata, ArtifactRefused, read_metadata

INPUT = "image"
_LEVEL = np.float32(1 / 255)


def open_session(
    path_or_bytes: str | Path | bytes, threads: int
) -> tuple["onnxruntime.InferenceSession", ArtifactMetadata]:
    """The session and what the artifact says about itself. Raises ArtifactRefused, OSError for a missing file.

    A path takes less memory: a session keeps the bytes that it was given.
    """
    if not isinstance(path_or_bytes, bytes):
        Path(path_or_bytes).stat()
        path_or_bytes = str(path_or_bytes)
    _share_memory()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads halve the speed of whoever shares the core with them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.enable_mem_pattern = False
    try:
        session = onnxruntime.InferenceSession(path_or_bytes, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own errors share no base class
        raise ArtifactRefused(f"ONNX Runtime cannot load the artifact: {error}") from error
    return session, read_metadata(session.get_modelmeta().custom_metadata_map)


@lru_cache(maxsize=1)
def _share_memory() -> None:
    """One arena for all sessions of the process, which grows by what is asked for: each would keep one of its own."""
    cpu = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    grow_as_requested = 1
    onnxruntime.create_and_register_allocator(cpu, onnxruntime.OrtArenaCfg(0, grow_as_requested, -1, -1))


def check_input(session: "onnxruntime.InferenceSession", metadata: ArtifactMetadata) -> None:
    """Raises ArtifactRefused unless the graph takes one image of the size that its metadata says."""
    inputs = {node.name: node for node in session.get_inputs()}
    size = metadata.input_size
    if set(inputs) != {INPUT} or inputs[INPUT].shape[1:] != [3, size, size] or inputs[INPUT].type != "tensor(float)":
        raise ArtifactRefused(f"The artifact's input is not one float tensor named {INPUT}, [1, 3, {size}, {size}].")


def to_input(pixels: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    """Pixels uint8 [S, S, 3] as float32 [1, 3, S, S], 0..1. Raises ValueError for another shape."""
    if pixels.shape != (size, size, 3) or pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be uint8 [{size}, {size}, 3], not {pixels.dtype} {pixels.shape}")
    image = np.empty((1, 3, size, size), np.float32)
    np.multiply(pixels.transpose(2, 0, 1), _LEVEL, out=image[0])
    return image
