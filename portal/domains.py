"""Custom Vision's domains: ids and names that clients look up.

What each stands for on this machine (backbone, input size, weights) is a recipe of the training engine.
Source: Custom Vision's domain table; ids are Microsoft's and never change.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class DomainType(StrEnum):
    CLASSIFICATION = "Classification"
    OBJECT_DETECTION = "ObjectDetection"


EXPORT_PLATFORMS = ("CoreML", "TensorFlow", "DockerFile", "ONNX", "VAIDK", "OpenVino")


@dataclass(frozen=True)
class Domain:
    """One entry of the table. `is_exportable` is Custom Vision's word: true for the compact domains."""

    id: UUID
    name: str
    type: DomainType
    is_exportable: bool = False
    is_enabled: bool = True

    @property
    def exportable_platforms(self) -> tuple[str, ...]:
        """Platforms that Custom Vision lists for the domain."""
        if not self.is_exportable:
            return ()
        if self.id == GENERAL_COMPACT_DETECTION:
            return tuple(platform for platform in EXPORT_PLATFORMS if platform != "VAIDK")
        return EXPORT_PLATFORMS


GENERAL_CLASSIFICATION = UUID("ee85a74c-405e-4adc-bb47-ffa8ca0c9f31")
GENERAL_DETECTION = UUID("da2e3a8a-40a5-4171-82f4-58522f70fbc1")
GENERAL_COMPACT_DETECTION = UUID("a27d5ca5-bb19-49d8-a70a-fec086c47f5b")

_CLASSIFICATION = (
    (str(GENERAL_CLASSIFICATION), "General", False),
    ("a8e3c40f-fb4a-466f-832a-5e457ae4a344", "General [A1]", False),
    ("2e37d7fb-3a54-486a-b4d6-cfc369af0018", "General [A2]", False),
    ("c151d5b5-dd07-472a-acc8-15d29dea8518", "Food", False),
    ("ca455789-012d-4b50-9fec-5bb63841c793", "Landmarks", False),
    ("b30a91ae-e3c1-4f73-a81e-c270bff27c39", "Retail", False),
    ("0732100f-1a38-4e49-a514-c9b44c697ab5", "General (compact)", True),
    ("a1db07ca-a19a-4830-bae8-e004a42dc863", "General (compact) [S1]", True),
    ("b5cfd229-2ac7-4b2b-8d0a-2b0661344894", "Landmarks (compact)", True),
    ("6b4faeda-8396-481b-9f8b-177b9fa3097f", "Retail (compact)", True),
)
# General comes first: Microsoft's JavaScript quickstart takes the first detection domain it meets.
_DETECTION = (
    (str(GENERAL_DETECTION), "General", False),
    ("9c616dff-2e7d-ea11-af59-1866da359ce6", "General [A1]", False),
    ("1d8ffafe-ec40-4fb2-8f90-72b3b6cecea4", "Logo", False),
    ("3780a898-81c3-4516-81ae-3a139614e1f3", "Products on Shelves", False),
    (str(GENERAL_COMPACT_DETECTION), "General (compact)", True),
    ("7ec2ac80-887b-48a6-8df9-8b1357765430", "General (compact) [S1]", True),
)

DOMAINS: dict[UUID, Domain] = {
    domain.id: domain
    for domain in (
        *(Domain(UUID(i), name, DomainType.CLASSIFICATION, exportable) for i, name, exportable in _CLASSIFICATION),
        Domain(UUID("45badf75-3591-4f26-a705-45678d3e9f5f"), "Adult", DomainType.CLASSIFICATION, is_enabled=False),
        *(Domain(UUID(i), name, DomainType.OBJECT_DETECTION, exportable) for i, name, exportable in _DETECTION),
    )
}
