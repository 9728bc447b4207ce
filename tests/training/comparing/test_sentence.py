"""A comparison in one plain sentence."""

from training.comparing.sentence import Sentence, overall_rows, sentence, tag_rows
from training.statistics.differences import Difference, Differences, Verdict


def apart(change: float, verdict: Verdict, first: float = 0.8) -> Difference:
    return Difference(first, first + change, change, (change - 0.02, change + 0.02), verdict)


SAME = apart(0.0, Verdict.CANNOT_TELL)


def told(
    overall: dict[str, Difference], *per_tag: dict[str, Difference], verdict: Verdict, images: int = 122
) -> Sentence:
    differences = Differences(overall, per_tag, verdict)
    names = ["bottle", "can", "carton", "cup"][: len(per_tag)]
    rows = overall_rows(differences, is_detection=True, has_accuracy=False)
    return sentence("Iteration 6", "Iteration 7", rows, tag_rows(differences, names), images, verdict)


def test_what_got_better_and_worse_is_said_with_its_size() -> None:
    overall = {
        "ap": apart(0.048, Verdict.BETTER),
        "recall": apart(0.067, Verdict.BETTER),
        "precision": apart(0.007, Verdict.CANNOT_TELL),
        "f1": apart(0.03, Verdict.BETTER),
    }
    carton = {"precision": apart(-0.021, Verdict.WORSE), "recall": SAME, "ap": SAME, "f1": SAME}
    said = told(overall, carton, verdict=Verdict.BETTER)
    assert said.headline == "Iteration 7 is better than Iteration 6."
    assert said.rest == (
        "F1 rises by 3.0 points, mAP by 4.8 and recall by 6.7. Precision cannot be told apart with these 122 images."
        " One thing by tag got worse: precision of bottle by 2.1."
    )


def test_what_got_worse_names_only_the_largest_of_many() -> None:
    overall = {"ap": apart(-0.2, Verdict.WORSE), "recall": SAME, "precision": SAME, "f1": SAME}
    tags = [{"ap": apart(-0.1 * place, Verdict.WORSE)} for place in range(1, 5)]
    said = told(overall, *tags, verdict=Verdict.WORSE)
    assert said.headline == "Iteration 7 is worse than Iteration 6."
    assert said.rest == (
        "mAP falls by 20.0 points. F1, recall and precision cannot be told apart with these 122 images."
        " 4 things by tag got worse: AP of cup by 40.0, AP of carton by 30.0 and AP of can by 20.0, and 1 more."
    )


def test_what_cannot_be_told_apart_is_said_so_and_names_what_can() -> None:
    overall = {"ap": SAME, "recall": apart(0.1, Verdict.BETTER), "precision": apart(-0.05, Verdict.WORSE), "f1": SAME}
    said = told(overall, verdict=Verdict.CANNOT_TELL)
    assert said.verdict is Verdict.CANNOT_TELL
    assert said.headline == "Iteration 7 cannot be told from Iteration 6 with these 122 images."
    assert said.rest == "Recall rises by 10.0 points. Precision falls by 5.0 points."


def test_too_few_images_give_no_verdict_and_say_how_many_are_wanted() -> None:
    said = told({"ap": apart(0.3, Verdict.BETTER)}, verdict=Verdict.BETTER, images=29)
    assert said.verdict is None
    assert said.headline == "Too few images to judge: 29 images."
    assert said.rest.startswith("30 are wanted for a verdict, 100 for a good one.")
    assert told({"ap": apart(0.3, Verdict.BETTER)}, verdict=Verdict.BETTER, images=30).verdict is Verdict.BETTER


def test_tags_that_differ_come_first_by_size() -> None:
    differences = Differences(
        {"ap": SAME},
        ({"ap": SAME}, {"ap": apart(0.1, Verdict.BETTER)}, {"ap": apart(-0.2, Verdict.WORSE)}),
        Verdict.CANNOT_TELL,
    )
    assert [row.name for row in tag_rows(differences, ["a", "b", "c"])] == ["AP, c", "AP, b", "AP, a"]


def test_accuracy_is_told_only_where_images_have_one_tag() -> None:
    differences = Differences({"ap": SAME, "accuracy": SAME}, (), Verdict.CANNOT_TELL)
    assert [row.key for row in overall_rows(differences, is_detection=False, has_accuracy=True)] == ["accuracy", "ap"]
    assert [row.key for row in overall_rows(differences, is_detection=False, has_accuracy=False)] == ["ap"]
