"""What may stand in a project's settings."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from portal.domains import DOMAINS, EXPORT_PLATFORMS, Domain, DomainType
from portal.errors import Refusal
from portal.fetching import FetchFailed, check_post_address
from portal.limits import NAME_CHARACTERS
from portal.models import ClassificationType

DESCRIPTION_CHARACTERS = 4096
MOST_PREDICTION_DAYS = 3650
NUMBER_CHARACTERS = 9
AUGMENTATIONS = 32
AUGMENTATION_CHARACTERS = 64


def valid_name(name: str) -> str:
    """Raises Refusal `BadRequestProjectName`."""
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS or "\0" in name:
        raise Refusal("BadRequestProjectName", f"A project name has 1 to {NAME_CHARACTERS} characters: choose another.")
    return name


def valid_description(description: str) -> str:
    """Raises Refusal `BadRequestProjectDescription`."""
    if len(description) > DESCRIPTION_CHARACTERS or "\0" in description:
        raise Refusal(
            "BadRequestProjectDescription",
            f"A project's description has at most {DESCRIPTION_CHARACTERS} characters: shorten it.",
        )
    return description


def known_domain(domain_id: UUID) -> Domain:
    """Raises Refusal `BadRequestProjectUnknownDomain`, also for one that Custom Vision has retired."""
    domain = DOMAINS.get(domain_id)
    if domain is None:
        raise Refusal("BadRequestProjectUnknownDomain", f"There is no domain {domain_id}; get_domains lists them.")
    if not domain.is_enabled:
        raise Refusal(
            "BadRequestProjectUnknownDomain", f"The domain {domain.name} was retired by Custom Vision: choose another."
        )
    return domain


def successor_domain(current: Domain, domain_id: UUID) -> Domain:
    """The domain to change to. Raises as `known_domain`, and `BadRequestProjectUnsupportedDomainTypeChange`."""
    domain = DOMAINS.get(domain_id)
    if domain is not None and domain.type is not current.type:
        raise Refusal(
            "BadRequestProjectUnsupportedDomainTypeChange",
            "A project stays a classification or an object detection project; make a new project instead.",
        )
    return known_domain(domain_id)


def known_classification_type(domain: Domain, classification_type: str) -> str | None:
    """None for detection, whatever was asked. Raises Refusal `BadRequestProjectUnknownClassification`."""
    if domain.type is not DomainType.CLASSIFICATION:
        return None
    for known in ClassificationType.values:
        if known.lower() == classification_type.strip().lower():
            return known
    raise Refusal(
        "BadRequestProjectUnknownClassification",
        "The classification type is Multiclass or Multilabel: send one of them.",
    )


def known_platforms(platforms: Sequence[str]) -> list[str]:
    """Each once, as Custom Vision writes it. Raises Refusal `BadRequestProjectUnsupportedExportPlatform`."""
    names = {platform.lower(): platform for platform in EXPORT_PLATFORMS}
    unknown = sorted({platform for platform in platforms if platform.lower() not in names})
    if unknown:
        raise Refusal(
            "BadRequestProjectUnsupportedExportPlatform",
            f"Unknown export platform: {', '.join(unknown)}. Choose from {', '.join(EXPORT_PLATFORMS)}.",
        )
    return list(dict.fromkeys(names[platform.lower()] for platform in platforms))


def valid_augmentations(methods: Mapping[str, bool]) -> dict[str, bool]:
    """Raises Refusal `BadRequestProjectImagePreprocessingSettings`."""
    code = "BadRequestProjectImagePreprocessingSettings"
    if len(methods) > AUGMENTATIONS:
        raise Refusal(code, f"augmentationMethods has at most {AUGMENTATIONS} entries: leave some out.")
    if any(not name or len(name) > AUGMENTATION_CHARACTERS or "\0" in name for name in methods):
        raise Refusal(
            code, f"A name in augmentationMethods has 1 to {AUGMENTATION_CHARACTERS} characters: choose another."
        )
    return dict(methods)


def valid_prediction_days(text: str) -> int | None:
    """How many days predictions are kept, 0 for ever, None as the install does. Raises `BadRequestPredictionDays`."""
    text = text.strip()
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= NUMBER_CHARACTERS
    if not is_number or int(text) > MOST_PREDICTION_DAYS:
        raise Refusal(
            "BadRequestPredictionDays",
            f"Predictions are kept 1 to {MOST_PREDICTION_DAYS:,} whole days; choose 0 to keep them until somebody"
            " deletes them.",
        )
    return int(text)


def valid_uri(field: str, uri: str) -> str:
    """An http or https address, or none. Raises Refusal `BadRequestInvalidUri`."""
    uri = uri.strip()
    if not uri:
        return ""
    try:
        check_post_address(uri)
    except FetchFailed as failed:
        raise Refusal("BadRequestInvalidUri", f"{field}: {failed}") from failed
    return uri
