"""Microsoft's Custom Vision SDK, unchanged, against Sightline: upload, train, publish, predict.

`classify.py FOLDER [KEYS]`: each folder in FOLDER is a tag with its photos, FOLDER/test has photos to ask about.
KEYS is a file with what `./sightline keys --json` prints (keys.json).
"""

import json
import sys
import time
import uuid
from pathlib import Path

from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import ImageFileCreateBatch, ImageFileCreateEntry
from msrest.authentication import ApiKeyCredentials

PHOTOS = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp")
IMAGES_IN_A_BATCH = 64


def photos_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTOS)


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    keys = json.loads(Path(sys.argv[2] if len(sys.argv) == 3 else "keys.json").read_text())

    # The two clients, as in Microsoft's quickstart: only the endpoint and the keys are Sightline's.
    trainer = CustomVisionTrainingClient(
        keys["endpoint"], ApiKeyCredentials(in_headers={"Training-key": keys["trainingKey"]})
    )
    predictor = CustomVisionPredictionClient(
        keys["endpoint"], ApiKeyCredentials(in_headers={"Prediction-key": keys["predictionKey"]})
    )

    project = trainer.create_project(f"quickstart {uuid.uuid4()}")
    for tag_folder in sorted(path for path in folder.iterdir() if path.is_dir() and path.name != "test"):
        tag = trainer.create_tag(project.id, tag_folder.name)
        photos = photos_in(tag_folder)
        for start in range(0, len(photos), IMAGES_IN_A_BATCH):
            entries = [
                ImageFileCreateEntry(name=path.name, contents=path.read_bytes(), tag_ids=[tag.id])
                for path in photos[start : start + IMAGES_IN_A_BATCH]
            ]
            upload = trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries))
            for image in upload.images:
                if image.status not in ("OK", "OKDuplicate"):
                    print(f"{image.source_url}: {image.status}")
        print(f"{tag_folder.name}: {len(photos)} photos")

    iteration = trainer.train_project(project.id)
    started = time.monotonic()
    while iteration.status == "Training":
        time.sleep(1)
        iteration = trainer.get_iteration(project.id, iteration.id)
    print(f"training: {iteration.status} after {time.monotonic() - started:.0f} s")
    if iteration.status != "Completed":
        sys.exit("The iteration did not complete; its trainingErrorDetails say why.")

    trainer.publish_iteration(project.id, iteration.id, "classifyModel", keys["predictionResourceId"])
    for photo in photos_in(folder / "test"):
        with photo.open("rb") as file:
            result = predictor.classify_image(project.id, "classifyModel", file.read())
        best = result.predictions[0]
        print(f"{photo.name}: {best.tag_name} {best.probability:.1%}")
    print(f"project {project.id}")


if __name__ == "__main__":
    main()
