"""What each classification domain stands for. Data alone: imports no torch.

A recipe names a preferred backbone. Where its weights cannot be had, `stand_in` trains instead, and
the result says so. Input sizes are divisible by 32 (see `lite`).
"""

from dataclasses import dataclass
from typing import Literal

Pooling = Literal["mean", "mean+max"]

LITE0_WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


@dataclass(frozen=True)
class Backbone:
    """A network and its published ImageNet weights; where they come from, their licence and hash.

    `url` is None where a Python package carries the file. `sha256_prefix` is the whole hash, or the
    first eight digits that torchvision puts into the file's name.
    """

    name: str
    title: str
    file: str
    url: str | None
    sha256_prefix: str
    licence: str
    parameters_millions: float


@dataclass(frozen=True)
class Recipe:
    """How a domain trains: backbone, square input size in pixels by task, pooling by task."""

    domain_id: str
    domain_name: str
    backbone: Backbone
    multiclass_size: int
    multilabel_size: int
    multiclass_pooling: Pooling
    multilabel_pooling: Pooling
    stand_in: Backbone
    # Advanced also tries this input, with mean and max pooling; None where the recipe is that already.
    larger_size: int | None

    @property
    def larger_pooling(self) -> Pooling:
        return "mean+max"

    def input_size(self, task: str) -> int:
        return self.multiclass_size if task == "multiclass" else self.multilabel_size

    def pooling(self, task: str) -> Pooling:
        return self.multiclass_pooling if task == "multiclass" else self.multilabel_pooling


LITE0 = Backbone(
    name="efficientnet_lite0",
    title="EfficientNet-Lite0",
    file="efficientnet-lite0-57934424.pth",
    url=None,
    sha256_prefix=LITE0_WEIGHTS_SHA256,
    licence="Apache-2.0",
    parameters_millions=3.4,
)
_TORCHVISION_URL = "https://download.pytorch.org/models/"


def torchvision_backbone(name: str, title: str, file: str, parameters_millions: float) -> Backbone:
    """A backbone whose published weights torchvision hosts; its file name ends with the hash."""
    return Backbone(
        name=name,
        title=title,
        file=file,
        url=_TORCHVISION_URL + file,
        sha256_prefix=file.rsplit("-", 1)[1].removesuffix(".pth"),
        licence="BSD-3-Clause (torchvision)",
        parameters_millions=parameters_millions,
    )


EFFICIENTNET_V2_S = torchvision_backbone(
    "efficientnet_v2_s", "EfficientNetV2-S", "efficientnet_v2_s-dd5fe13b.pth", 20.2
)
CONVNEXT_TINY = torchvision_backbone("convnext_tiny", "ConvNeXt-Tiny", "convnext_tiny-983f1562.pth", 27.8)
RESNET50 = torchvision_backbone("resnet50", "ResNet-50", "resnet50-11ad3fa6.pth", 23.5)

BACKBONES = {backbone.name: backbone for backbone in (LITE0, EFFICIENTNET_V2_S, CONVNEXT_TINY, RESNET50)}


def _standard(domain_id: str, domain_name: str) -> Recipe:
    """The most accurate that trains 367 images in 20 seconds on two cores."""
    return Recipe(domain_id, domain_name, LITE0, 320, 320, "mean+max", "mean+max", LITE0, 384)


def _compact(domain_id: str, domain_name: str) -> Recipe:
    """The fastest to answer."""
    return Recipe(domain_id, domain_name, LITE0, 224, 224, "mean", "mean+max", LITE0, 384)


def _larger(domain_id: str, domain_name: str, backbone: Backbone) -> Recipe:
    return Recipe(domain_id, domain_name, backbone, 384, 384, "mean+max", "mean+max", LITE0, None)


_RECIPES = (
    _standard("ee85a74c-405e-4adc-bb47-ffa8ca0c9f31", "General"),
    _larger("a8e3c40f-fb4a-466f-832a-5e457ae4a344", "General [A1]", CONVNEXT_TINY),
    _larger("2e37d7fb-3a54-486a-b4d6-cfc369af0018", "General [A2]", EFFICIENTNET_V2_S),
    _standard("c151d5b5-dd07-472a-acc8-15d29dea8518", "Food"),
    _standard("ca455789-012d-4b50-9fec-5bb63841c793", "Landmarks"),
    _standard("b30a91ae-e3c1-4f73-a81e-c270bff27c39", "Retail"),
    _compact("0732100f-1a38-4e49-a514-c9b44c697ab5", "General (compact)"),
    _larger("a1db07ca-a19a-4830-bae8-e004a42dc863", "General (compact) [S1]", RESNET50),
    _compact("b5cfd229-2ac7-4b2b-8d0a-2b0661344894", "Landmarks (compact)"),
    _compact("6b4faeda-8396-481b-9f8b-177b9fa3097f", "Retail (compact)"),
)
RECIPES = {recipe.domain_id: recipe for recipe in _RECIPES}


def recipe_of(domain_id: str) -> Recipe:
    """The recipe of a classification domain. Raises KeyError for an id that has none."""
    return RECIPES[domain_id.lower()]
