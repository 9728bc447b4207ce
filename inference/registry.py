"""What a web process has to know to answer predictions, as one immutable snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from portal.domains import DOMAINS, DomainType
from portal.keys import key_digests
from portal.models import Project, ResourceKey, ResourceKind
from portal.registry_version import current_registry_version
from training.models import PublishedName
from training.sampling import Sampling, all_samplings


@dataclass(frozen=True)
class KeyHolder:
    """The resource that a key opens."""

    resource_id: UUID
    resource_name: str
    kind: str
    digest: str

    @property
    def is_prediction(self) -> bool:
        """Whether the key opens the prediction URL."""
        return self.kind == ResourceKind.PREDICTION


@dataclass(frozen=True)
class ServedIteration:
    """What stands behind a published name."""

    project_id: UUID
    name: str
    iteration_id: UUID
    resource_id: UUID
    domain_id: UUID
    is_classifier: bool
    artifact: str
    artifact_sha256: str
    sampling: Sampling = field(default_factory=Sampling)
    # By tag id, as exact as the model's own numbers, so that "at or above" means the same as in the figures.
    thresholds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Registry:
    """Keys by keyed digest, published names by project and name, projects by id."""

    version: int
    keys: Mapping[str, KeyHolder] = field(default_factory=dict)
    served: Mapping[tuple[UUID, str], ServedIteration] = field(default_factory=dict)
    is_classifier: Mapping[UUID, bool] = field(default_factory=dict)

    def find_key(self, key: str) -> KeyHolder | None:
        """Whose key it is, or None."""
        for digest in key_digests(key):
            holder = self.keys.get(digest)
            if holder is not None:
                return holder
        return None


def load_registry() -> Registry:
    """The registry as the database has it now (five queries).

    The version is read first: a change that comes in between is then seen as a change once more.
    """
    version = current_registry_version()
    keys = {
        digest: KeyHolder(resource_id, name, kind, digest)
        for digest, resource_id, name, kind in ResourceKey.objects.values_list(
            "digest", "resource_id", "resource__name", "resource__kind"
        )
    }
    is_classifier = {
        project_id: _is_classifier(domain_id)
        for project_id, domain_id in Project.objects.filter(deleted__isnull=True).values_list("id", "domain_id")
    }
    samplings = all_samplings()
    served = {
        (published.project_id, published.name): ServedIteration(
            project_id=published.project_id,
            name=published.name,
            iteration_id=published.iteration_id,
            resource_id=published.resource_id,
            domain_id=published.iteration.domain_id,
            is_classifier=_is_classifier(published.iteration.domain_id),
            artifact=published.iteration.artifact,
            artifact_sha256=published.iteration.artifact_sha256,
            sampling=samplings.get((published.project_id, published.name), Sampling()),
            thresholds={tag_id: float(np.float32(least)) for tag_id, least in published.thresholds.items()},
        )
        for published in PublishedName.objects.filter(project__deleted__isnull=True).select_related("iteration")
    }
    return Registry(version=version, keys=keys, served=served, is_classifier=is_classifier)


def _is_classifier(domain_id: UUID) -> bool:
    domain = DOMAINS.get(domain_id)
    return domain is None or domain.type == DomainType.CLASSIFICATION
