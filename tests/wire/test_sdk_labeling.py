"""Projects, tags and images through Microsoft's Python SDK against a running install."""

import io
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    CustomVisionErrorException,
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    ImageTagCreateBatch,
    ImageTagCreateEntry,
    ImageUrlCreateBatch,
    ImageUrlCreateEntry,
    Project,
    Region,
)
from msrest.authentication import ApiKeyCredentials

from portal.domains import GENERAL_DETECTION
from tests.live_install import LiveInstall
from tests.pictures import picture

PARALLEL = 20


def client(install: LiveInstall, key: str = "") -> CustomVisionTrainingClient:
    credentials = ApiKeyCredentials(in_headers={"Training-key": key or install.training_key})
    made = CustomVisionTrainingClient(install.endpoint + "/", credentials)
    made.config.retry_policy.retries = 0
    return made


@pytest.fixture
def trainer(live_install: LiveInstall) -> CustomVisionTrainingClient:
    return client(live_install)


@pytest.fixture
def project(trainer: CustomVisionTrainingClient) -> Iterator[Project]:
    made = trainer.create_project(str(uuid.uuid4()))
    yield made
    trainer.delete_project(made.id)


def test_projects_are_made_listed_found_and_changed(trainer: CustomVisionTrainingClient, project: Project) -> None:
    assert project.settings.classification_type == "Multilabel"
    assert [each.id for each in trainer.get_projects()].count(project.id) == 1
    found = trainer.get_project(project.id)
    found.description = "changed"
    changed = trainer.update_project(project.id, found)
    assert (changed.name, changed.description, changed.created) == (project.name, "changed", project.created)
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.create_project(project.name)
    assert refused.value.error.code == "BadRequestProjectNameNotUnique"
    for domain in trainer.get_domains():
        assert trainer.get_domain(domain.id).name == domain.name


def test_tags_are_made_listed_changed_and_deleted(trainer: CustomVisionTrainingClient, project: Project) -> None:
    tag = trainer.create_tag(project.id, "pine", description="a tree")
    trainer.create_tag(project.id, "nothing", type="Negative")
    assert [(each.name, each.type, each.image_count) for each in trainer.get_tags(project.id)] == [
        ("pine", "Regular", 0),
        ("nothing", "Negative", 0),
    ]
    found = trainer.get_tag(project.id, tag.id)
    found.name = "fir"
    assert trainer.update_tag(project.id, tag.id, found).name == "fir"
    trainer.delete_tag(project.id, tag.id)
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.get_tag(project.id, tag.id)
    assert refused.value.error.code == "NotFoundTag"


def test_images_go_in_in_every_way_and_come_back(trainer: CustomVisionTrainingClient, project: Project) -> None:
    tag = trainer.create_tag(project.id, "circle")
    photos = [picture("circle", number) for number in range(5)]
    from_bytes = trainer.create_images_from_data(project.id, photos[0], tag_ids=[tag.id])
    from_stream = trainer.create_images_from_data(project.id, io.BytesIO(photos[1]), tag_ids=[])
    entries = [ImageFileCreateEntry(name=f"{number}.jpg", contents=photos[number]) for number in (2, 3)]
    bad = ImageFileCreateEntry(name="bad.jpg", contents=b"text")
    from_files = trainer.create_images_from_files(
        project.id, ImageFileCreateBatch(images=[*entries, bad], tag_ids=[tag.id], metadata={"site": "north"})
    )
    assert from_bytes.is_batch_successful
    assert from_stream.is_batch_successful
    assert not from_files.is_batch_successful
    assert [(each.source_url, each.status) for each in from_files.images] == [
        ("2.jpg", "OK"),
        ("3.jpg", "OK"),
        ("bad.jpg", "ErrorImageFormat"),
    ]
    address = from_bytes.images[0].image.original_image_uri
    assert httpx.get(address).content == photos[0]
    own = ImageUrlCreateBatch(images=[ImageUrlCreateEntry(url=address)])
    assert trainer.create_images_from_urls(project.id, own).images[0].status == "OKDuplicate"

    listed = trainer.get_images(project.id, order_by="Oldest")
    uploaded = [*from_bytes.images, *from_stream.images, *from_files.images[:2]]
    assert [image.id for image in listed] == [each.image.id for each in uploaded]
    assert [len(image.tags) for image in listed] == [1, 0, 1, 1]
    assert listed[2].metadata == {"site": "north"}
    assert (trainer.get_tagged_image_count(project.id), trainer.get_untagged_image_count(project.id)) == (3, 1)
    assert trainer.get_image_count(project.id, filter="site eq 'north'") == 2
    ids = [listed[3].id, listed[0].id]
    assert [image.id for image in trainer.get_images_by_ids(project.id, image_ids=ids)] == ids

    pair = ImageTagCreateEntry(image_id=listed[1].id, tag_id=tag.id)
    assert len(trainer.create_image_tags(project.id, tags=[pair]).created) == 1
    assert trainer.get_untagged_images(project.id) == []
    trainer.delete_image_tags(project.id, image_ids=[listed[1].id], tag_ids=[tag.id])
    assert [image.id for image in trainer.get_untagged_images(project.id)] == [listed[1].id]
    assert ImageTagCreateBatch(tags=[pair]).tags[0].tag_id == tag.id

    trainer.delete_images(project.id, image_ids=[listed[0].id])
    assert trainer.get_image_count(project.id) == 3
    trainer.delete_images(project.id, all_images=True)
    assert trainer.get_image_count(project.id) == 0


def test_regions_go_in_with_their_images(trainer: CustomVisionTrainingClient) -> None:
    project = trainer.create_project(str(uuid.uuid4()), domain_id=str(GENERAL_DETECTION))
    tag = trainer.create_tag(project.id, "circle")
    region = Region(tag_id=tag.id, left=0.25, top=0.5, width=0.5, height=0.25)
    entry = ImageFileCreateEntry(name="a.jpg", contents=picture("circle", 1), regions=[region])
    summary = trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=[entry]))
    found = summary.images[0].image.regions[0]
    assert (found.tag_name, found.left, found.top, found.width, found.height) == ("circle", 0.25, 0.5, 0.5, 0.25)
    trainer.delete_project(project.id)


def test_twenty_clients_upload_at_once(
    live_install: LiveInstall, trainer: CustomVisionTrainingClient, project: Project
) -> None:
    tags = [trainer.create_tag(project.id, shape) for shape in ("circle", "cross")]

    def upload(number: int) -> list[str]:
        mine = client(live_install)
        # Half of what each sends, another sends as well.
        photos = [picture("circle", number // 2 * 100 + each) for each in range(4)]
        photos += [picture("cross", number * 100 + each) for each in range(4)]
        entries = [ImageFileCreateEntry(name="", contents=photo, tag_ids=[tags[number % 2].id]) for photo in photos]
        return [
            each.status
            for each in mine.create_images_from_files(project.id, ImageFileCreateBatch(images=entries)).images
        ]

    with ThreadPoolExecutor(PARALLEL) as pool:
        statuses = [status for result in pool.map(upload, range(PARALLEL)) for status in result]

    assert statuses.count("OK") == trainer.get_image_count(project.id) == PARALLEL * 4 + PARALLEL // 2 * 4
    assert statuses.count("OKDuplicate") == PARALLEL // 2 * 4
    doubly_tagged = trainer.get_tagged_image_count(project.id, tag_ids=[tags[0].id]) + trainer.get_tagged_image_count(
        project.id, tag_ids=[tags[1].id]
    )
    assert doubly_tagged == PARALLEL * 8


def test_one_client_sends_the_same_photos_from_twenty_threads(
    trainer: CustomVisionTrainingClient, project: Project
) -> None:
    """Half the threads send one photo, half a photo of their own: none is lost, none is there twice."""
    tag = trainer.create_tag(project.id, "cross")

    def upload(number: int) -> str:
        photo = picture("cross", number if number % 2 else 0)
        summary = trainer.create_images_from_data(project.id, io.BytesIO(photo), tag_ids=[tag.id])
        return str(summary.images[0].status)

    with ThreadPoolExecutor(PARALLEL) as pool:
        statuses = list(pool.map(upload, range(PARALLEL)))

    assert (statuses.count("OK"), statuses.count("OKDuplicate")) == (11, 9)
    assert trainer.get_image_count(project.id) == trainer.get_tagged_image_count(project.id) == 11
    assert trainer.get_tag(project.id, tag.id).image_count == 11


def test_metadata_is_set_filtered_and_refused(trainer: CustomVisionTrainingClient, project: Project) -> None:
    photos = [ImageFileCreateEntry(name="", contents=picture("circle", number)) for number in range(3)]
    batch = ImageFileCreateBatch(images=photos, metadata={"site": "north"})
    images = [each.image.id for each in trainer.create_images_from_files(project.id, batch).images]
    summary = trainer.update_image_metadata(project.id, images[:2], {"day": "it's 1", "site": None})
    assert [(each.image_id, each.status, each.metadata) for each in summary.images] == [
        (image, "OK", {"day": "it's 1"}) for image in images[:2]
    ]
    assert [image.id for image in trainer.get_images(project.id, filter="site eq 'north'")] == [images[2]]
    found = trainer.get_images(project.id, filter="(day eq 'it''s 1') or site ne 'north'", order_by="Oldest")
    assert [image.id for image in found] == images[:2]
    told = trainer.update_image_metadata(project.id, [images[0], str(uuid.uuid4())], {"a": "b"})
    assert (told.is_batch_successful, [each.status for each in told.images]) == (False, ["OK", "ErrorImageNotFound"])
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.get_image_count(project.id, filter="site is 'north'")
    assert refused.value.error.code == "BadRequest"
    assert "position 6" in refused.value.error.message


def test_a_refused_upload_sees_its_answer(live_install: LiveInstall, project: Project) -> None:
    """The body is read although nobody wants it: else the client would see a broken connection."""
    stranger = client(live_install, key="0" * 32)
    entries = [ImageFileCreateEntry(name="", contents=b"\0" * 4_000_000) for _ in range(8)]
    with pytest.raises(CustomVisionErrorException) as refused:
        stranger.create_images_from_files(project.id, ImageFileCreateBatch(images=entries))
    assert refused.value.response.status_code == 401


def test_a_body_without_a_length_goes_in(live_install: LiveInstall, project: Project) -> None:
    """As the JavaScript SDK sends a file's stream."""
    photo = picture("cross", 77)
    answer = httpx.post(
        f"{live_install.endpoint}/customvision/v3.3/Training/projects/{project.id}/images",
        content=iter([photo[:1000], photo[1000:]]),
        headers={"Training-Key": live_install.training_key, "Content-Type": "application/octet-stream"},
    )
    assert (answer.status_code, answer.json()["images"][0]["status"]) == (200, "OK")


def test_deleted_images_leave_the_disk(
    live_install: LiveInstall, trainer: CustomVisionTrainingClient, project: Project
) -> None:
    if "SIGHTLINE_STORAGE" in live_install.environment:
        pytest.skip("its files lie in a bucket: tests/larger looks there")
    trainer.create_images_from_data(project.id, picture("cross", 1))
    folder = live_install.data / "files" / "projects" / project.id
    assert sum(path.is_file() for path in folder.rglob("*")) == 3
    trainer.delete_images(project.id, all_images=True)
    for _ in range(100):
        if not any(path.is_file() for path in folder.rglob("*")):
            return
        time.sleep(0.1)
    raise AssertionError("the files are still there after ten seconds")
