/** Files and addresses from a drop, a paste or a file dialog. */

import { addressesIn } from "./addresses.ts";

/** `folder` is the name of the folder that the file lies in, "" without one. */
export interface GatheredFile {
  file: File;
  folder: string;
}

export interface Gathered {
  files: GatheredFile[];
  addresses: string[];
}

/** Files that systems leave in every folder; nobody means to upload them. */
const LEFT_BEHIND = new Set([".ds_store", "thumbs.db", "desktop.ini", "__macosx"]);

/** What was dropped or pasted, folders with all that is in them. Call it in the event itself: later it is gone. */
export async function gather(data: DataTransfer): Promise<Gathered> {
  const entries: FileSystemEntry[] = [];
  const loose: GatheredFile[] = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    const file = entry === null || entry.isFile ? item.getAsFile() : null;
    if (file !== null) loose.push({ file, folder: "" });
    else if (entry !== null) entries.push(entry);
  }
  const text = data.getData("text/uri-list") || data.getData("text/plain");
  const files = [...loose];
  for (const entry of entries) files.push(...(await filesBelow(entry, "")));
  return { files: files.filter(isMeant), addresses: files.length === 0 ? addressesIn(text) : [] };
}

/** What a file dialog gave, for files or for a folder. */
export function chosen(list: FileList): GatheredFile[] {
  return [...list].map((file) => ({ file, folder: file.webkitRelativePath.split("/").at(-2) ?? "" })).filter(isMeant);
}

function isMeant({ file, folder }: GatheredFile): boolean {
  return !LEFT_BEHIND.has(file.name.toLowerCase()) && folder !== "__MACOSX";
}

async function filesBelow(entry: FileSystemEntry, folder: string): Promise<GatheredFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File | null>((resolve) => {
      (entry as FileSystemFileEntry).file(resolve, () => resolve(null));
    });
    return file === null ? [] : [{ file, folder }];
  }
  const found: GatheredFile[] = [];
  for (const child of await children(entry as FileSystemDirectoryEntry)) {
    found.push(...(await filesBelow(child, entry.name)));
  }
  return found;
}

async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  // Browsers hand out 100 at a time; an empty answer is the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
