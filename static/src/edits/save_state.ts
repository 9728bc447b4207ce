import { button, element, icon } from "./elements.ts";
import { saveWords } from "./save_words.ts";
import type { EditQueue, SaveState } from "./types.ts";

const SETTLED_AFTER_MS = 800;
const ICONS: Record<SaveState["kind"], string> = {
  saved: "M4 10.5l4 4 8-9",
  drafted: "M4 16l.8-3.600L13 4.200l2.800 2.800-8.200 8.200z",
  saving: "M16 10a6 6 0 11-1.8-4.3M16 3v3.5h-3.5",
  offline: "M10 17.5a7.5 7.5 0 100-15 7.5 7.5 0 000 15zM10 6v4.500l3 1.500",
  "signed-out": "M5 9h10v8H5zM7 9V6.5a3 3 0 016 0V9",
  refused: "M10 3l7.5 13.500h-15zM10 8v4M10 14.500h.01",
  conflict: "M10 10a3.2 3.2 0 100-6.400 3.2 3.2 0 000 6.400M4 17q.5-4.500 6-4.500t6 4.500",
};

/** What the acts in the save state do. */
export interface SaveStateActs {
  /** Address of the sign-in page, opened in a tab of its own. */
  signIn: string;
  seeConflicts(): void;
  seeRefused(): void;
}

/**
 * Fill `place` with the save state and keep it true; gives what ends that.
 *
 * What is seen changes at once; what is spoken (`role=status`) only when a state stays, so that quick saving is quiet.
 * `place` carries `data-save-state` with the kind and `data-waiting` with the count.
 */
export function showSaveState(queue: EditQueue, place: HTMLElement, acts: SaveStateActs): () => void {
  const shown = element("span", "save");
  const spoken = element("span", "sr");
  spoken.setAttribute("role", "status");
  place.replaceChildren(shown, spoken);
  let said = saveWords(queue.state()).text;
  let timer = 0;
  return queue.onState((state) => {
    const words = saveWords(state, queue.isKept());
    place.dataset.saveState = state.kind;
    place.dataset.waiting = state.kind === "saved" ? "0" : String(state.waiting);
    shown.classList.toggle("wait", !["saved", "saving", "drafted"].includes(state.kind));
    shown.replaceChildren(icon(ICONS[state.kind]), element("span", "", words.text), ...actOf(words.act, words.actWords));
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (words.text !== said) {
        said = words.text;
        spoken.textContent = words.text;
      }
    }, SETTLED_AFTER_MS);
  });

  function actOf(act: ReturnType<typeof saveWords>["act"], words: string): HTMLElement[] {
    if (act === "sign in") {
      const link = element("a", "", words);
      link.href = acts.signIn;
      link.target = "_blank";
      link.rel = "opener";
      return [link];
    }
    if (act === null) {
      return [];
    }
    return [button("btn bare small", words, act === "see conflicts" ? acts.seeConflicts : acts.seeRefused)];
  }
}
