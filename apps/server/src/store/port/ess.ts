import type { Micros } from "../../clock.js";
import type { EssContent, EssRow } from "./rows.js";
import type { Page, PageRows } from "./page.js";

export interface EssState {
  readonly id: number;
  readonly state: Float32Array;
}

/** What can be read of states. */
export interface EssReads {
  ess(moduleId: string, id: number): Promise<EssRow | undefined>;
  hasEss(moduleId: string, id: number): Promise<boolean>;
  essPage(moduleId: string, page: Page): Promise<PageRows<EssRow>>;
  /** The state with the lowest id that has this embedding input. */
  essByEmbedding(moduleId: string, embeddingInput: number): Promise<EssRow | undefined>;
  /** The rows of `aggregateModuleId` that have (moduleId, id) as a direct component, by their id. */
  aggregatesOf(moduleId: string, id: number, aggregateModuleId: string, page: Page): Promise<PageRows<EssRow>>;
  /** Ids and states alone, ascending by id: what a search index is built from. */
  states(moduleId: string, page: { readonly limit: number; readonly after?: number }): Promise<EssState[]>;
}

/** What can be written of states. */
export interface EssWrites {
  /** Adds a state to an existing module. */
  insertEss(moduleId: string, content: EssContent, at: Micros): Promise<EssRow>;
  /** Replaces all but `created_at`; undefined where there is no such row. */
  updateEss(moduleId: string, id: number, content: EssContent, at: Micros): Promise<EssRow | undefined>;
}
