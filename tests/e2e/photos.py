"""Folders of photos to drop: real ones where they lie beside the repository, else pictures made here."""

import json
import os
from pathlib import Path

from tests.live_install import ROOT
from tests.pictures import picture

SHARED_DATA = Path(os.environ.get("SIGHTLINE_SHARED_DATA", ROOT.parent / "shared" / "data"))
TRASHNET = SHARED_DATA / "trashnet"


def two_folders(place: Path, per_tag: int) -> tuple[Path, Path]:
    """Two folders of `per_tag` photos, one a tag, each named as its tag."""
    if (TRASHNET / "annotations.json").exists():
        return _real_folders(place, per_tag)
    return _drawn_folder(place, "circle", per_tag), _drawn_folder(place, "cross", per_tag)


def _drawn_folder(place: Path, shape: str, count: int) -> Path:
    folder = place / shape
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{shape}-{number}.jpg").write_bytes(picture(shape, number, side=300))
    return folder


def _real_folders(place: Path, per_tag: int) -> tuple[Path, Path]:
    by_tag: dict[str, list[str]] = {}
    for image in json.loads((TRASHNET / "annotations.json").read_text())["images"]:
        if image["split"] == "train" and len(image["tags"]) == 1:
            by_tag.setdefault(image["tags"][0], []).append(image["file"])
    folders = []
    for tag in sorted(by_tag, key=lambda name: -len(by_tag[name]))[:2]:
        folder = place / tag
        folder.mkdir(parents=True)
        for file in by_tag[tag][:per_tag]:
            (folder / Path(file).name).write_bytes((TRASHNET / "images" / file).read_bytes())
        folders.append(folder)
    return folders[0], folders[1]
