import { readdirSync, statSync } from "node:fs";
import { dirname, join, posix, resolve, win32 } from "node:path";

/**
 * Finds the file that a configuration names, by a path that begins at the folder of the configuration or
 * that was written on another machine. Where there is none, it is looked for in each folder that is given,
 * by as much of the end of its path as is there and by its name in the folders within. After these an
 * absolute path is looked for in the same way beside the configuration, and in the folder above by its end
 * and in `ras`, where the original's own configurations have them beside `twins`. In other folders there
 * the files of other configurations may have the same name.
 *
 * @returns All files that it may be: none, one, or several of the same name.
 */
export function findInstances(name: string, configFile: string, folders: readonly string[]): readonly string[] {
  const beside = dirname(configFile);
  const named = resolve(beside, name);
  if (isFile(named)) return [named];
  // Windows separates by either.
  const parts = name.split(/[/\\]+/).filter((part) => part !== "" && part !== "." && part !== "..");
  const isAbsolute = posix.isAbsolute(name) || win32.isAbsolute(name);
  for (const folder of isAbsolute ? [...folders, beside] : folders) {
    const found = byEnd(folder, parts) ?? byName(folder, parts.at(-1) ?? "");
    if (found.length > 0) return found;
  }
  const above = dirname(beside);
  const found = isAbsolute ? (byEnd(above, parts) ?? byEnd(join(above, "ras"), parts)) : undefined;
  return found ?? [];
}

function byEnd(folder: string, parts: readonly string[]): string[] | undefined {
  const file = parts.map((_, from) => join(folder, ...parts.slice(from))).find(isFile);
  return file === undefined ? undefined : [file];
}

function byName(folder: string, name: string): string[] {
  return foldersIn(folder)
    .map((inner) => join(inner, name))
    .filter(isFile);
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name))
      .toSorted();
  } catch {
    // What cannot be listed is no place to find something.
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
