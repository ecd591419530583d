import type { Micros } from "../../clock.js";
import type { ChangeKind, ChangeRow, EmotifiedInstance, ModuleConfiguration, ModuleRow } from "./rows.js";
import type { Page, PageRows } from "./page.js";

/** What can be read of modules and their change logs. */
export interface ModuleReads {
  module(moduleId: string): Promise<ModuleRow | undefined>;
  /** Modules by id, in the order of their UTF-8 bytes. */
  modules(page: Page<string>): Promise<PageRows<ModuleRow, string>>;
  /** The emotified state instances of a module, by their id. */
  emotifiedInstances(moduleId: string): Promise<EmotifiedInstance[]>;
  /** The change log after a revision, ascending, of the named kinds alone where any are named. */
  changes(
    moduleId: string,
    page: { readonly after: number; readonly limit: number; readonly kinds?: readonly ChangeKind[] },
  ): Promise<ChangeRow[]>;
}

/** What can be written of modules and their change logs. */
export interface ModuleWrites {
  /** Adds a module without rows; its states must have `shape` numbers, 0 while that is open. */
  insertModule(moduleId: string, shape: number, at: Micros): Promise<ModuleRow>;
  /** Fixes the shape of a module that has none yet; takes no revision, as the first state follows. */
  fixShape(moduleId: string, shape: number): Promise<void>;
  /** Takes the place of all that was configured of an existing module; a shape that is fixed stays the same. */
  configureModule(moduleId: string, configuration: ModuleConfiguration, at: Micros): Promise<ModuleRow>;
}
