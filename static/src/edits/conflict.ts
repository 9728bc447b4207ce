import { boxesOver } from "../boxes/drawn_over.ts";
import { type TagRules, editsForMine, inverseOf, isOfBoxes, wantedOf } from "./both_sides.ts";
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
  const { theirs, change, reason } = conflict;
  const when = element("p", "small muted", whenWords(open));
  const whole = picture === null ? [] : [pictureOf(picture)];
  if (reason === "gone") {
    return [...whole, when, element("p", "", "It was deleted too long ago to bring back, so your edit has nothing to go to.")];
  }
  if (reason === "uploaded again") {
    return [...whole, when, element("p", "", "The same file is in the project as a new image; the deleted one stays deleted.")];
  }
  const mine = edit.act === "delete" ? null : wantedOf(theirs, change, rules);
  const other = theirs.isRemoved ? null : theirs;
  if (!isOfBoxes(change) || picture === null) {
    return [...whole, when, element("div", "two even", side("Mine", mine, rules), side("Theirs", other, rules))];
  }
  const drawn = (state: ImageState | null, against: ImageState | null): HTMLElement => pictureOf(picture, state, against, rules);
  return [
    when,
    element("div", "two even", side("Mine", mine, rules, drawn(mine, other)), side("Theirs", other, rules, drawn(other, mine))),
    element("p", "tiny muted", "Boxes with a white edge are on one side alone."),
  ];
}

/** The picture, and on it the boxes of one side; those that the other side lacks stand out. */
function pictureOf(source: string, state: ImageState | null = null, against: ImageState | null = null, rules?: TagRules): HTMLElement {
  const image = element("img", "");
  image.src = source;
  image.alt = "";
  const figure = element("figure", "conflict-picture", image);
  if (state !== null && rules !== undefined) {
    const others = new Set(against?.boxes.map(({ id }) => id));
    const lit = new Set(state.boxes.map(({ id }) => id).filter((id) => !others.has(id)));
    figure.append(boxesOver(state.boxes, rules.tags, lit));
  }
  return figure;
}

function whenWords({ edit, conflict }: OpenConflict): string {
  const mine = `You: ${edit.words}.`;
  if (conflict.changedAt === "") {
    return mine;
  }
  const when = new Date(conflict.changedAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return `${mine} The other change was made ${when}. Nothing was overwritten.`;
}

function side(words: string, state: ImageState | null, rules: TagRules, drawing: HTMLElement | null = null): HTMLElement {
  const list = element("ul", "plain stack");
  for (const id of state?.tags ?? []) {
    const face = rules.tags.get(id);
    const count = state?.boxes.filter(({ tag }) => tag === id).length ?? 0;
    const label = face === undefined ? "A tag that is new or deleted" : tagLabel(face);
    list.append(element("li", "row between", label, ...(count === 0 ? [] : [element("span", "count", boxWords(count))])));
  }
  const empty = state === null ? "Deleted" : state.hasNoObjects ? "No objects here" : drawing === null ? "No tags" : "No boxes";
  const content = list.children.length === 0 ? element("p", "muted", empty) : list;
  return element("section", "card pad stack", element("h3", "", words), ...(drawing === null ? [] : [drawing]), content);
}

function boxWords(count: number): string {
  return count === 1 ? "1 box" : `${count} boxes`;
}
