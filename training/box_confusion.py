"""A detector's confusion matrix: which tag's box was drawn where which tag's box is.

A box that is right counts on the diagonal. One that is false counts at the tag of the true box that it overlaps most,
by at least the overlap threshold, where that box was not found and no more probable box stands there already; else at
nothing, the background: nothing is there, or a second box on one that was found. A true box that nothing is drawn on
was missed. So a row counts all true boxes of its tag, a column all that were drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.box_pairs import BoxPairs, Places
from training.confusion import Counts, last_percents, reached


@dataclass(frozen=True)
class BoxStories:
    """What became of every true box and every found one at one overlap, over all images.

    Scores are -1 where there is none. `found_by`: of the right box on a true one; `claimed_by`: of the most probable
    false box of another tag on it, whose tag is `claimed_as`. `lies_on`: the true box that a false one claims, or -1.
    """

    true_image: Places
    true_tag: NDArray[np.int64]
    found_by: NDArray[np.float32]
    claimed_by: NDArray[np.float32]
    claimed_as: NDArray[np.int64]
    found_image: Places
    found_tag: NDArray[np.int64]
    score: NDArray[np.float32]
    is_right: NDArray[np.bool_]
    lies_on: Places


def box_stories(pairs: BoxPairs, matches: Sequence[Places], overlap_threshold: float) -> BoxStories:
    """`matches` of each image at that overlap, as `match_image` gives them."""
    true_tag, found_tag, score = pairs.true_tags, pairs.found_tags, pairs.scores
    match = np.concatenate([np.zeros(0, np.intp), *matches])
    is_right = match >= 0
    offsets = np.repeat(pairs.true_starts[:-1], np.diff(pairs.found_starts))
    found_by = np.full(len(true_tag), -1, np.float32)
    found_by[(match + offsets)[is_right]] = score[is_right]
    lies_on = _claims(pairs, is_right, overlap_threshold)
    claimed_by, claimed_as = np.full(len(true_tag), -1, np.float32), np.full(len(true_tag), -1, np.int64)
    claims = np.flatnonzero(lies_on >= 0)
    claimed_by[lies_on[claims]], claimed_as[lies_on[claims]] = score[claims], found_tag[claims]
    return BoxStories(
        true_image=np.repeat(np.arange(len(pairs.true_starts) - 1), np.diff(pairs.true_starts)),
        true_tag=true_tag,
        found_by=found_by,
        claimed_by=claimed_by,
        claimed_as=claimed_as,
        found_image=np.repeat(np.arange(len(pairs.found_starts) - 1), np.diff(pairs.found_starts)),
        found_tag=found_tag,
        score=score,
        is_right=is_right,
        lies_on=lies_on,
    )


def _claims(pairs: BoxPairs, is_right: NDArray[np.bool_], overlap_threshold: float) -> Places:
    """Of each found box the true box of another tag that it stands on, each true box for its most probable one."""
    limit = np.float32(max(min(overlap_threshold, 1 - 1e-6), 1e-6))
    lies_on = np.full(len(is_right), -1, dtype=np.intp)
    is_enough = (pairs.overlap >= limit) & ~is_right[pairs.found]
    # A second box on one of its own tag is no confusion.
    is_second = np.zeros(len(is_right), dtype=bool)
    is_second[pairs.found[is_enough & pairs.is_same_tag]] = True
    is_candidate = is_enough & ~pairs.is_same_tag & ~is_second[pairs.found]
    found, true = pairs.found[is_candidate], pairs.true[is_candidate]
    found, first = np.unique(found, return_index=True)  # the most overlapping of each
    true = true[first]
    true, first = np.unique(true, return_index=True)  # images in order, and in each the most probable first
    lies_on[found[first]] = true
    return lies_on


def box_confusion(stories: BoxStories, tag_count: int) -> Counts:
    """[steps, tags + 1, tags + 1] at that overlap."""
    nothing, shape = tag_count, (tag_count + 1, tag_count + 1)
    found, claimed = last_percents(stories.found_by), last_percents(stories.claimed_by)
    true, drawn = stories.true_tag.astype(np.intp), stories.found_tag.astype(np.intp)
    counts = reached((true, true), found, shape)
    is_claimed = stories.claimed_by >= 0
    places = (true[is_claimed], stories.claimed_as[is_claimed].astype(np.intp))
    # Confused above where it is found and up to where the false box is drawn.
    upper, lower = claimed[is_claimed], np.minimum(found, claimed)[is_claimed]
    counts += reached(places, upper, shape) - reached(places, lower, shape)
    counts[:, :nothing, nothing] = np.bincount(true, minlength=nothing)[None, :nothing] - counts[:, :nothing].sum(
        axis=2
    )
    false = ~stories.is_right
    all_drawn = reached((drawn[false],), last_percents(stories.score[false]), (nothing,))
    off_diagonal = counts[:, :nothing, :nothing].sum(axis=1) - counts[:, range(nothing), range(nothing)]
    counts[:, nothing, :nothing] = all_drawn - off_diagonal
    return counts
