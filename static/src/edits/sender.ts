import { outcomeOf } from "./outcome.ts";
import type { Outcome } from "./queue.ts";
import type { Edit } from "./types.ts";

const PATIENCE_MS = 20_000;
// What browsers let outlive its page, all such requests together.
const KEEPALIVE_BYTES = 60_000;

/** Send one edit; an answer that is not the server's own counts as none. */
export async function sendEdit(edit: Edit): Promise<Outcome> {
  const { id, person, act, changes } = edit;
  const body = JSON.stringify({ id, person, act, changes });
  try {
    const answer = await fetch(`/projects/${edit.project}/edits`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      credentials: "same-origin",
      redirect: "error",
      keepalive: body.length < KEEPALIVE_BYTES,
      signal: AbortSignal.timeout(PATIENCE_MS),
      body,
    });
    return outcomeOf(id, answer.status, await answer.json());
  } catch {
    return { kind: "unreachable" };
  }
}

function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}
