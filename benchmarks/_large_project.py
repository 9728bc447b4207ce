"""A project of 10,000 images in a running install's data folder, written straight to its database and storage."""

import argparse
import hashlib
import io
import os
import random
import sys
from pathlib import Path
from uuid import UUID

from PIL import Image as Picture

ROOT = Path(__file__).resolve().parent.parent
TAG_NAMES = ("glass", "paper", "cardboard", "plastic", "metal", "trash")
UNTAGGED_EVERY = 10


def fill(data: Path, image_count: int, *, boxes: int = 0, has_thumbnails: bool = True) -> UUID:
    """Make the project; run in a process of its own whose SIGHTLINE_DATA is `data`. Returns the project's id.

    With `boxes` it detects, and each tagged image has so many.
    """
    os.environ["SIGHTLINE_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from labeling.files import store, thumbnail_name
    from labeling.models import Image, ImageTag, Region
    from labeling.tags import create_tag
    from portal.actors import SYSTEM
    from portal.domains import GENERAL_CLASSIFICATION, GENERAL_DETECTION
    from portal.models import Resource, ResourceKind
    from portal.projects import ProjectSettings, create_project

    resource = Resource.objects.filter(kind=ResourceKind.TRAINING).first()
    assert resource is not None
    name = f"{image_count:,} images" + (f", {boxes} boxes each" if boxes else "")
    settings = ProjectSettings(domain_id=GENERAL_DETECTION if boxes else GENERAL_CLASSIFICATION)
    project = create_project(SYSTEM, resource, name, project_settings=settings)
    tags = [create_tag(SYSTEM, project, name) for name in TAG_NAMES]
    looks = random.Random(image_count)
    images = [
        Image(
            project=project,
            sha256=hashlib.sha256(f"{project.pk} {number}".encode()).hexdigest(),
            media_type="image/jpeg",
            size_bytes=60_000,
            width=640,
            height=480,
            created_by="benchmark",
            source_name=f"camera-{number:05}.jpg",
            perceptual_hash=looks.getrandbits(63),
        )
        for number in range(image_count)
    ]
    for number, image in enumerate(images if has_thumbnails else ()):
        store(thumbnail_name(project.pk, image.sha256), thumbnail(number))
    Image.objects.bulk_create(images, batch_size=1000)
    tagged = [image for number, image in enumerate(images) if number % UNTAGGED_EVERY]
    ImageTag.objects.bulk_create(
        (ImageTag(image=image, tag=tags[n % len(tags)], created_by="benchmark") for n, image in enumerate(tagged)),
        batch_size=1000,
    )
    Region.objects.bulk_create(
        (
            Region(image=image, tag=tags[n % len(tags)], created_by="benchmark", **edges(looks))
            for n, image in enumerate(tagged)
            for _ in range(boxes)
        ),
        batch_size=1000,
    )
    return project.pk


def edges(chance: random.Random) -> dict[str, float]:
    """A box anywhere in the picture, a tenth to four tenths of each of its sides."""
    width, height = chance.uniform(0.1, 0.4), chance.uniform(0.1, 0.4)
    left, top = chance.uniform(0, 1 - width), chance.uniform(0, 1 - height)
    return {"left": left, "top": top, "width": width, "height": height}


def thumbnail(number: int) -> bytes:
    """A small picture of two colors; each number gives another."""
    picture = Picture.new("RGB", (256, 192), ((number * 37) % 256, (number * 91) % 256, (number * 53) % 256))
    picture.paste(
        (255 - number % 256, number % 256, 128), (number % 128, number % 96, number % 128 + 90, number % 96 + 70)
    )
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("images", type=int)
    parser.add_argument("--boxes", type=int, default=0)
    parser.add_argument("--without-thumbnails", action="store_true")
    options = parser.parse_args()
    print(fill(options.data, options.images, boxes=options.boxes, has_thumbnails=not options.without_thumbnails))
