"""Half of the labeling done by the model: trained on a third of real photos, suggested on the rest, confirmed, better.

Each prints what it measured on photos that no training saw. They train twice each, minutes long: marked slow and data.
"""

import pytest
from playwright.sync_api import Page

from tests.e2e.projects import training_api
from tests.e2e.real_figures import SAME, accuracy, average_precision, published
from tests.e2e.real_sets import REAL_TRAINING_SECONDS, make_real_project, parted
from tests.e2e.suggested_hands import Boxer, Confirmer, look_at_all, upload_bare
from tests.live_install import LiveInstall

# Boxes of a hundred images are as good as those of all, and an hour shorter.
BOXED_IMAGES = 60

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(3 * REAL_TRAINING_SECONDS)]


def test_confirmed_tags_make_the_next_iteration_better(page: Page, portal_install: LiveInstall) -> None:
    labeled, bare, unseen = parted("trashnet")
    project = make_real_project(portal_install, "Trashnet, a third", labeled, is_detection=False)
    truth = upload_bare(portal_install, project, bare)
    before = accuracy(portal_install, project, published(portal_install, project, "first"), unseen)
    look_at_all(page, project, len(bare))
    person = Confirmer(page, truth)
    for name in project.tag_ids:
        person.confirm_tag(project, name)
    with training_api(portal_install) as api:
        tagged = api.get(f"projects/{project.id}/images/tagged/count").json()
    assert tagged == len(labeled) + person.confirmed
    after = accuracy(portal_install, project, published(portal_install, project, "second"), unseen)
    print(
        f"trashnet: {len(labeled)} labeled, {person.confirmed} of {len(bare)} confirmed on {person.pages} pages,"
        f" {person.unticked} unticked; accuracy on {len(unseen)} unseen {before:.3f} -> {after:.3f}"
    )
    assert person.confirmed > len(bare) / 3
    assert after > before


@pytest.mark.parametrize(("every", "may_fall"), [(3, SAME), (8, 0.0)], ids=["a third", "an eighth"])
def test_accepted_boxes_make_the_next_iteration_better(
    page: Page, portal_install: LiveInstall, every: int, may_fall: float
) -> None:
    labeled, bare, unseen = parted("bccd", every)
    project = make_real_project(portal_install, f"Blood cells, one of {every}", labeled, is_detection=True)
    truth = upload_bare(portal_install, project, bare)
    before = average_precision(portal_install, project, published(portal_install, project, "first"), unseen)
    look_at_all(page, project, len(bare))
    person = Boxer(page, project, truth)
    person.open()
    for _ in range(BOXED_IMAGES):
        person.box_image()
        if not person.next():
            break
    page.keyboard.press("Escape")
    after = average_precision(portal_install, project, published(portal_install, project, "second"), unseen)
    print(
        f"bccd: {len(labeled)} labeled, {person.images} more: {person.accepted} boxes accepted, {person.deleted} of"
        f" them deleted, {person.drawn} drawn; mAP at 0.5 on {len(unseen)} unseen {before:.3f} -> {after:.3f}"
    )
    assert person.accepted > person.drawn
    assert after > before - may_fall
