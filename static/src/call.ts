/** Calls of a page's script to its own server. */

/** The server refused: `code` is one of Custom Vision's, `message` a sentence for a person. */
export class CallError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = "CallError";
    this.code = code;
    this.status = status;
  }
}

/** The token of this session; it changes at sign-in, so it is read for each call. */
export function csrfToken(): string {
  const match = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
  if (match?.[1]) return decodeURIComponent(match[1]);
  return document.querySelector<HTMLInputElement>('input[name="csrfmiddlewaretoken"]')?.value ?? "";
}

/** Headers of every call. */
export function callHeaders(): Record<string, string> {
  return { Accept: "application/json", "X-CSRFToken": csrfToken() };
}

/**
 * Call the server with JSON and return its JSON (null for an empty answer).
 * Throws CallError for a refusal and TypeError where the server cannot be reached.
 */
export async function callJson<Answer>(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  url: string,
  body?: unknown,
  options: RequestInit = {},
): Promise<Answer> {
  const init: RequestInit = { method, headers: callHeaders(), credentials: "same-origin", ...options };
  if (body !== undefined) {
    init.headers = { ...callHeaders(), "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await fetch(url, init);
  if (!response.ok) throw await refusal(response);
  return (response.status === 204 ? null : await response.json()) as Answer;
}

/** The error that an answer other than 2xx stands for. */
export async function refusal(response: Response): Promise<CallError> {
  try {
    const { code, message } = (await response.json()) as { code: string; message: string };
    return new CallError(code, message, response.status);
  } catch {
    return new CallError("ErrorUnknown", `The server answered ${response.status}.`, response.status);
  }
}
