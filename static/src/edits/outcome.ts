import type { Outcome } from "./queue.ts";
import type { EditAnswer } from "./types.ts";

const TRY_AGAIN = new Set([408, 425, 429]);
/** What call.ts makes of an answer that is not this server's: a proxy's page, say. */
const NOT_OURS = "ErrorUnknown";

/** What a server's answer with `status` and JSON `body` means for edit `id`; anything not ours means: try again. */
export function outcomeOf(id: string, status: number, body: unknown): Outcome {
  if (status === 200 && isAnswerTo(id, body)) {
    return { kind: "answered", answer: body };
  }
  const { code, message } = refusalIn(body);
  if (code === NOT_OURS) {
    return { kind: "unreachable" };
  }
  if (status === 401 || code === "ForbiddenStalePage") {
    return { kind: "signed-out", message: message || "Your session ended." };
  }
  if (status >= 400 && status < 500 && !TRY_AGAIN.has(status) && code !== "") {
    return { kind: "refused", code, message };
  }
  return { kind: "unreachable" };
}

function isAnswerTo(id: string, body: unknown): body is EditAnswer {
  const answer = body as Partial<EditAnswer> | null;
  return (
    typeof answer === "object" &&
    answer !== null &&
    answer.id === id &&
    Array.isArray(answer.images) &&
    Array.isArray(answer.conflicts)
  );
}

function refusalIn(body: unknown): { code: string; message: string } {
  if (typeof body !== "object" || body === null) {
    return { code: "", message: "" };
  }
  const { code, message } = body as { code?: unknown; message?: unknown };
  return { code: typeof code === "string" ? code : "", message: typeof message === "string" ? message : "" };
}
