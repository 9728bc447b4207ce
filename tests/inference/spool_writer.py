"""A process that spools predictions until it is killed, and says which it has acknowledged.

Arguments: spool folder, project id, image file.
"""

import json
import sys
from pathlib import Path
from uuid import uuid4

from inference.spool import Spool


def facts(prediction_id: str, project_id: str) -> bytes:
    """What the front stores about a prediction."""
    return json.dumps(
        {
            "id": prediction_id,
            "project": project_id,
            "iteration": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            "resource": "3f2504e0-4f89-41d3-9a0c-0305e82c3302",
            "published_name": "model",
            "application": "camera",
            "domain": "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31",
            "media_type": "image/png",
            "width": 50,
            "height": 40,
            "created": "2026-01-02T03:04:05.678000+00:00",
            "predictions": [
                {
                    "tagId": "22222222-2222-4222-8222-222222222222",
                    "tagName": "green",
                    "tagType": "Regular",
                    "boundingBox": None,
                    "probability": 0.75,
                }
            ],
        }
    ).encode()


def main() -> None:
    folder, project_id, image = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_bytes()
    spool = Spool(folder)
    while True:
        prediction_id = str(uuid4())
        spool.append(facts(prediction_id, project_id), image)
        sys.stdout.write(prediction_id + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
