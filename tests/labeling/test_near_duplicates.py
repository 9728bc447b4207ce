"""Near-duplicates: which looks are near, and what a project says of its images."""

import io
import time

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image as Picture
from PIL import ImageEnhance

from labeling.models import Image
from labeling.near_duplicates import NearPair, near_duplicates, near_hashes
from portal.imaging import perceptual_hash
from portal.models import Project
from tests.builders import make_images, make_project
from tests.labeling.uploading import encoded, plain, take_in


def cloudy(seed: int) -> Picture.Image:
    """A smooth picture that has its own look."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Picture.fromarray(noise).resize((320, 240), Picture.Resampling.BICUBIC)


def different_bits(one: int | None, other: int | None) -> int:
    assert one is not None
    assert other is not None
    return int.bit_count((one ^ other) & (2**64 - 1))


def test_a_copy_looks_the_same_and_another_picture_does_not() -> None:
    picture = cloudy(1)
    look = perceptual_hash(picture)
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=50)
    copies = [picture.resize((160, 120)), Picture.open(packed), ImageEnhance.Contrast(picture).enhance(0.8)]
    assert max(different_bits(look, perceptual_hash(copy)) for copy in copies) <= 4
    assert min(different_bits(look, perceptual_hash(cloudy(seed))) for seed in range(2, 40)) > 4


def test_a_picture_without_contrast_has_no_look() -> None:
    assert perceptual_hash(Picture.new("RGB", (64, 48), (200, 30, 30))) is None


def test_all_pairs_within_four_bits_are_found_and_no_others() -> None:
    random = np.random.default_rng(5)
    some = random.integers(0, 2**64, 300, dtype=np.uint64)
    flipped = some.copy()
    for place in range(len(some)):
        for bit in random.choice(64, place % 8, replace=False):
            flipped[place] ^= np.uint64(1) << np.uint64(bit)
    hashes = np.unique(np.concatenate([some, flipped]))
    bits = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    expected = {(one, other, int(bits[one, other])) for one, other in np.argwhere(np.triu(bits <= 4, 1)).tolist()}
    assert {tuple(pair) for pair in near_hashes(hashes).tolist()} == expected
    assert len(expected) > 100


@pytest.mark.django_db
def test_ingest_keeps_the_look_and_near_images_are_told() -> None:
    project = make_project()
    picture = cloudy(1)
    first, second, _, flat, other_flat = take_in(
        project,
        encoded(picture),
        encoded(picture.resize((160, 120)), "JPEG", quality=70),
        encoded(cloudy(2)),
        plain(),
        plain(41),
    )
    (pair,) = near_duplicates(project)
    assert {pair.first, pair.second} == {first.image_id, second.image_id}
    looks = Image.objects.filter(pk__in=[flat.image_id, other_flat.image_id]).values_list("perceptual_hash", flat=True)
    assert list(looks) == [None, None]


def with_looks(project: Project, looks: list[int]) -> list[Image]:
    images = make_images(project, len(looks))
    for image, look in zip(images, looks, strict=True):
        image.perceptual_hash = look
    Image.objects.bulk_update(images, ["perceptual_hash"], batch_size=2000)
    return images


@pytest.mark.django_db
def test_negative_hashes_equal_ones_and_removed_images() -> None:
    project = make_project()
    one, twin, near, far, removed = with_looks(project, [-1, -1, -2, 0, 1])
    Image.objects.filter(pk=removed.pk).update(removed="2026-01-01T00:00Z")
    with_looks(make_project(), [-1, 0])
    pairs = near_duplicates(project)
    assert [pair.different_bits for pair in pairs] == [0, 1]
    assert {pairs[0].first, pairs[0].second} == {one.pk, twin.pk}
    assert pairs[1].second in (one.pk, near.pk) or pairs[1].first in (one.pk, near.pk)
    assert far.pk not in {image_id for pair in pairs for image_id in (pair.first, pair.second)}


@pytest.mark.django_db
def test_ten_thousand_images_are_three_queries_and_then_one() -> None:
    project = make_project()
    looks = np.random.default_rng(3).integers(-(2**63), 2**63, 10_000, dtype=np.int64).tolist()
    looks[1], looks[3] = looks[0], looks[2] ^ 1
    images = with_looks(project, looks)
    best = float("inf")
    for attempt in range(5):
        with CaptureQueriesContext(connection) as queries:
            started = time.perf_counter()
            pairs = near_duplicates(project)
            best = min(best, time.perf_counter() - started)
        assert len(queries) == (1 if attempt else 3)
    found = {frozenset((pair.first, pair.second)) for pair in pairs}
    assert found == {frozenset((images[0].pk, images[1].pk)), frozenset((images[2].pk, images[3].pk))}
    assert isinstance(pairs[0], NearPair)
    print(f"near_duplicates at 10,000: {1000 * best:.1f} ms")
    assert best < 0.3  # 0.02 on an idle machine


@pytest.mark.django_db
def test_a_new_twin_is_found_although_the_pairs_are_kept() -> None:
    project = make_project()
    with_looks(project, [(1 << 40) - 1, 7])
    assert near_duplicates(project) == []
    with_looks(project, [7])
    assert len(near_duplicates(project)) == 1
    Image.objects.filter(project=project, perceptual_hash=7).update(removed=timezone.now())
    assert near_duplicates(project) == []
