import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * Finds the file that a configuration names. Paths were written on another machine, so that where there
 * is no such file, it is looked for under its name, and under as much of its path as may be kept, in the
 * folders that are given, beside the configuration, in the folder above it, and in the folders directly
 * in these.
 *
 * @param name As the configuration has it: absolute, or from the folder of the configuration.
 * @param folders Looked into first, in their order.
 * @returns All files that it may be: none, one, or several of the same name.
 */
export function findInstances(name: string, configFile: string, folders: readonly string[]): readonly string[] {
  const beside = dirname(configFile);
  const named = resolve(beside, name);
  if (isFile(named)) return [named];
  for (const folder of [...folders, beside, dirname(beside)]) {
    const found = findWithin(folder, name);
    if (found.length > 0) return found;
  }
  return [];
}

function findWithin(folder: string, name: string): string[] {
  // Windows separates by either.
  const parts = name.split(/[/\\]+/).filter((part) => part !== "" && part !== "." && part !== "..");
  for (let from = 0; from < parts.length; from++) {
    const file = join(folder, ...parts.slice(from));
    if (isFile(file)) return [file];
  }
  return foldersIn(folder)
    .map((inner) => join(inner, parts.at(-1) ?? ""))
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
