"""Drawn parts that are hard to tell apart, so that a model makes mistakes: nuts of six and eight sides, washers."""

import io
import math
import random

from PIL import Image, ImageDraw, ImageFilter

SIDES = {"hex nut": 6, "octagon nut": 8, "washer": 60}
SIDE = 240


def part(tag: str, number: int) -> bytes:
    """A JPEG of one part, whose place, size, turn and light `number` fixes."""
    chance = random.Random(f"{tag} {number}")
    ground = chance.randrange(105, 190)
    image = Image.new("RGB", (SIDE, SIDE), (ground, ground - 4, ground - 12))
    draw = ImageDraw.Draw(image)
    for _ in range(900):
        shade = ground + chance.randrange(-22, 22)
        draw.point((chance.randrange(SIDE), chance.randrange(SIDE)), (shade, shade, shade))
    radius = chance.uniform(0.1, 0.22) * SIDE
    x, y = (chance.uniform(radius + 6, SIDE - radius - 6) for _ in range(2))
    metal = ground + chance.choice((-1, 1)) * chance.randrange(35, 75)
    color = tuple(min(250, max(5, metal + chance.randrange(-10, 10))) for _ in range(3))
    shadow = tuple(max(0, ground - 45) for _ in range(3))
    turn, flat = chance.uniform(0, math.pi), chance.uniform(0.72, 1)
    draw.polygon(_outline(SIDES[tag], x + 4, y + 5, radius, turn, flat), fill=shadow)
    draw.polygon(_outline(SIDES[tag], x, y, radius, turn, flat), fill=color)
    draw.polygon(_outline(60, x, y, radius * chance.uniform(0.42, 0.58), turn, flat), fill=shadow)
    image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0.6, 2.6)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return file.getvalue()


def _outline(sides: int, x: float, y: float, radius: float, turn: float, flat: float) -> list[tuple[float, float]]:
    """Corners of a regular shape, seen a little from the side."""
    angles = [turn + 2 * math.pi * corner / sides for corner in range(sides)]
    return [(x + radius * math.cos(angle), y + flat * radius * math.sin(angle)) for angle in angles]
