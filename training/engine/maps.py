"""What the frozen trunk makes of augmented views, computed once for all folds and epochs."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.engine import graph
from training.engine.augmentation import random_view
from training.engine.backbones import FeatureNetwork, Trunk
from training.engine.cache import atomic_path, cache_folder
from training.engine.features import FeatureExtractor
from training.engine.images import ImageReader, Pixels
from training.engine.preparation import Prepared

Maps = NDArray[np.float32]

MOST_VIEWS = 8
LARGEST_FILE_BYTES = 8 << 30
# Views are cropped out of pixels this much larger than the input, so that a crop is not all upscaling.
_READ_SCALE = 1.15


class TooManyImages(Exception):
    """Two views of each image would not fit into LARGEST_FILE_BYTES."""


def frozen_maps(
    prepared: Prepared, network: FeatureNetwork, device: torch.device, target: Path, on_image: Callable[[int], None]
) -> Maps:
    """Maps [n, v, c, h, w] of each image as it is (view 0) and of random views, kept in the file `target`.

    A whole file from an earlier attempt is used again. Raises TooManyImages.
    """
    if target.is_file():
        return cast(Maps, np.load(target, mmap_mode="r"))
    plan = prepared.plan
    run = _runner(prepared, network, device)
    shape = run(np.zeros((1, plan.size, plan.size, 3), np.uint8)).shape[1:]
    count = len(prepared.images)
    view_count = min(MOST_VIEWS, LARGEST_FILE_BYTES // (count * int(np.prod(shape)) * 4))
    if view_count < 2:
        raise TooManyImages
    with atomic_path(target) as temporary:
        maps = np.lib.format.open_memmap(temporary, "w+", np.float32, (count, view_count, *shape))
        running: list[Future[Maps]] = []
        workers = 1 if device.type == "cuda" else plan.threads
        with ThreadPoolExecutor(workers, thread_name_prefix="views") as pool:
            done = 0
            for views in _views(prepared, view_count):
                running.append(pool.submit(run, views))
                if len(running) > 2 * workers:
                    maps[done] = running.pop(0).result()
                    done += 1
                    on_image(done)
            for future in running:
                maps[done] = future.result()
                done += 1
        maps.flush()
        del maps
    return cast(Maps, np.load(target, mmap_mode="r"))


def map_shape(network: FeatureNetwork, size: int) -> tuple[int, ...]:
    """Shape [c, h, w] of the maps of an input of `size` pixels."""
    with torch.inference_mode():
        return tuple(Trunk(network).eval()(torch.zeros(1, 3, size, size)).shape[1:])


def _views(prepared: Prepared, count: int) -> Iterator[Pixels]:
    """For each image: itself as served, then random views, seeded by job and place; [v, S, S, 3]."""
    plan = prepared.plan
    plain = ImageReader(plan.folder, plan.size, plan.threads).read(prepared.images)
    larger = ImageReader(plan.folder, round(plan.size * _READ_SCALE), plan.threads).read(prepared.images)
    for (index, served), (_, source) in zip(plain, larger, strict=True):
        if served is None or source is None:
            raise OSError(f"image {prepared.images[index].id} could be read before and cannot be now")
        random = np.random.default_rng([plan.job.seed, index])
        yield np.stack([served, *(random_view(source, plan.size, random) for _ in range(count - 1))])


def _runner(prepared: Prepared, network: FeatureNetwork, device: torch.device) -> Callable[[Pixels], Maps]:
    trunk = Trunk(network)
    if device.type == "cuda":
        return _on_device(trunk.to(device), device)
    plan = prepared.plan
    path = graph.cached_features_path(cache_folder(), plan.weights.sha256, "trunk", plan.size)
    if not path.is_file():
        graph.export_features(trunk, plan.size, path)
    return FeatureExtractor(path).features


def _on_device(trunk: nn.Module, device: torch.device) -> Callable[[Pixels], Maps]:
    def run(pixels: Pixels) -> Maps:
        with torch.inference_mode():
            images = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).to(device)
            return cast(Maps, trunk(images.float() / 255).cpu().numpy())

    return run
