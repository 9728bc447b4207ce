"""The audit log in words: who, what, when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.models import AuditEntry
from training.sampling import Sampling, sampling_words

WORDS = {
    "create_project": "made the project {name}",
    "export_project": "gave out a token to copy the project with",
    "import_project": "began to copy the project {source} into {name}",
    "finish_import": "finished the copy",
    "update_project": "changed the project's settings",
    "keep_predictions": "had stored predictions kept {days_words}",
    "create_images": "added {created} images ({duplicates} were here already, {refused} refused)",
    "delete_images": "deleted {count} images",
    "restore_images": "brought {count} deleted images back",
    "tag_images": "put {created} tags on {image_count} images",
    "untag_images": "took {removed} tags off images",
    "confirm_labels": "kept the labels of an image that a model doubted",
    "take_confirmation_back": "took back that labels were kept",
    "put_into_test_set": "put {count} images into the locked test set, and {near_duplicates} nearly the same",
    "take_out_of_test_set": "took {count} images out of the locked test set",
    "cancel_locked_test_scoring": "stopped the scoring of the locked test set by {name}",
    "create_tag": "made the tag {name}",
    "update_tag": "changed the tag {name}",
    "delete_tag": "deleted the tag {name}, which was on {image_count} images",
    "train_project": "started a {training_type} training of {image_count} images",
    "cancel_training": "cancelled a training",
    "rename_iteration": "renamed an iteration to {name}",
    "delete_iteration": "deleted {name}",
    "publish_iteration": "published an iteration as {name} in {resource}",
    "unpublish_iteration": "unpublished {name} in {resource}",
    "set_thresholds": "changed the thresholds of {name}",
    "add_publish_gate": "set a publish gate: {rule}",
    "remove_publish_gate": "removed a publish gate: {rule}",
    "set_sampling": "had {sampling_words} under {name} stored",
    "export_iteration": "exported {name} to {platform}",
    "set_role": "gave {name} the role {role}",
    "remove_member": "took {name}'s role away",
    "delete_predictions": "deleted {count} stored predictions",
    "suggest_tags": "had {name} suggest tags for {image_count} images",
}
KINDS = {"key": "training key of {name}", "system": "{name}"}
TRAINING_WORDS = {"Regular": "Quick", "Advanced": "Advanced"}


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "some"


@dataclass(frozen=True)
class AuditLine:
    who: str
    what: str
    time: datetime


def audit_line(entry: AuditEntry) -> AuditLine:
    """One entry; an act without words of its own is said by its name."""
    facts = _Known(entry.detail)
    if "training_type" in facts:
        facts["training_type"] = TRAINING_WORDS.get(facts["training_type"], facts["training_type"])
    if entry.act == "keep_predictions":
        facts["days_words"] = _days_words(facts["days"])
    if entry.act == "set_sampling":
        facts["sampling_words"] = sampling_words(Sampling(facts["kind"], facts["sure_percent"], facts["most_a_day"]))
    words = WORDS.get(entry.act)
    what = words.format_map(facts) if words else entry.act.replace("_", " ")
    if entry.act == "put_into_test_set" and "seed" in facts:
        what += f", drawn at random with the seed {facts['seed']}"
    if facts.get("override_reason"):
        what += f", overriding a publish gate: {facts['override_reason']}"
    who = KINDS.get(entry.actor_kind, "{name}").format(name=entry.actor_name)
    return AuditLine(who, what, entry.time)


def _days_words(days: int | None) -> str:
    if days is None:
        return "as long as the server keeps them"
    if days == 0:
        return "until somebody deletes them"
    return f"for {days:,} day{'' if days == 1 else 's'}"
