import { CallError, callJson } from "../call.ts";
import { outcomeOf } from "./outcome.ts";
import type { Outcome } from "./queue.ts";
import type { Edit } from "./types.ts";

const PATIENCE_MS = 20_000;
// Browsers let 64 KiB outlive a page, all such requests together.
const CHANGES_THAT_OUTLIVE_THE_PAGE = 200;

/** Send one edit; an answer that is not the server's own counts as none. */
export async function sendEdit({ id, project, person, act, changes }: Edit): Promise<Outcome> {
  try {
    const body = { id, person, act, changes };
    const answer = await callJson<unknown>("POST", `/projects/${project}/edits`, body, {
      redirect: "error",
      keepalive: changes.length <= CHANGES_THAT_OUTLIVE_THE_PAGE,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return outcomeOf(id, 200, answer);
  } catch (error) {
    return error instanceof CallError ? outcomeOf(id, error.status, error) : { kind: "unreachable" };
  }
}
