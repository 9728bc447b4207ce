"""The registry says something true about every classification domain."""

import pytest

from training.engine.recipes import BACKBONES, LITE0, RECIPES, recipe_of

CLASSIFICATION_DOMAINS = {
    "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31": "General",
    "a8e3c40f-fb4a-466f-832a-5e457ae4a344": "General [A1]",
    "2e37d7fb-3a54-486a-b4d6-cfc369af0018": "General [A2]",
    "c151d5b5-dd07-472a-acc8-15d29dea8518": "Food",
    "ca455789-012d-4b50-9fec-5bb63841c793": "Landmarks",
    "b30a91ae-e3c1-4f73-a81e-c270bff27c39": "Retail",
    "0732100f-1a38-4e49-a514-c9b44c697ab5": "General (compact)",
    "a1db07ca-a19a-4830-bae8-e004a42dc863": "General (compact) [S1]",
    "b5cfd229-2ac7-4b2b-8d0a-2b0661344894": "Landmarks (compact)",
    "6b4faeda-8396-481b-9f8b-177b9fa3097f": "Retail (compact)",
}


def test_every_enabled_classification_domain_has_a_recipe() -> None:
    assert {domain_id: recipe.domain_name for domain_id, recipe in RECIPES.items()} == CLASSIFICATION_DOMAINS


@pytest.mark.parametrize("domain_id", CLASSIFICATION_DOMAINS)
def test_sizes_suit_the_padding_and_the_stand_in_needs_no_network(domain_id: str) -> None:
    recipe = recipe_of(domain_id.upper())
    for task in ("multiclass", "multilabel"):
        assert recipe.input_size(task) % 32 == 0
    assert recipe.larger_size is None or recipe.larger_size % 32 == 0
    assert recipe.stand_in is LITE0
    assert recipe.backbone is BACKBONES[recipe.backbone.name]


def test_an_unknown_domain_has_none() -> None:
    with pytest.raises(KeyError):
        recipe_of("00000000-0000-0000-0000-000000000000")


def test_downloads_are_checked_by_the_hash_in_torchvisions_file_names() -> None:
    for backbone in BACKBONES.values():
        if backbone.url is not None:
            assert backbone.url.endswith(f"-{backbone.sha256_prefix}.pth")
            assert len(backbone.sha256_prefix) == 8
