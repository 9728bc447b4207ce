"""Makes small pictures of three kinds, so that the quickstart needs no photos: `make_sample_images.py FOLDER`.

FOLDER/circles, FOLDER/stripes and FOLDER/triangles get 12 pictures each; FOLDER/test gets one of each kind.
"""

import math
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 256
PICTURES_PER_KIND = 12
Color = tuple[int, int, int]


def circles(draw: ImageDraw.ImageDraw, chance: random.Random, ink: Color) -> None:
    for _ in range(chance.randint(4, 7)):
        x, y, radius = chance.randrange(SIZE), chance.randrange(SIZE), chance.randint(18, 48)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def stripes(draw: ImageDraw.ImageDraw, chance: random.Random, ink: Color) -> None:
    slant, gap = chance.randint(-60, 60), chance.randint(26, 44)
    for x in range(-SIZE, 2 * SIZE, gap):
        draw.line((x, 0, x + slant, SIZE), fill=ink, width=gap // 3)


def triangles(draw: ImageDraw.ImageDraw, chance: random.Random, ink: Color) -> None:
    for _ in range(chance.randint(4, 7)):
        x, y, radius, turn = chance.randrange(SIZE), chance.randrange(SIZE), chance.randint(26, 56), chance.random()
        corners = [turn * math.tau + corner * math.tau / 3 for corner in range(3)]
        draw.polygon([(x + radius * math.cos(a), y + radius * math.sin(a)) for a in corners], fill=ink)


KINDS = {"circles": circles, "stripes": stripes, "triangles": triangles}


def picture(kind: str, chance: random.Random) -> Image.Image:
    paper = tuple(chance.randint(180, 255) for _ in range(3))
    ink = tuple(chance.randint(0, 140) for _ in range(3))
    image = Image.new("RGB", (SIZE, SIZE), paper)
    KINDS[kind](ImageDraw.Draw(image), chance, (ink[0], ink[1], ink[2]))
    return image


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder, chance = Path(sys.argv[1]), random.Random(7)
    for kind in KINDS:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(PICTURES_PER_KIND):
            picture(kind, chance).save(folder / kind / f"{kind}-{number:02}.jpg", quality=90)
        (folder / "test").mkdir(exist_ok=True)
        picture(kind, chance).save(folder / "test" / f"{kind}.jpg", quality=90)
    print(f"{len(KINDS) * PICTURES_PER_KIND} training pictures and {len(KINDS)} test pictures in {folder}")


if __name__ == "__main__":
    main()
