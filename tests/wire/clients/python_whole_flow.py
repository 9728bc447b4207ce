"""One program with every version of Microsoft's Python SDK: all that a client does with a project, from end to end.

Reads a JSON object from standard input and prints one. `step` is `classify`, or `detect` before and after somebody
else has trained the project named by `project_id`. `photos` are files of two tags; `scenes` have boxes.
"""

import io
import json
import sys
import time
import uuid
import zipfile
from pathlib import Path

import requests
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient, models

EDGES = ("left", "top", "width", "height")


def clients(install):
    endpoint = install["endpoint"] + "/"
    if install["sdk"] == "1.0.0":
        trainer = CustomVisionTrainingClient(install["training_key"], endpoint=endpoint)
        predictor = CustomVisionPredictionClient(install["prediction_key"], endpoint=endpoint)
    else:
        from msrest.authentication import ApiKeyCredentials

        trainer = CustomVisionTrainingClient(
            endpoint, ApiKeyCredentials(in_headers={"Training-key": install["training_key"]})
        )
        predictor = CustomVisionPredictionClient(
            endpoint, ApiKeyCredentials(in_headers={"Prediction-key": install["prediction_key"]})
        )
    for client in (trainer, predictor):
        client.config.retry_policy.retries = 0
    return trainer, predictor


class Batches:
    """The calls whose signature changed: before 3.0.0 they take the fields of the batch, then the batch."""

    def __init__(self, trainer, sdk):
        self.trainer = trainer
        self.is_old = sdk in ("1.0.0", "2.0.0")

    def files(self, project, entries, tag_ids=None):
        if self.is_old:
            return self.trainer.create_images_from_files(project.id, images=entries, tag_ids=tag_ids)
        return self.trainer.create_images_from_files(
            project.id, models.ImageFileCreateBatch(images=entries, tag_ids=tag_ids)
        )

    def urls(self, project, entries, tag_ids=None):
        if self.is_old:
            return self.trainer.create_images_from_urls(project.id, images=entries, tag_ids=tag_ids)
        return self.trainer.create_images_from_urls(
            project.id, models.ImageUrlCreateBatch(images=entries, tag_ids=tag_ids)
        )


def domain_named(trainer, name, kind):
    return next(domain for domain in trainer.get_domains() if domain.name == name and domain.type == kind)


def upload(trainer, batches, project, photos):
    """Bytes, an unnamed stream and an open file go one by one, the rest as a batch with one that is no image."""
    told = {}
    tags = {name: trainer.create_tag(project.id, name) for name in sorted(photos)}
    for name, files in sorted(photos.items()):
        first, second, third, *rest = map(Path, files)
        tag_ids = [tags[name].id]
        summaries = [
            trainer.create_images_from_data(project.id, first.read_bytes(), tag_ids=tag_ids),
            trainer.create_images_from_data(project.id, io.BytesIO(second.read_bytes()), tag_ids=tag_ids),
        ]
        with third.open("rb") as file:
            summaries.append(trainer.create_images_from_data(project.id, file, tag_ids=tag_ids))
        entries = [models.ImageFileCreateEntry(name=file.name, contents=file.read_bytes()) for file in rest]
        bad = models.ImageFileCreateEntry(name="bad.jpg", contents=b"no image")
        summaries.append(batches.files(project, [*entries, bad], tag_ids))
        told[name] = [
            [summary.is_batch_successful, [image.status for image in summary.images]] for summary in summaries
        ]
    return tags, told


def label(trainer, batches, project, tags):
    """Tags off and on again, an image by its own address, a tag changed by sending it back whole."""
    name = sorted(tags)[0]
    image = trainer.get_tagged_images(project.id, tag_ids=[tags[name].id], take=1)[0]
    trainer.delete_image_tags(project.id, [image.id], [tags[name].id])
    untagged = [each.id for each in trainer.get_untagged_images(project.id)] == [image.id]
    pair = models.ImageTagCreateEntry(image_id=image.id, tag_id=tags[name].id)
    created = trainer.create_image_tags(project.id, tags=[pair]).created
    own = batches.urls(project, [models.ImageUrlCreateEntry(url=image.original_image_uri)])
    tag = trainer.get_tag(project.id, tags[name].id)
    tag.description = "changed"
    changed = trainer.update_tag(project.id, tag.id, tag)
    whole = trainer.get_project(project.id)
    whole.description = "changed too"
    return {
        "untagged": untagged,
        "created": len(created),
        "own": [each.status for each in own.images],
        "tag": [changed.name, changed.description, changed.image_count],
        "project": [trainer.update_project(project.id, whole).description, whole.name == project.name],
        "tagged_count": trainer.get_tagged_image_count(project.id),
    }


def describe(trainer, project):
    """Metadata and its filter, where the SDK knows them."""
    if not hasattr(trainer, "update_image_metadata"):
        return None
    first, second, *_ = trainer.get_images(project.id)
    summary = trainer.update_image_metadata(project.id, [first.id, second.id], {"site": "it's"})
    found = trainer.get_images(project.id, filter="site eq 'it''s'")
    return [
        summary.is_batch_successful,
        [entry.status for entry in summary.images],
        [image.metadata for image in found],
        trainer.get_image_count(project.id, filter="site ne 'it''s'"),
    ]


def train(trainer, project):
    iteration = trainer.train_project(project.id)
    first_status = iteration.status
    while iteration.status == "Training":
        time.sleep(0.5)
        iteration = trainer.get_iteration(project.id, iteration.id)
    renamed = trainer.update_iteration(project.id, iteration.id, name="renamed")
    try:
        trainer.train_project(project.id)
        second = "trained again"
    except models.CustomVisionErrorException as refused:
        second = refused.error.code
    return iteration, [first_status, iteration.status, renamed.name, renamed.id == iteration.id, second]


def export(trainer, project, iteration):
    """The way of every sample: ask, poll, download without a header."""
    trainer.export_iteration(project.id, iteration.id, "ONNX")
    while True:
        (made,) = (each for each in trainer.get_exports(project.id, iteration.id) if each.platform == "ONNX")
        if made.status != "Exporting":
            break
        time.sleep(0.5)
    answer = requests.get(made.download_uri, timeout=60)
    answer.raise_for_status()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        labels = package.read("labels.txt").decode().split()
        return [made.status, "model.onnx" in package.namelist(), sorted(labels)]


def ask(call, project, name, file):
    """Bytes, a stream and an open file: the same answer to each."""
    with Path(file).open("rb") as opened:
        answers = [
            call(project.id, name, data)
            for data in (Path(file).read_bytes(), io.BytesIO(Path(file).read_bytes()), opened)
        ]
    told = [[(each.tag_name, round(each.probability, 6)) for each in answer.predictions] for answer in answers]
    return answers[0], all(each == told[0] for each in told)


def classify(install):
    trainer, predictor = clients(install)
    batches = Batches(trainer, install["sdk"])
    domain = domain_named(trainer, "General (compact)", "Classification")
    project = trainer.create_project(f"Flow {uuid.uuid4()}", domain_id=domain.id, classification_type="Multiclass")
    tags, told = upload(trainer, batches, project, install["photos"])
    answer = {"uploads": told, "labels": label(trainer, batches, project, tags), "metadata": describe(trainer, project)}
    iteration, answer["training"] = train(trainer, project)
    performance = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.5)
    answer["performance"] = [performance.precision, performance.recall, len(performance.per_tag_performance)]
    judged = trainer.get_image_performances(project.id, iteration.id, take=2)
    answer["judged"] = [len(judged), trainer.get_image_performance_count(project.id, iteration.id)]
    name = f"flow {install['sdk']}/1"
    trainer.publish_iteration(project.id, iteration.id, name, install["prediction_resource_id"])
    answer["published"] = trainer.get_iteration(project.id, iteration.id).publish_name == name
    answer["predictions"] = {}
    for file in install["asked"]:
        result, is_same = ask(predictor.classify_image, project, name, file)
        answer["predictions"][file] = [result.predictions[0].tag_name, is_same]
    image = trainer.get_tagged_images(project.id, take=1)[0]
    by_url = predictor.classify_image_url_with_no_store(project.id, name, url=image.original_image_uri)
    answer["by_url"] = by_url.predictions[0].tag_name == image.tags[0].tag_name
    quick = trainer.quick_test_image(project.id, Path(install["asked"][0]).read_bytes(), iteration_id=iteration.id)
    answer["quick"] = sorted(each.tag_name for each in quick.predictions)
    answer["export"] = export(trainer, project, iteration)
    trainer.unpublish_iteration(project.id, iteration.id)
    trainer.delete_iteration(project.id, iteration.id)
    ids = [each.id for each in trainer.get_tagged_images(project.id, take=256)]
    trainer.delete_images(project.id, ids)
    answer["left"] = trainer.get_tagged_image_count(project.id) + trainer.get_untagged_image_count(project.id)
    trainer.delete_tag(project.id, next(iter(tags.values())).id)
    trainer.delete_project(project.id)
    answer["projects_left"] = [each.id for each in trainer.get_projects() if each.id == project.id]
    return answer


def detect_before(install):
    trainer, _ = clients(install)
    batches = Batches(trainer, install["sdk"])
    domain = domain_named(trainer, "General", "ObjectDetection")
    project = trainer.create_project(f"Boxes {uuid.uuid4()}", domain_id=domain.id)
    tags = {name: trainer.create_tag(project.id, name).id for name in ("circle", "cross")}
    entries = []
    for scene in install["scenes"]:
        regions = [
            models.Region(tag_id=tags[each["tag"]], **{edge: each[edge] for edge in EDGES}) for each in scene["regions"]
        ]
        file = Path(scene["file"])
        entries.append(models.ImageFileCreateEntry(name=file.name, contents=file.read_bytes(), regions=regions))
    summary = batches.files(project, entries)
    image = summary.images[0].image
    box = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
    entry = models.ImageRegionCreateEntry(image_id=image.id, tag_id=tags["cross"], **box)
    made = trainer.create_image_regions(project.id, regions=[entry]).created
    proposed = trainer.get_image_region_proposals(project.id, image.id).proposals
    trainer.delete_image_regions(project.id, [made[0].region_id])
    return {
        "project_id": project.id,
        "domain": domain.name,
        "uploaded": [each.status for each in summary.images],
        "regions": [len(image.regions), len(trainer.get_images_by_ids(project.id, [image.id])[0].regions)],
        "made": {edge: getattr(made[0], edge) for edge in EDGES},
        "proposed": len(proposed),
    }


def detect_after(install):
    trainer, predictor = clients(install)
    project = trainer.get_project(install["project_id"])
    iteration = trainer.get_iterations(project.id)[0]
    performance = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.5, overlap_threshold=0.5)
    judged = [each for each in trainer.get_image_performances(project.id, iteration.id) if each.predictions]
    name = f"boxes {install['sdk']}"
    trainer.publish_iteration(project.id, iteration.id, name, install["prediction_resource_id"])
    result, is_same = ask(predictor.detect_image, project, name, install["scenes"][0]["file"])
    box = result.predictions[0].bounding_box
    code = ""
    try:
        predictor.classify_image(project.id, name, Path(install["scenes"][0]["file"]).read_bytes())
    except Exception as refused:
        code = refused.error.code
    trainer.unpublish_iteration(project.id, iteration.id)
    trainer.delete_iteration(project.id, iteration.id)
    trainer.delete_project(project.id)
    return {
        "status": iteration.status,
        "performance": [performance.precision, performance.average_precision],
        "judged": judged[0].predictions[0].bounding_box.width > 0,
        "detected": [[each.tag_name, round(each.probability, 2)] for each in result.predictions],
        "box": [round(getattr(box, edge), 3) for edge in EDGES],
        "same": is_same,
        "classified": code,
    }


if __name__ == "__main__":
    install = json.load(sys.stdin)
    steps = {"classify": classify, "detect_before": detect_before, "detect_after": detect_after}
    print(json.dumps(steps[install["step"]](install)))
