/** Where a notice is read: in the dialog that is open, else at the top of the page. Both are alerts. */

const TOPMOST_FIRST = ["dialog", "drawer"];

function openHolder(): HTMLDialogElement | undefined {
  return TOPMOST_FIRST.map((id) => document.getElementById(id) as HTMLDialogElement | null).find(
    (dialog): dialog is HTMLDialogElement => dialog?.open === true,
  );
}

/** The place for a notice, made under the heading of the open dialog when it has none yet. */
export function noticePlace(): HTMLElement | null {
  const dialog = openHolder();
  if (!dialog) return document.getElementById("notices");
  const there = dialog.querySelector<HTMLElement>("[data-notices]");
  if (there) return there;
  const place = document.createElement("div");
  place.className = "notices";
  place.dataset.notices = "";
  place.setAttribute("role", "alert");
  const head = dialog.querySelector("header");
  if (head) head.after(place);
  else dialog.prepend(place);
  return place;
}

/** Say that something did not work, with what can be done. */
export function notice(words: string): void {
  const note = document.createElement("p");
  note.className = "note bad";
  const text = document.createElement("span");
  text.textContent = words;
  note.append(text);
  noticePlace()?.replaceChildren(note);
}

export function listenForNotices(): void {
  // The server sends a refusal to #notices; beneath an open dialog nobody would read it there.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<{ target: Element }>;
    if (detail.target.id === "notices") detail.target = noticePlace() ?? detail.target;
  });
  // The next try starts without the last one's words.
  document.addEventListener("htmx:beforeRequest", (event) => {
    (event.target as Element).closest("dialog")?.querySelector("[data-notices]")?.replaceChildren();
  });
  // Parts of the server are away: htmx has no answer to show.
  document.addEventListener("htmx:sendError", () => {
    notice("The server does not answer. Check the connection, then try again.");
  });
  document.addEventListener("click", (event) => {
    const dismiss = (event.target as Element).closest("[data-dismiss]");
    if (!dismiss) return;
    const dialog = dismiss.closest("dialog");
    dismiss.closest(".notices > *, [data-dismissable]")?.remove();
    (dialog?.querySelector<HTMLElement>("[autofocus], button") ?? document.getElementById("main"))?.focus();
  });
}
