"""Scenes of different fruits on one table, with the box of each; the same number gives the same scene."""

from dataclasses import dataclass

import numpy as np

from portal.sample.drawing import HEIGHT, KINDS, WIDTH, light_direction, photograph, put_fruit, table

_COLUMNS, _ROWS = 3, 2


@dataclass(frozen=True)
class FruitBox:
    """A fruit of a scene: fractions 0..1 of the picture."""

    kind: str
    left: float
    top: float
    width: float
    height: float


def draw_scene(number: int, fruits: int) -> tuple[bytes, list[FruitBox]]:
    """A JPEG file, 384 x 288 px, of so many fruits (0 to 6) that hardly touch, and their boxes; two make two kinds."""
    chance = np.random.default_rng([len(KINDS), number])
    light = light_direction(chance)
    picture = table(chance)
    places = chance.permutation(_COLUMNS * _ROWS)[:fruits]
    # The kinds take turns, from one to the next with the number, so that each is on most scenes.
    kinds = [KINDS[(number + place) % len(KINDS)] for place in range(fruits)]
    boxes = []
    for kind, place in zip(kinds, places.tolist(), strict=True):
        radius = float(chance.uniform(27, 44))
        center = (
            WIDTH * (place % _COLUMNS + 0.5) / _COLUMNS + float(chance.uniform(-10, 10)),
            HEIGHT * (place // _COLUMNS + 0.5) / _ROWS + float(chance.uniform(-12, 12)),
        )
        left, top, right, bottom = put_fruit(picture, chance, kind, center, radius, light)
        boxes.append(FruitBox(kind, left / WIDTH, top / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT))
    return photograph(picture, chance), boxes
