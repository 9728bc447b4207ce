import { type TagRules, editsForMine, inverseOf, withChange } from "./both_sides.ts";
import { button, element, tagLabel } from "./elements.ts";
import type { EditQueue, ImageState, OpenConflict } from "./types.ts";

/** Show the open conflicts one after another, each with both states; asks until none is left or the person closes. */
export function openConflicts(queue: EditQueue, rules: TagRules, pictureOf: (image: string) => string | null): void {
  const open = queue.conflicts()[0];
  if (open === undefined) {
    return;
  }
  const dialog = element("dialog", "dialog");
  dialog.setAttribute("aria-labelledby", "conflict-title");
  const title = element("h2", "", titleOf(open));
  title.id = "conflict-title";
  const body = element("div", "body stack", ...bodyOf(open, rules, pictureOf(open.conflict.theirs.image)));
  const mine = editsForMine(open, rules);
  const close = button("btn bare", "Later", () => dialog.close());
  const theirs = button("btn", mine.length === 0 ? "Drop mine" : "Keep theirs", () => decide(false));
  const footer = element("footer", "", close, theirs);
  if (mine.length > 0) {
    footer.append(button("btn primary", "Keep mine", () => decide(true)));
  }
  dialog.append(element("header", "", title), body, footer);
  const opener = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) {
      opener.focus();
    }
  });
  document.body.append(dialog);
  dialog.showModal();

  function decide(isMine: boolean): void {
    for (const control of footer.querySelectorAll("button")) {
      control.disabled = true;
    }
    void (async () => {
      await decideConflict(queue, open as OpenConflict, rules, isMine);
      dialog.close();
      openConflicts(queue, rules, pictureOf);
    })();
  }
}

/** Keep one side of a conflict. */
export async function decideConflict(
  queue: EditQueue,
  open: OpenConflict,
  rules: TagRules,
  isMine: boolean,
): Promise<void> {
  const [first, ...more] = isMine ? editsForMine(open, rules) : [];
  await queue.settle(open, first ?? null);
  for (const draft of more) {
    await queue.perform(draft, inverseOf(draft, open.conflict.theirs));
  }
}

function titleOf({ conflict }: OpenConflict): string {
  const who = conflict.changedBy === "" ? "Somebody else" : conflict.changedBy;
  switch (conflict.reason) {
    case "changed":
      return `${who} changed this image`;
    case "deleted":
      return `${who} deleted this image`;
    case "gone":
      return "This image is gone";
    case "uploaded again":
      return "This image was uploaded again";
  }
}

function bodyOf(open: OpenConflict, rules: TagRules, picture: string | null): HTMLElement[] {
  const { edit, conflict } = open;
  const parts: HTMLElement[] = [];
  if (picture !== null) {
    const image = element("img", "conflict-picture");
    image.src = picture;
    image.alt = "";
    parts.push(image);
  }
  parts.push(element("p", "small muted", whenWords(open)));
  if (conflict.reason === "gone") {
    parts.push(element("p", "", "It was deleted too long ago to bring back, so your edit has nothing to go to."));
    return parts;
  }
  if (conflict.reason === "uploaded again") {
    parts.push(element("p", "", "The same file is in the project as a new image; the deleted one stays deleted."));
    return parts;
  }
  const theirs = side("Theirs", conflict.theirs.isRemoved ? null : conflict.theirs, rules);
  const wanted: ImageState = { ...conflict.theirs, tags: withChange(conflict.theirs.tags, conflict.change, rules) };
  parts.push(element("div", "two even", side("Mine", edit.act === "delete" ? null : wanted, rules), theirs));
  return parts;
}

function whenWords({ edit, conflict }: OpenConflict): string {
  const mine = `You: ${edit.words}.`;
  if (conflict.changedAt === "") {
    return mine;
  }
  const when = new Date(conflict.changedAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return `${mine} The other change was made ${when}. Nothing was overwritten.`;
}

function side(words: string, state: ImageState | null, rules: TagRules): HTMLElement {
  const list = element("ul", "plain stack");
  const faces = (state?.tags ?? []).map((id) => rules.tags.get(id));
  for (const face of faces) {
    list.append(element("li", "", face === undefined ? "A tag that is new or deleted" : tagLabel(face)));
  }
  const empty = state === null ? "Deleted" : "No tags";
  const content = faces.length === 0 ? element("p", "muted", empty) : list;
  return element("section", "card pad", element("h3", "", words), content);
}
