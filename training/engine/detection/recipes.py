"""What each detection domain stands for. Data alone: imports no torch.

Boxes must be large enough in the input to be seen, so the larger domains choose their input from the boxes of the
snapshot. Training always works on windows of `window_pixels` cut out at that scale: what a step costs does not grow.
"""

from dataclasses import dataclass

from training.engine.recipes import LITE0, Backbone, torchvision_backbone

COCO_MOBILENET = torchvision_backbone(
    "fasterrcnn_mobilenet_v3_large_320_fpn",
    "MobileNetV3-Large with COCO weights",
    "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth",
    19.4,
)
# It sees at stride 32 alone: boxes below two of its cells are left to Lite0, whose pyramid starts at stride 8.
COCO_SMALLEST_PIXELS = 64.0
STANDARD_PIXELS = 320


def detector_title(backbone: Backbone) -> str:
    """The whole detector in words."""
    return f"Faster R-CNN on {backbone.title}"


@dataclass(frozen=True)
class DetectionRecipe:
    """How a detection domain trains: backbones in order of preference, input sizes in pixels to choose from."""

    domain_id: str
    domain_name: str
    backbone: Backbone
    stand_in: Backbone
    input_sizes: tuple[int, ...]
    window_pixels: int = STANDARD_PIXELS


def _standard(domain_id: str, domain_name: str) -> DetectionRecipe:
    return DetectionRecipe(domain_id, domain_name, COCO_MOBILENET, LITE0, (STANDARD_PIXELS,))


def _larger(domain_id: str, domain_name: str) -> DetectionRecipe:
    """For what is small in the picture: the smallest input in which the boxes are large enough."""
    return DetectionRecipe(domain_id, domain_name, COCO_MOBILENET, LITE0, (320, 416, 512, 640, 800, 960))


_RECIPES = (
    _standard("da2e3a8a-40a5-4171-82f4-58522f70fbc1", "General"),
    _larger("9c616dff-2e7d-ea11-af59-1866da359ce6", "General [A1]"),
    _larger("1d8ffafe-ec40-4fb2-8f90-72b3b6cecea4", "Logo"),
    _larger("3780a898-81c3-4516-81ae-3a139614e1f3", "Products on Shelves"),
    DetectionRecipe("a27d5ca5-bb19-49d8-a70a-fec086c47f5b", "General (compact)", LITE0, LITE0, (STANDARD_PIXELS,)),
    _standard("7ec2ac80-887b-48a6-8df9-8b1357765430", "General (compact) [S1]"),
)
DETECTION_RECIPES = {recipe.domain_id: recipe for recipe in _RECIPES}


def detection_recipe_of(domain_id: str) -> DetectionRecipe:
    """The recipe of a detection domain. Raises KeyError for an id that has none."""
    return DETECTION_RECIPES[domain_id.lower()]
