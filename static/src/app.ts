/** What every page needs: htmx, dialogs, keys, notices, copying, the theme. */

import htmx from "htmx.org";

import { csrfToken } from "./call";
import { listenForCopy } from "./copy";
import { dialogOpener, listenForDialogs } from "./dialogs";
import { resumeEdits } from "./edits/index";
import { listenForFocus } from "./focus";
import { bindPlaceKeys, listenForKeys } from "./keys";
import { listenForNotices } from "./notices";
import { listenForThemeSwitch } from "./theme";
import { toast } from "./toast";

document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRFToken"] = csrfToken();
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
listenForNotices();
listenForFocus(dialogOpener);
listenForKeys();
bindPlaceKeys();
resumeEdits();
