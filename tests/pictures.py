"""Small pictures that tests make for themselves: shapes on noise, one shape a tag."""

import io
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw


def picture(shape: str, number: int, side: int = 96, format: str = "JPEG") -> bytes:
    """A `circle`, `cross` or `stripes` at a place, size and color that `number` fixes; the bytes of a file."""
    chance = random.Random(f"{shape} {number}")
    image = Image.new("RGB", (side, side), tuple(chance.randrange(40, 90) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = chance.randrange(side), chance.randrange(side)
        draw.point((x, y), tuple(chance.randrange(256) for _ in range(3)))
    color = tuple(chance.randrange(150, 256) for _ in range(3))
    radius = chance.randrange(side // 5, side // 3)
    x, y = (chance.randrange(radius, side - radius) for _ in range(2))
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        draw.ellipse(box, fill=color)
    elif shape == "cross":
        draw.line((box[0], box[1], box[2], box[3]), fill=color, width=side // 12)
        draw.line((box[0], box[3], box[2], box[1]), fill=color, width=side // 12)
    elif shape == "stripes":
        for step in range(0, 2 * radius, side // 10):
            draw.line((box[0], box[1] + step, box[2], box[1] + step), fill=color, width=side // 24)
    else:
        raise ValueError(f"no such shape: {shape}")
    file = io.BytesIO()
    image.save(file, format, **({"quality": 90} if format == "JPEG" else {}))
    return file.getvalue()


@dataclass(frozen=True)
class SceneObject:
    """A shape in a scene with its box, fractions of the picture."""

    shape: str
    left: float
    top: float
    width: float
    height: float


def scene(number: int, object_count: int = 2, side: int = 160) -> tuple[bytes, list[SceneObject]]:
    """A JPEG of circles and crosses that do not touch, in places and colors that `number` fixes, and their boxes."""
    chance = random.Random(f"scene {number}")
    image = Image.new("RGB", (side, side), tuple(chance.randrange(40, 90) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(80):
        draw.point((chance.randrange(side), chance.randrange(side)), tuple(chance.randrange(256) for _ in range(3)))
    quarters = chance.sample([(0, 0), (1, 0), (0, 1), (1, 1)], object_count)
    objects = []
    for place, (column, row) in enumerate(quarters):
        shape = ("circle", "cross")[(number + place) % 2]
        extent = chance.randrange(side // 4, side // 2 - 8)
        left = column * side // 2 + chance.randrange(2, side // 2 - extent - 2)
        top = row * side // 2 + chance.randrange(2, side // 2 - extent - 2)
        box = (left, top, left + extent, top + extent)
        color = tuple(chance.randrange(150, 256) for _ in range(3))
        if shape == "circle":
            draw.ellipse(box, fill=color)
        else:
            draw.line((box[0], box[1], box[2], box[3]), fill=color, width=side // 16)
            draw.line((box[0], box[3], box[2], box[1]), fill=color, width=side // 16)
        objects.append(SceneObject(shape, left / side, top / side, extent / side, extent / side))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue(), objects
