"""Pictures of fruit on a table, drawn by formula: the same number gives the same picture."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 384, 288
KINDS = ("apple", "banana", "orange")
JPEG_QUALITY = 86
Plane = NDArray[np.float32]
Chance = np.random.Generator

# Base colors 0..1, one of which a fruit gets, a little changed.
SKINS = {
    "apple": ((0.72, 0.10, 0.12), (0.55, 0.70, 0.18), (0.80, 0.30, 0.16), (0.62, 0.05, 0.14)),
    "banana": ((0.93, 0.79, 0.22), (0.88, 0.82, 0.30), (0.72, 0.74, 0.24)),
    "orange": ((0.95, 0.52, 0.08), (0.98, 0.60, 0.14), (0.88, 0.44, 0.08)),
}
TABLES = ((0.55, 0.38, 0.24), (0.82, 0.80, 0.76), (0.30, 0.34, 0.38), (0.66, 0.70, 0.62), (0.36, 0.22, 0.16))
_Y, _X = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
Window = tuple[slice, slice]


@dataclass(frozen=True)
class _Solid:
    """Where a body is seen (0..1 a pixel), its surface normals, and its color before light."""

    cover: Plane
    normal: tuple[Plane, Plane, Plane]
    color: Plane


def draw(kind: str, number: int) -> bytes:
    """A JPEG file, 384 x 288 px, of one to three fruits of that kind. Raises KeyError for an unknown kind."""
    chance = np.random.default_rng([KINDS.index(kind), number])
    light = light_direction(chance)
    picture = table(chance)
    count = int(chance.choice([1, 1, 2, 3]))
    spots = chance.permutation(count)
    for spot in spots:
        radius = float(chance.uniform(41, 76)) / (1 + 0.22 * (count - 1))
        center = (
            WIDTH * (spot + 0.5) / count + float(chance.uniform(-24, 24)),
            HEIGHT / 2 + float(chance.uniform(-38, 38)),
        )
        put_fruit(picture, chance, kind, center, radius, light)
    return photograph(picture, chance)


def put_fruit(
    picture: Plane, chance: Chance, kind: str, center: tuple[float, float], radius: float, light: NDArray[np.float32]
) -> tuple[int, int, int, int]:
    """Draw a fruit and its shadow into `picture` [288, 384, 3]; its left, top, right and bottom in pixels."""
    skins = SKINS[kind]
    skin = np.array(skins[int(chance.integers(len(skins)))]) + chance.uniform(-0.05, 0.05, 3)
    window = _around(center, 2.2 * radius)
    if kind == "banana":
        solid = _banana(chance, window, center, radius, skin)
    else:
        solid = _round(chance, kind, window, center, radius, skin)
    picture[window] = _lay(picture[window], solid, light, radius)
    seen = solid.cover
    if kind == "apple":
        picture[window], stem = _stem(picture[window], chance, window, center, radius)
        seen = np.maximum(seen, stem)
    rows, columns = np.flatnonzero((seen > 0.5).any(axis=1)), np.flatnonzero((seen > 0.5).any(axis=0))
    top, left = window[0].start, window[1].start
    return (
        left + int(columns[0]),
        top + int(rows[0]),
        left + int(columns[-1]) + 1,
        top + int(rows[-1]) + 1,
    )


def _around(center: tuple[float, float], reach: float) -> Window:
    """Rows and columns that a body and its shadow can touch; the rest need not be computed."""
    x, y = center
    rows = slice(max(0, int(y - reach)), min(HEIGHT, int(y + reach)))
    return rows, slice(max(0, int(x - reach)), min(WIDTH, int(x + reach)))


def light_direction(chance: Chance) -> NDArray[np.float32]:
    """Where the light comes from, a vector of length 1."""
    direction = np.array([chance.uniform(-0.7, 0.7), chance.uniform(-0.8, -0.1), chance.uniform(0.7, 1.2)])
    return (direction / np.linalg.norm(direction)).astype(np.float32)


def _smooth(chance: Chance, columns: int, rows: int) -> Plane:
    """Noise about 0 that changes slowly: `columns` x `rows` random values, blown up."""
    small = Image.fromarray(chance.normal(0, 1, (rows, columns)).astype(np.float32))
    return np.asarray(small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), dtype=np.float32)


def table(chance: Chance) -> Plane:
    """A table top without anything on it, float32 0..1 [288, 384, 3]."""
    base = np.array(TABLES[int(chance.integers(len(TABLES)))], dtype=np.float32) + chance.uniform(-0.06, 0.06)
    style = int(chance.integers(4))
    shade = 0.03 * _smooth(chance, 7, 5)
    if style == 0:  # planks with grain
        grain = _smooth(chance, 4, 90)
        planks = ((_Y + 3 * grain) % 84 < 2.5).astype(np.float32)
        shade = shade + 0.05 * grain - 0.16 * planks
    elif style == 1:  # checked cloth
        step = float(chance.uniform(30, 56))
        checks = ((_X // step) % 2 + (_Y // step) % 2) / 2
        shade = shade + 0.14 * (checks - 0.5) + 0.02 * _smooth(chance, 112, 84)
    elif style == 2:  # stone
        shade = shade + 0.05 * _smooth(chance, 60, 45) + 0.03 * _smooth(chance, 150, 110)
    else:  # a wall behind the table
        edge = HEIGHT * float(chance.uniform(0.25, 0.45))
        shade = shade + np.where(edge > _Y, float(chance.uniform(0.05, 0.25)), 0.0)
    return np.clip(base + shade[..., None], 0.02, 1).astype(np.float32)


def _round(
    chance: Chance, kind: str, window: Window, center: tuple[float, float], radius: float, skin: NDArray[np.float64]
) -> _Solid:
    u, v = (_X[window] - center[0]) / radius, (_Y[window] - center[1]) / radius
    if kind == "apple":  # broad shoulders, a narrower foot, a dip at the stem
        u = u / (1.04 - 0.13 * np.clip(v, -1, 1))
        v = v - 0.24 * np.exp(-((u / 0.30) ** 2)) * np.clip(-2 * v, 0, 1)
    distance = u * u + v * v
    height = np.sqrt(np.clip(1 - distance, 0, 1))
    cover = np.clip((1 - np.sqrt(distance)) * radius / 1.6, 0, 1)
    color = np.broadcast_to(skin, (*u.shape, 3)).astype(np.float32)
    if kind == "apple":
        blush = np.clip(0.35 * _smooth(chance, 9, 5)[window] + 0.5 * u, -0.5, 0.8)[..., None]
        color = color + blush * np.array([0.16, 0.10, -0.02], dtype=np.float32)
        bump: Plane = np.zeros_like(u)
    else:
        bump = 0.11 * _smooth(chance, 150, 112)[window]  # pores
        color = color + 0.03 * bump[..., None]
    return _Solid(cover, (u + bump, v + bump, height + 0.02), color)


def _banana(
    chance: Chance, window: Window, center: tuple[float, float], radius: float, skin: NDArray[np.float64]
) -> _Solid:
    """A tube along an arc, thinner toward both ends, which are dark."""
    turn = float(chance.uniform(0, 2 * np.pi))
    bend = radius * float(chance.uniform(1.35, 1.8))
    x, y = _X[window] - center[0], _Y[window] - center[1]
    x, y = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn) + bend * 0.8
    angle = np.arctan2(x, y)
    along = angle / float(chance.uniform(0.85, 1.05))
    thickness = radius * 0.38 * np.sqrt(np.clip(1 - np.abs(along) ** 3.2, 0, 1)) + 0.01
    across = (np.hypot(x, y) - bend) / thickness
    inside = np.abs(along) < 1
    cover = np.clip((1 - np.abs(across)) * thickness / 1.6, 0, 1) * inside
    height = np.sqrt(np.clip(1 - across * across, 0, 1))
    ridge = 0.22 * np.sign(across) * (np.abs(across) > 0.35)  # it has edges, not a round skin
    out_x, out_y = np.sin(angle) * (across + ridge), np.cos(angle) * (across + ridge)
    normal_x = out_x * np.cos(turn) - out_y * np.sin(turn)
    normal_y = out_x * np.sin(turn) + out_y * np.cos(turn)
    ends = np.clip((np.abs(along) - 0.86) * 9, 0, 1)[..., None]
    freckles = (_smooth(chance, 112, 84)[window] > float(chance.uniform(1.5, 2.6)))[..., None] * 0.35
    color = skin * (1 - 0.75 * ends) * (1 - freckles)
    return _Solid(cover.astype(np.float32), (normal_x, normal_y, height + 0.05), color.astype(np.float32))


def _lay(picture: Plane, solid: _Solid, light: NDArray[np.float32], radius: float) -> Plane:
    """Cast the body's shadow on what is there, then put the lit body over it."""
    shadow = Image.fromarray((solid.cover * 255).astype(np.uint8))
    size = shadow.size
    shadow = shadow.resize((size[0] // 4, size[1] // 4)).filter(ImageFilter.GaussianBlur(radius / 22))
    shift = (int(-light[0] * radius * 0.55), int(-light[1] * radius * 0.35 + radius * 0.1))
    dark = np.roll(np.asarray(shadow.resize(size), dtype=np.float32) / 255, shift, axis=(1, 0))
    shaded = picture * (1 - 0.55 * dark[..., None])
    x, y, z = solid.normal
    length = np.sqrt(x * x + y * y + z * z) + 1e-6
    facing = np.clip((x * light[0] + y * light[1] + z * light[2]) / length, 0, 1)
    shine = np.clip((2 * facing * z / length - light[2]), 0, 1) ** 24
    lit = solid.color * (0.30 + 0.80 * facing)[..., None] + 0.42 * shine[..., None]
    cover = solid.cover[..., None]
    return (shaded * (1 - cover) + lit * cover).astype(np.float32)


def _stem(
    picture: Plane, chance: Chance, window: Window, center: tuple[float, float], radius: float
) -> tuple[Plane, Plane]:
    lean = float(chance.uniform(-0.3, 0.3))
    foot = center[1] - radius * 0.68
    up = (foot - _Y[window]) / (radius * 0.42)
    offset = np.abs(_X[window] - center[0] - lean * radius * 0.5 * up * np.abs(up))
    cover = np.clip(radius * 0.05 + 0.6 - offset, 0, 1) * ((up > 0) & (up < 1))
    brown = np.array([0.24, 0.15, 0.07])
    return (picture * (1 - cover[..., None]) + brown * cover[..., None]).astype(np.float32), cover


def photograph(picture: Plane, chance: Chance) -> bytes:
    """A JPEG file: exposure, white balance, vignette, grain; now and then out of focus."""
    balance = (chance.uniform(0.9, 1.1, 3) * chance.uniform(0.75, 1.15)).astype(np.float32)
    vignette = 1 - 0.28 * (((_X / WIDTH - 0.5) ** 2 + (_Y / HEIGHT - 0.5) ** 2) * 2)
    pixels = picture * balance * vignette[..., None]
    pixels = pixels + chance.uniform(0.006, 0.03) * chance.standard_normal((HEIGHT, WIDTH, 1), dtype=np.float32)
    image = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    if chance.random() < 0.25:
        image = image.filter(ImageFilter.GaussianBlur(float(chance.uniform(0.6, 1.6))))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
