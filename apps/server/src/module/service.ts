import { DomainError } from "../errors.js";
import type { Pages } from "../handler.js";
import type { ModuleRow } from "../store/rows.js";
import type { Reader } from "../store/store.js";

/** The twins that the server knows. */
export interface ModuleService {
  /** All modules, by id. */
  list(): Pages<ModuleRow>;
  /** @throws DomainError `module_not_found`. */
  get(moduleId: string): Promise<ModuleRow>;
}

const pageSize = 500;

export function createModuleService({ store }: { store: Reader }): ModuleService {
  return {
    async *list() {
      let after: string | undefined;
      do {
        const rows = await store.modules({ limit: pageSize, ...(after !== undefined && { after }) });
        yield rows;
        after = rows.length === pageSize ? rows.at(-1)?.module_id : undefined;
      } while (after !== undefined);
    },
    get: (moduleId) => requireModule(store, moduleId),
  };
}

/** @throws DomainError `module_not_found`. */
export async function requireModule(reader: Reader, moduleId: string): Promise<ModuleRow> {
  const row = await reader.module(moduleId);
  if (row === undefined) {
    throw new DomainError("module_not_found", `no module "${moduleId}"; a module begins with its first ESS`);
  }
  return row;
}
