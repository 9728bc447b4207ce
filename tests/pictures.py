"""Small pictures that tests make for themselves: shapes on noise, one shape a tag."""

import io
import random

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
