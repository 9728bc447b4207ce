/** Which tags the images of a batch get: those of the batch, and those that folders name. */

/** A tag that is there, or one to be made when the upload starts (`id` is then ""). */
export interface TagChoice {
  id: string;
  name: string;
  type: string;
}

export interface FolderChoice {
  folder: string;
  isTicked: boolean;
  count: number;
}

export function sameName(some: string, other: string): boolean {
  return some.trim().toLowerCase() === other.trim().toLowerCase();
}

/** The tag of that name in any case, or a new one. */
export function choiceFor<Tag extends TagChoice>(name: string, tags: readonly Tag[]): Tag | TagChoice {
  return tags.find((tag) => sameName(tag.name, name)) ?? { id: "", name: name.trim(), type: "Regular" };
}

/** The batch's tags with one more: alone where an image holds one tag, or where one of the two is negative. */
export function withTag(chosen: readonly TagChoice[], added: TagChoice, isMulticlass: boolean): TagChoice[] {
  if (isMulticlass || added.type === "Negative") return [added];
  const others = chosen.filter((tag) => tag.type !== "Negative" && !sameName(tag.name, added.name));
  return [...others, added];
}

/** The tags of a file: its folder's where that is ticked, and the batch's where the two go together. */
export function tagsOf(
  folder: TagChoice | null,
  batch: readonly TagChoice[],
  isMulticlass: boolean,
): TagChoice[] {
  if (folder === null) return [...batch];
  if (isMulticlass || folder.type === "Negative" || batch.some((tag) => tag.type === "Negative")) return [folder];
  return [...batch.filter((tag) => !sameName(tag.name, folder.name)), folder];
}
