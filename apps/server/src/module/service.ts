import { DomainError } from "../errors/domain-error.js";
import { compareKeys, createList, type List } from "../lists/list.js";
import type { ModuleRow } from "../store/port/rows.js";
import type { Page, Reader } from "../store/port/store.js";

/** The twins that the server knows. */
export interface ModuleService {
  /** All modules, by id; of those alone that are named, where any are. */
  list(only?: readonly string[]): List<ModuleRow>;
  /** @throws DomainError `module_not_found`. */
  get(moduleId: string): Promise<ModuleRow>;
}

export function createModuleService({ store }: { store: Reader }): ModuleService {
  return {
    list: (only) =>
      createList<ModuleRow, string>({
        order: "asc",
        read: (page) => (only === undefined ? store.modules(page) : namedModules(store, only, page)),
        keyOf: (row) => row.module_id,
      }),
    get: (moduleId) => requireModule(store, moduleId),
  };
}

/** A page of the modules with these ids. */
async function namedModules(
  reader: Reader,
  ids: readonly string[],
  { order, limit, after }: Page<string>,
): Promise<ModuleRow[]> {
  const direction = order === "asc" ? 1 : -1;
  const rows: ModuleRow[] = [];
  for (const id of ids.toSorted((a, b) => direction * compareKeys(a, b))) {
    if (rows.length === limit) break;
    if (after !== undefined && direction * compareKeys(id, after) <= 0) continue;
    const row = await reader.module(id);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** The shape of a module that has no state yet; its first one fixes it. */
export const openShape = 0;

/** @throws DomainError `module_not_found`. */
export async function requireModule(reader: Reader, moduleId: string): Promise<ModuleRow> {
  const row = await reader.module(moduleId);
  if (row === undefined) {
    throw new DomainError(
      "module_not_found",
      `no module "${moduleId}"; a module begins with its first ESS or embedding`,
    );
  }
  return row;
}
