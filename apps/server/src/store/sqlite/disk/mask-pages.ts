import { closeSync, existsSync, fsyncSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type DamagedPage, readDamagedList, writeAside, writeDamagedList } from "./damaged-list.js";
import { damagedBeside, pageBytes } from "./layout.js";
import { findRoles, type PageRole } from "./page-roles.js";
import { sumOf, SumsFile } from "./sums-file.js";
import { writeSums } from "./write-sums.js";

const freeListPlace = 32;

/**
 * Puts in the place of damaged pages what SQLite fails to read (SQLITE_CORRUPT), as soon as it comes upon it: of a
 * tree, a page of no type; of a long row, 0 for the number of the page that goes on. What was there is kept in a folder
 * beside the database, with a list of the pages. All of the database must be in its file, nothing in the log.
 *
 * @returns The pages with their tables, but those without use.
 * @throws SchemaDamagedError, and then leaves all as it is.
 */
export async function maskPages(database: string, damaged: readonly number[]): Promise<readonly DamagedPage[]> {
  const file = openSync(database, "r+");
  try {
    const read = (page: number): Buffer | undefined => {
      const bytes = Buffer.alloc(pageBytes);
      return readSync(file, bytes, 0, pageBytes, (page - 1) * pageBytes) === pageBytes ? bytes : undefined;
    };
    const roles = findRoles(new Set(damaged), read);
    const masks = masksOf(damaged, roles, read);
    const pages = damaged.flatMap((page) => toDamagedPage(page, roles.get(page)));
    for (const page of masks.keys()) {
      // A start that was cut short may have replaced it already.
      if (!existsSync(join(damagedBeside(database), originalName(page))))
        writeAside(database, originalName(page), read(page) ?? Buffer.alloc(0));
    }
    for (const [page, bytes] of masks) writeAside(database, maskName(page), bytes);
    const before = readDamagedList(database)?.pages ?? [];
    const known = new Set(pages.map(({ page }) => page));
    const all = [...before.filter(({ page }) => !known.has(page)), ...pages];
    writeDamagedList(database, { pages: all, masks: [...masks.keys()] });
    return pages;
  } finally {
    closeSync(file);
    await finishMasking(database);
  }
}

/** Puts the pages in their places that a start which was cut short may have left undone. */
export async function finishMasking(database: string): Promise<void> {
  const list = readDamagedList(database);
  if (list?.masks === undefined) return;
  const changed = new Map<number, number>();
  const file = openSync(database, "r+");
  try {
    for (const page of list.masks) {
      const bytes = readFileSync(join(damagedBeside(database), maskName(page)));
      writeSync(file, bytes, 0, pageBytes, (page - 1) * pageBytes);
      changed.set(page, sumOf(bytes));
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const sums = SumsFile.open(database, "r+");
  try {
    if (sums !== undefined) {
      await writeSums(sums, changed);
      await sums.flush();
    }
  } finally {
    sums?.close();
  }
  writeDamagedList(database, { pages: list.pages });
  for (const page of list.masks) rmSync(join(damagedBeside(database), maskName(page)), { force: true });
}

const originalName = (page: number): string => `page-${page}`;
const maskName = (page: number): string => `mask-${page}`;

/** What takes the place of pages, by their numbers. */
function masksOf(
  damaged: readonly number[],
  roles: ReadonlyMap<number, PageRole>,
  read: (page: number) => Buffer | undefined,
): Map<number, Buffer> {
  const masks = new Map<number, Buffer>();
  const isDamaged = new Set(damaged);
  for (const page of damaged) {
    const role = roles.get(page);
    // What is in a page without use may be anything, but has to have the sum that it is given.
    masks.set(page, role?.kind === "free" ? (read(page) ?? Buffer.alloc(pageBytes)) : Buffer.alloc(pageBytes));
    if (role?.kind === "overflow" && !isDamaged.has(role.pointer.page)) {
      const leading = (masks.get(role.pointer.page) ?? read(role.pointer.page)) as Buffer;
      leading.writeUInt32BE(0, role.pointer.at);
      masks.set(role.pointer.page, leading);
    }
    if (role?.kind === "free list") {
      // Without the list its pages are never used again.
      const first = (masks.get(1) ?? read(1)) as Buffer;
      first.fill(0, freeListPlace, freeListPlace + 8);
      masks.set(1, first);
    }
  }
  return masks;
}

function toDamagedPage(page: number, role: PageRole | undefined): DamagedPage[] {
  if (role?.kind === "free" || role?.kind === "free list") return [];
  return [{ page, ...(role !== undefined && { table: role.table }) }];
}
