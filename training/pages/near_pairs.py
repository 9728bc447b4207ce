"""Pairs of alike images as the health dialog shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from labeling.gallery import GalleryImage, gallery_images
from labeling.near_duplicates import NearPair
from portal.models import Project
from portal.signed_files import signed_path

PAIRS_SHOWN = 24


@dataclass(frozen=True)
class PairTile:
    """An image of a pair: its name, its small copy, and where it is opened."""

    name: str
    thumbnail: str
    address: str


def near_pair_tiles(project: Project, pairs: Sequence[NearPair]) -> list[tuple[PairTile, PairTile]]:
    """The nearest pairs, at most 24 (two queries)."""
    shown = pairs[:PAIRS_SHOWN]
    ids = list({image_id: None for pair in shown for image_id in (pair.first, pair.second)})
    tiles = {image.id: _tile(project, image) for image in gallery_images(project, ids)} if ids else {}
    return [(tiles[pair.first], tiles[pair.second]) for pair in shown if pair.first in tiles and pair.second in tiles]


def _tile(project: Project, image: GalleryImage) -> PairTile:
    query = urlencode({"tagging": "all", "image": image.id})
    return PairTile(
        image.name or "Without a name", signed_path(image.thumbnail), f"{reverse('images', args=[project.pk])}?{query}"
    )
