"""Boxes around what stands out in an image, of whatever kind: no model and no classes.

The image is cut at many levels of lightness, color and saturation. What is connected above or below a level is a
shape; a box is as good as its shape has a sharp outline, is compact, is found again at other levels, and has others
of its size around it. `benchmarks/proposals.py` measures how good that is; the weights below were chosen on the
training parts of its sets.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portal.imaging import decode_for_model

Floats = NDArray[np.float64]

MOST_PROPOSALS = 20
SIDE = 160
LEVELS = np.linspace(3, 97, 20)
FLATTEST_CHANNEL = 4  # of 256 levels
SMALLEST_SHARE, LARGEST_SHARE = 0.001, 0.95  # of the image
SHORTEST_OUTLINE = 12
LEAST_FILLED = 0.3
SAME_SHAPE, SAME_BOX, APART = 0.8, 0.5, 0.3  # overlaps (IoU)
PEER_SIZE = 0.3  # in either direction, natural logarithm
# Weights of the logarithms: sharp outline, outline inside the image, compact, found again, area, box filled; peers.
SHARP, INSIDE, COMPACT, AGAIN, AREA, FILLED, PEERS = 0.5, 2.0, 2.0, 0.4, 0.7, 0.9, 0.35
# From a score to how often such a box framed an object of the training parts.
SLOPE, OFFSET = 1.87, 3.37
LEAST_CONFIDENCE = 0.05

cv2.setNumThreads(1)
# Predictions on this core go on between the steps of one image, not of many.
_turn = threading.Lock()


@dataclass(frozen=True)
class Proposal:
    """A box as fractions 0..1 of the upright image, and how likely it frames one object, 0..1."""

    left: float
    top: float
    width: float
    height: float
    confidence: float


@dataclass(frozen=True)
class _Shapes:
    """Distinct boxes: corners [n, 4] in fractions, how often each was found [n], and what their outlines are like."""

    corners: Floats
    count: Floats
    sharp: Floats
    inside: Floats
    compact: Floats
    filled: Floats


def propose(image: bytes, most: int = MOST_PROPOSALS) -> list[Proposal]:
    """The most likely boxes of an encoded image, best first; none where nothing stands out. Raises ImageRejected."""
    pixels = decode_for_model(image, SIDE)
    with _turn:
        found = list(_outlines(cv2.GaussianBlur(pixels, (0, 0), 1.0).astype(np.uint8)))
        if not found:
            return []
        shapes = _distinct(np.array(found, np.float64))
        overlaps = _overlaps(shapes.corners)
        confidence = 1 / (1 + np.exp(-(SLOPE * _scores(shapes, overlaps) + OFFSET)))
        chosen = _apart(confidence, overlaps, most)
    return [
        Proposal(left, top, right - left, bottom - top, float(confidence[place]))
        for place in chosen
        for left, top, right, bottom in [shapes.corners[place].tolist()]
    ]


def _outlines(pixels: NDArray[np.uint8]) -> Iterator[tuple[float, ...]]:
    """Corners in pixels, sharpness, share of the outline inside, compactness and filling of every shape."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.uint8)
    saturation = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)[..., 1]
    edges = _edges(lab)
    for channel in (lab[..., 0], lab[..., 1], lab[..., 2], saturation):
        levels = np.unique(np.percentile(channel, LEVELS))
        if levels[-1] - levels[0] < FLATTEST_CHANNEL:
            continue
        for level in levels:
            for mask in (channel >= level, channel <= level):
                outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
                yield from filter(None, (_described(outline, edges) for outline in outlines))


def _edges(lab: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How fast color changes at each pixel, 0..1."""
    steepest = np.zeros(lab.shape[:2], np.float32)
    for channel in cv2.split(lab.astype(np.float32)):
        across, down = cv2.Sobel(channel, cv2.CV_32F, 1, 0), cv2.Sobel(channel, cv2.CV_32F, 0, 1)
        steepest = np.maximum(steepest, np.hypot(across, down))
    steep: NDArray[np.float32] = np.minimum(steepest / (np.percentile(steepest, 99) + 1e-6), 1)
    return steep


def _described(outline: NDArray[np.int32], edges: NDArray[np.float32]) -> tuple[float, ...] | None:
    if len(outline) < SHORTEST_OUTLINE:
        return None
    left, top, width, height = cv2.boundingRect(outline)
    box_area = width * height
    if not SMALLEST_SHARE <= box_area / edges.size <= LARGEST_SHARE:
        return None
    area = cv2.contourArea(outline)
    if area < LEAST_FILLED * box_area:
        return None
    points = outline[:, 0]
    inside = points[((points > 0) & (points < SIDE - 1)).all(1)]
    if len(inside) < len(points) / 2:
        return None
    weakest = len(inside) // 5
    sharp = np.partition(edges[inside[:, 1], inside[:, 0]], weakest)[weakest]
    compact = area / cv2.contourArea(cv2.convexHull(outline))
    return left, top, left + width, top + height, sharp, len(inside) / len(points), compact, area / box_area


def _distinct(found: Floats) -> _Shapes:
    """One shape for each box: the sharpest."""
    found = found[np.argsort(-found[:, 4], kind="stable")]
    corners, first, count = np.unique(found[:, :4], axis=0, return_index=True, return_counts=True)
    return _Shapes(corners / SIDE, count.astype(np.float64), *found[first, 4:].T)


def _overlaps(corners: Floats) -> Floats:
    """Intersection over union of each box with each [n, n]."""
    left, top, right, bottom = corners.T
    width = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    height = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    common = np.clip(width, 0, None) * np.clip(height, 0, None)
    area = (right - left) * (bottom - top)
    overlaps: Floats = common / (area[:, None] + area - common)
    return overlaps


def _scores(shapes: _Shapes, overlaps: Floats) -> Floats:
    again = (overlaps > SAME_SHAPE) @ shapes.count
    size = np.log(shapes.corners[:, 2:] - shapes.corners[:, :2])
    is_peer = (np.abs(size[:, None] - size).max(2) < PEER_SIZE) & (overlaps < APART)
    peers = (is_peer @ shapes.count) / np.average(again, weights=shapes.count)
    scores: Floats = (
        SHARP * np.log(shapes.sharp + 0.05)
        + INSIDE * np.log(shapes.inside)
        + COMPACT * np.log(shapes.compact + 0.05)
        + AGAIN * np.log(np.log1p(again))
        + AREA * size.sum(1)
        + FILLED * np.log(shapes.filled)
        + PEERS * np.log1p(peers)
    )
    return scores


def _apart(confidence: Floats, overlaps: Floats, most: int) -> list[int]:
    """Places of the best boxes that do not overlap a better one."""
    chosen: list[int] = []
    is_free = confidence >= LEAST_CONFIDENCE
    for place in np.argsort(-confidence, kind="stable").tolist():
        if is_free[place] and len(chosen) < most:
            chosen.append(place)
            is_free &= overlaps[place] < SAME_BOX
    return chosen
