/** What the upload's parts say to each other. */

/** A tag as the page knows it. `key` is what its keycap shows. */
export interface UploadTag {
  id: string;
  name: string;
  type: string;
  color: number;
  key: string;
}

export type ItemState = "waiting" | "sending" | "uploaded" | "duplicate" | "failed" | "skipped" | "cancelled";

/** One file, or one address, on its way. */
export interface UploadItem {
  id: number;
  name: string;
  /** Null for an address: the server fetches it. */
  file: Blob | null;
  address: string;
  /** What it counts in progress: its bytes, or a guess for an address. */
  weight: number;
  tags: string[];
  state: ItemState;
  /** 0 to 1 while it is sent. */
  sent: number;
  /** Tries that ended without an answer of the server's own. */
  lostAnswers: number;
  firstSentAt: number;
  image: string | null;
  words: string;
  isRetryable: boolean;
}

/** What the server says of one image. */
export interface ItemAnswer {
  status: string;
  image: string | null;
  words: string;
  isRetryable: boolean;
  /** For how long an image that was here already has been. */
  ageMs: number | null;
}

/** What became of one request. */
export type SendOutcome =
  | { kind: "answered"; items: ItemAnswer[] }
  | { kind: "refused"; code: string; message: string }
  | { kind: "signed-out"; message: string }
  | { kind: "busy"; status: number }
  | { kind: "unreachable" }
  /** The browser could not read these of the batch, by their places in it. */
  | { kind: "unreadable"; places: number[] }
  | { kind: "cancelled" };

export type TransferPhase = "idle" | "running" | "waiting" | "signed-out" | "done";

export interface TransferState {
  phase: TransferPhase;
  total: number;
  /** How many have their answer. */
  finished: number;
  uploaded: number;
  duplicates: number;
  failed: number;
  cancelled: number;
  /** 0 to 1 of all bytes. */
  progress: number;
  photosPerSecond: number;
  bytesPerSecond: number;
  /** Null while too little is known. */
  secondsLeft: number | null;
  message: string;
}
