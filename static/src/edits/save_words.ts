import type { SaveState } from "./types.ts";

/** What the save state says, and what can be done about it. */
export interface SaveWords {
  text: string;
  act: "sign in" | "see conflicts" | "see refused" | null;
  actWords: string;
}

/** "1 edit waiting", "3 edits waiting". */
export function waitingWords(count: number): string {
  return `${count} ${count === 1 ? "edit" : "edits"} waiting`;
}

/** The words for a state: what is, then what the person can do. `isKept`: see EditQueue. */
export function saveWords(state: SaveState, isKept = true): SaveWords {
  const words = wordsOf(state);
  const canBeLost = !isKept && state.kind !== "saved" && state.waiting > 0;
  return canBeLost ? { ...words, text: `${words.text}; this browser stores nothing, so leave this page open` } : words;
}

function wordsOf(state: SaveState): SaveWords {
  switch (state.kind) {
    case "saved":
      return { text: "Saved", act: null, actWords: "" };
    case "drafted":
      return { text: `${state.waiting} labeled, kept in this browser`, act: null, actWords: "" };
    case "saving":
      return { text: "Saving", act: null, actWords: "" };
    case "offline":
      return { text: `Offline, ${waitingWords(state.waiting)}`, act: null, actWords: "" };
    case "signed-out":
      return { text: `Signed out, ${waitingWords(state.waiting)}`, act: "sign in", actWords: "Sign in" };
    case "refused":
      return { text: "An edit was not saved", act: "see refused", actWords: "See why" };
    case "conflict":
      return {
        text: state.changedBy === "" ? "Changed meanwhile" : `Changed by ${state.changedBy}`,
        act: "see conflicts",
        actWords: "See both",
      };
  }
}
