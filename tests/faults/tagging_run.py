"""A person tags in the gallery and the image view, under faults."""

from collections import Counter
from collections.abc import Callable

from tests.faults.edit_oracle import Act, Change, Oracle, Seen
from tests.faults.gallery_hands import GalleryHands
from tests.faults.person_under_faults import PersonUnderFaults
from tests.faults.tagged_project import make_project, stored_states, stored_tag_rows

# Images that must stay: a deleted one comes back by undo alone.
LEAST_IMAGES = 8


class TaggingRun(PersonUnderFaults[GalleryHands]):
    """Tags put on and taken off, images deleted and brought back."""

    def _prepare(self) -> None:
        self._in_doubt: Act | None = None
        self._project, self._tags = make_project(self._install)
        self._oracle = Oracle({state["image"]: Seen() for state in stored_states(self._install)})

    @property
    def _tag_ids(self) -> list[str]:
        return list(self._tags)

    def _rest(self) -> None:
        self._hands.clear_selection()

    def _begin(self) -> None:
        tag = self._random.choice(self._tag_ids)
        act = self._in_doubt = self._oracle.toggled([self._image()], tag)
        self._hands.focus(act.changes[0].image)
        self._hands.press_tag(tag)

    def _there_and_back(self) -> None:
        image, tag = self._image(), self._random.choice(self._tag_ids)
        for _ in range(2):
            self._perform(self._oracle.toggled([image], tag), lambda: self._hands.press_tag(tag))

    def _simple_act(self, tab: GalleryHands) -> None:
        self._tag_one(tab)

    def _act(self) -> None:
        hands, roll = self._hands, self._random.random()
        if roll < 0.12 or (hands.done and hands.done[-1].verb == "delete" and roll < 0.6):
            self._step(hands, hands.done, hands.undone, "Control+z")
        elif roll < 0.18:
            self._step(hands, hands.undone, hands.done, "Control+Shift+Z")
        elif roll < 0.30:
            self._tag_in_view()
        elif roll < 0.45:
            self._tag_selection()
        elif roll < 0.50:
            image, tag = self._image(), self._random.choice(self._tag_ids)
            if tag not in self._oracle[image].tags:
                self._perform(Act("label", (Change(image, frozenset([tag])),)), lambda: hands.type_tag(tag))
        elif roll < 0.55 and len(self._oracle.present()) > LEAST_IMAGES:
            self._perform(Act("delete", (Change(self._image()),)), lambda: hands.press("Delete"))
        else:
            self._tag_one(hands)

    def _image(self) -> str:
        return self._random.choice(self._oracle.present())

    def _perform(self, act: Act, do: Callable[[], None], hands: GalleryHands | None = None) -> None:
        """`do` it on the focused tile, see it, note it."""
        hands = hands or self._hands
        image = act.changes[0].image
        # Another tab's edits are shown here a moment later.
        hands.wait_until_shown({image: self._oracle[image].shown})
        hands.focus(image)
        do()
        self._see(hands, act)
        hands.performed(act)

    def _see(self, hands: GalleryHands, act: Act) -> None:
        hands.wait_until_shown(self._oracle.after(act))
        self._note(act)

    def _note(self, act: Act) -> None:
        self._oracle.note(act)
        self.figures.performed += 1

    def _tag_one(self, hands: GalleryHands) -> None:
        tag = self._random.choice(self._tag_ids)
        act = self._oracle.toggled([self._image()], tag)
        self._perform(act, lambda: hands.press_tag(tag), hands)

    def _tag_selection(self) -> None:
        """Several images by one key, or all tags off them by the bar's button: one edit."""
        hands = self._hands
        images = self._random.sample(self._oracle.present(), self._random.randint(2, 4))
        tag = self._random.choice(self._tag_ids)
        is_untagging = self._random.random() < 0.25
        act = self._oracle.untagged(images) if is_untagging else self._oracle.toggled(images, tag)
        if not act.changes:
            return
        hands.select(images)
        if is_untagging:
            hands.untag_selection()
        else:
            hands.press_tag(tag)
        self._see(hands, act)
        hands.performed(act)
        hands.clear_selection()

    def _tag_in_view(self) -> None:
        """Some keys in the image view, which is seen to show each."""
        hands, image = self._hands, self._image()
        hands.open_view(image)
        hands.wait_until_view_shows(image, frozenset(self._oracle[image].tags))
        for _ in range(self._random.randint(1, 3)):
            tag = self._random.choice(self._tag_ids)
            act = self._oracle.toggled([image], tag)
            hands.press_tag(tag)
            hands.wait_until_view_shows(image, self._oracle.after(act)[image] or frozenset())
            self._note(act)
            hands.performed(act)
        hands.close_view()

    def _step(self, hands: GalleryHands, steps: list[Act], others: list[Act], keys: str) -> None:
        if not steps:
            return
        step = steps.pop()
        hands.press(keys)
        self._see(hands, step.inverse)
        others.append(step.inverse)

    def _open(self) -> GalleryHands:
        """A tab with the gallery, which must show the images with the edits that wait."""
        page = self._context.new_page()
        self._sign_in(page)
        page.goto(f"/projects/{self._project}/images")
        hands = GalleryHands(page, self._tags)
        hands.wait_until_drawn()
        self._compare_shown(hands)
        return hands

    def _compare_shown(self, hands: GalleryHands) -> None:
        doubted, self._in_doubt = self._in_doubt, None
        shown = hands.read()
        if doubted is not None:
            image = doubted.changes[0].image
            if shown.get(image) == self._oracle.after(doubted)[image]:
                self._note(doubted)
        for image, seen in self._oracle.items():
            if shown.get(image) != seen.shown:
                self.figures.lost.append(f"{image}: a new page shows {shown.get(image)}, not {seen}")

    def _compare(self, kind: str) -> None:
        for state in stored_states(self._install):
            seen = self._oracle[state["image"]]
            if (set(state["tags"]), state["isRemoved"]) != (seen.tags, seen.is_removed):
                self.figures.lost.append(f"after {kind}: the database has {state}, the person saw {seen}")

    def _compare_traces(self) -> None:
        """Every edit left one trace: a version step, and for an added tag a row."""
        for state in stored_states(self._install):
            seen = self._oracle[state["image"]]
            if state["version"] != 1 + seen.label_edits:
                self.figures.twice.append(f"{state}: {seen.label_edits} edits")
        added = Counter(
            {(image, tag): count for image, seen in self._oracle.items() for tag, count in seen.added.items()}
        )
        stored = stored_tag_rows(self._install)
        if stored != added:
            self.figures.twice.append(f"tag rows differ: {stored - added} more, {added - stored} less")
