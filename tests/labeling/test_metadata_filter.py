"""The `$filter` language: what it finds, and what it says of a filter that it does not understand."""

import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.metadata import write_metadata
from labeling.metadata_filter import parse_filter
from labeling.models import Image
from labeling.selection import Selection, count_images, select_images
from labeling.snapshots import gather, write_snapshot
from portal.errors import Refusal
from portal.models import Project
from tests.builders import make_images, make_project, make_tag

pytestmark = pytest.mark.django_db
PAIRS: list[dict[str, str]] = [
    {"site": "north", "day": "1"},
    {"site": "north", "day": "2"},
    {"site": "south", "day": "1"},
    {"site": "it's", "odd key.x": "5", "7": "seven", "Ort": "Köln", '"quoted"': "\\", "empty": "", "and": "or"},
    {},
]


def described(project: Project, *metadata: dict[str, str]) -> list[Image]:
    images = make_images(project, len(metadata))
    for image, pairs in zip(images, metadata, strict=True):
        image.metadata = pairs
    write_metadata(images)
    return images


def found(project: Project, images: list[Image], text: str) -> str:
    """The images by their letters, as a page and as a count."""
    wanted = Selection(metadata_filter=text)
    page = {labeled.image.pk for labeled in select_images(project, wanted, take=256)}
    assert count_images(project, wanted) == len(page)
    return "".join(letter for letter, image in zip("abcdefghij", images, strict=False) if image.pk in page)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site eq 'north'", "ab"),
        ("site ne 'north'", "cde"),
        ("site eq 'north' and day eq '2'", "b"),
        ("day eq '1' or day eq '2'", "abc"),
        ("site eq 'south' or site eq 'north' and day eq '2'", "bc"),
        ("(site eq 'south' or site eq 'north') AND day EQ '1'", "ac"),
        ("((day eq '1'))and(site ne 'south')", "a"),
        ("'site' eq 'it''s'", "d"),
        ("'odd key.x' eq '5'", "d"),
        ("7 eq 'seven'", "d"),
        ("Ort eq 'Köln'", "d"),
        ("""'"quoted"' eq '\\'""", "d"),
        ("empty eq ''", "d"),
        ("empty ne ''", "abce"),
        ("and eq 'or' or or eq 'and'", "d"),
        ("Site eq 'north'", ""),
        ("site eq 'North'", ""),
        ("nowhere eq 'x'", ""),
        ("nowhere ne 'x'", "abcde"),
        ("  day\teq\n'1'  ", "ac"),
    ],
)
def test_what_a_filter_finds(text: str, expected: str) -> None:
    project = make_project()
    images = described(project, *PAIRS)
    described(make_project(project.resource), *PAIRS)
    assert found(project, images, text) == expected


def test_random_filters_agree_with_python() -> None:
    chance = random.Random(6)
    project = make_project()
    keys, values = ("site", "it's", "3"), ("", "a", "'")
    metadata = [{key: chance.choice(values) for key in keys if chance.random() < 0.7} for _ in range(10)]
    images = described(project, *metadata)

    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    def make(depth: int) -> tuple[str, Any]:
        if depth == 0 or chance.random() < 0.3:
            key, value, is_equal = chance.choice(keys), chance.choice(values), chance.random() < 0.5
            text = f"{quoted(key)} {'eq' if is_equal else 'ne'} {quoted(value)}"
            return text, lambda pairs: (pairs.get(key) == value) == is_equal
        parts = [make(depth - 1) for _ in range(chance.randrange(2, 4))]
        word, joined = chance.choice([("and", all), ("or", any)])
        texts = [f"({text})" for text, _ in parts]
        return f" {word} ".join(texts), lambda pairs: joined(check(pairs) for _, check in parts)

    for _ in range(40):
        text, check = make(3)
        expected = "".join(letter for letter, pairs in zip("abcdefghij", metadata, strict=True) if check(pairs))
        assert found(project, images, text) == expected, text


def test_an_iterations_images_are_filtered_too() -> None:
    project = make_project()
    tag = make_tag(project)
    images = make_images(project, 2, [tag])
    images[0].metadata = {"site": "north"}
    write_metadata(images)
    snapshot = write_snapshot(gather(project))
    images[0].removed = images[0].created
    images[0].save()
    wanted = Selection(snapshot_id=snapshot.pk, metadata_filter="site eq 'north'")
    assert [labeled.image.pk for labeled in select_images(project, wanted, take=9)] == [images[0].pk]
    assert count_images(project, Selection(metadata_filter="site eq 'north'")) == 0


def test_a_filter_is_part_of_one_query() -> None:
    project = make_project()
    described(project, *PAIRS)
    with CaptureQueriesContext(connection) as captured:
        count_images(project, Selection(metadata_filter=" or ".join(["a eq 'b'"] * 300)))
    assert len(captured) == 1


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("site", 5, "expected eq or ne after site, found the end"),
        ("site eq", 8, "expected a value in single quotes, found the end"),
        ("site eq north", 9, "expected a value in single quotes, found north"),
        ('site eq "north"', 9, 'expected a value in single quotes, found "north"'),
        ("site like 'x'", 6, "expected eq or ne after site, found like"),
        ("(site eq 'x'", 13, "expected the ) of the ( at position 1, found the end"),
        ("site eq 'x' day eq 'y'", 13, "expected and, or, or the end, found day"),
        ("site eq 'x", 9, "this quote is not closed"),
        (")", 1, "expected a key or (, found )"),
        ("'", 1, "this quote is not closed"),
        ("site eq 'x' and", 16, "expected a key or (, found the end"),
        ("not site eq 'x'", 5, "expected eq or ne after not, found site"),
        ("a eq '\0'", 7, "no text holds this character"),
        ("(" * 21 + "a eq 'b'" + ")" * 21, 21, "parentheses go 20 deep at most"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused_by_position(text: str, position: int, words: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_filter(text, Project())
    assert refusal.value.code == "BadRequest"
    assert f"$filter, position {position}: {words}" in refusal.value.message


def test_a_filter_has_a_length() -> None:
    with pytest.raises(Refusal) as refusal:
        parse_filter(f"a eq '{'b' * 4096}'", Project())
    assert "4096 characters" in refusal.value.message
