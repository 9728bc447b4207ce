/** What every page needs: htmx, dialogs, keys, notices, copying, the theme. */

import htmx from "htmx.org";

import { csrfToken } from "./call";
import { listenForCopy } from "./copy";
import { listenForDialogs } from "./dialogs";
import { resumeEdits } from "./edits/index";
import { bindPlaceKeys, listenForKeys } from "./keys";
import { listenForThemeSwitch } from "./theme";
import { toast } from "./toast";

document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRFToken"] = csrfToken();
});

// Parts of the server are away: htmx has no answer to show, so say it here.
document.addEventListener("htmx:sendError", () => {
  const notices = document.getElementById("notices");
  if (notices) notices.textContent = "The server does not answer. Check the connection, then try again.";
});

document.addEventListener("click", (event) => {
  const dismiss = (event.target as Element).closest("[data-dismiss]");
  if (dismiss) dismiss.closest("#notices > *, [data-dismissable]")?.remove();
});

// A training that was watched from another page is over.
document.body.addEventListener("training-ended", (event) => {
  const { words, url } = (event as CustomEvent<{ words: string; url: string }>).detail;
  toast(words, { label: "Show it", run: () => location.assign(url) });
});

// A page's own script may need htmx for parts that it puts in by itself.
Object.assign(window, { htmx });

listenForThemeSwitch();
listenForCopy();
listenForDialogs();
listenForKeys();
bindPlaceKeys();
resumeEdits();
