import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { flushFolder, writeDurably } from "../database/data-folder.js";
import { damagedBeside } from "./layout.js";

/** A page that was found damaged, and whose place nothing is read from any more. */
export interface DamagedPage {
  readonly page: number;
  /** The table that it belongs to; absent where it is not known. */
  readonly table?: string;
}

/** What was found damaged in a database since its folder was made. */
export interface DamagedList {
  readonly pages: readonly DamagedPage[];
  /** Pages that others are to take the place of, where that may not be done yet. */
  readonly masks?: readonly number[];
}

const listName = "pages.json";

/** @returns Undefined where nothing was ever found damaged. @throws Error where the list is not to be read. */
export function readDamagedList(database: string): DamagedList | undefined {
  let text: string;
  try {
    text = readFileSync(join(damagedBeside(database), listName), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as DamagedList;
  } catch {
    // It too may be damaged; that there was damage is what counts.
    return { pages: [] };
  }
}

/** Durable once it returns. */
export function writeDamagedList(database: string, list: DamagedList): void {
  writeAside(database, listName, Buffer.from(`${JSON.stringify(list)}\n`));
}

/** Writes a file into the folder of what was found damaged, made where it is missing; durable once it returns. */
export function writeAside(database: string, name: string, content: Buffer): void {
  const folder = damagedBeside(database);
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) flushFolder(dirname(folder));
  writeDurably(join(folder, name), content);
}
