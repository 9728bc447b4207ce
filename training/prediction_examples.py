"""How to call a published iteration, as text that works when pasted."""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings

from portal.domains import DomainType
from portal.projects import project_domain
from training.models import PublishedName

KEY_PLACEHOLDER = "PREDICTION_KEY"
SDK_HINT = "Needs: pip install azure-cognitiveservices-vision-customvision"


@dataclass(frozen=True)
class Example:
    """A call in one language; the key's place is KEY_PLACEHOLDER. `hint` says how to run it."""

    id: str
    title: str
    text: str
    hint: str


@dataclass(frozen=True)
class PredictionUrls:
    """The two addresses of a published name, and calls of them."""

    image_url: str
    image_file: str
    examples: tuple[Example, ...]


def prediction_urls(published: PublishedName) -> PredictionUrls:
    """Addresses and examples of a published name."""
    endpoint = settings.SIGHTLINE_PUBLIC_URL
    kind = "classify" if project_domain(published.project).type is DomainType.CLASSIFICATION else "detect"
    name = quote(published.name, safe="")
    base = f"{endpoint}/customvision/v3.0/Prediction/{published.project_id}/{kind}/iterations/{name}"
    url, file = f"{base}/url", f"{base}/image"
    examples = (
        Example("curl", "curl", _curl(file), "Paste it into a terminal, in the folder of photo.jpg."),
        Example("python", "Python", _python(file, kind), "Needs: pip install requests"),
        Example("sdk", "Python SDK", _sdk(endpoint, str(published.project_id), kind, published.name), SDK_HINT),
        Example("javascript", "JavaScript", _javascript(file, kind), "Save it as predict.mjs, then: node predict.mjs"),
    )
    return PredictionUrls(url, file, examples)


def _curl(address: str) -> str:
    return (
        f"curl -X POST '{address}' \\\n"
        f"  -H 'Prediction-Key: {KEY_PLACEHOLDER}' \\\n"
        "  -H 'Content-Type: application/octet-stream' \\\n"
        "  --data-binary @photo.jpg\n"
    )


def _python(address: str, kind: str) -> str:
    box = ', prediction["boundingBox"]' if kind == "detect" else ""
    return f"""import requests

with open("photo.jpg", "rb") as photo:
    answer = requests.post(
        "{address}",
        headers={{"Prediction-Key": "{KEY_PLACEHOLDER}", "Content-Type": "application/octet-stream"}},
        data=photo,
        timeout=30,
    )
answer.raise_for_status()
for prediction in answer.json()["predictions"]:
    print(prediction["tagName"], prediction["probability"]{box})
"""


def _sdk(endpoint: str, project_id: str, kind: str, name: str) -> str:
    box = ", prediction.bounding_box" if kind == "detect" else ""
    return f"""from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from msrest.authentication import ApiKeyCredentials

credentials = ApiKeyCredentials(in_headers={{"Prediction-key": "{KEY_PLACEHOLDER}"}})
client = CustomVisionPredictionClient("{endpoint}", credentials)
with open("photo.jpg", "rb") as photo:
    answer = client.{kind}_image("{project_id}", {name!r}, photo)
for prediction in answer.predictions:
    print(prediction.tag_name, prediction.probability{box})
"""


def _javascript(address: str, kind: str) -> str:
    box = ", prediction.boundingBox" if kind == "detect" else ""
    return f"""import {{ readFile }} from "node:fs/promises";

const answer = await fetch("{address}", {{
  method: "POST",
  headers: {{ "Prediction-Key": "{KEY_PLACEHOLDER}", "Content-Type": "application/octet-stream" }},
  body: await readFile("photo.jpg"),
}});
if (!answer.ok) throw new Error(await answer.text());
for (const prediction of (await answer.json()).predictions) {{
  console.log(prediction.tagName, prediction.probability{box});
}}
"""
