import type { PredictedFilter } from "@eca/contract";
import type { Micros } from "../../clock.js";
import type { EssRow, SequenceContent, SequenceRow } from "./rows.js";
import type { Page, PageRows } from "./page.js";

/** When an entry was created, and its id: orders the entries of a time. */
export type TimeKey = readonly [createdAt: Micros, id: number];

/** Which entries of a log: what is absent lets all through. */
export interface SequenceSelection {
  readonly status?: string;
  /** Whether predicted entries are among them: as well as observations, not at all, or alone. */
  readonly predicted?: PredictedFilter;
}

/** Which entries of a log, by their time as well. */
export interface SequenceFilter extends SequenceSelection {
  /** Created at this instant or later. */
  readonly from?: Micros;
  /** Created before this instant. */
  readonly to?: Micros;
}

/** An observation, and the state that it refers to. */
export interface Observation {
  readonly id: number;
  readonly instance_id: number;
}

/** An observation of a state that is known. */
interface Occurrence {
  readonly id: number;
  readonly status: string;
}

/** A sequence entry's own state. */
export interface SequenceEss {
  readonly sequence_id: number;
  readonly ess: EssRow;
}

/** What can be read of logs. */
export interface SequenceReads {
  sequence(moduleId: string, id: number): Promise<SequenceRow | undefined>;
  /** The newest observation. */
  latestSequence(moduleId: string): Promise<SequenceRow | undefined>;
  /** Entries by id. */
  sequencePage(moduleId: string, page: Page, selection?: SequenceSelection): Promise<PageRows<SequenceRow>>;
  /** The entries of a time by `created_at`, then id. */
  sequencesBetween(
    moduleId: string,
    filter: SequenceFilter,
    page: Page<TimeKey>,
  ): Promise<PageRows<SequenceRow, TimeKey>>;
  /** Each entry's own state, repeats kept, by the entry's id. */
  sequenceEssPage(moduleId: string, page: Page, predicted?: PredictedFilter): Promise<PageRows<SequenceEss>>;
  /** Which state each observation refers to, by the id of the entry; with this status alone where one is given. */
  observationPage(moduleId: string, page: Page, status?: string): Promise<Observation[]>;
  /** The observations of one state, by the id of the entry. */
  occurrencePage(moduleId: string, instanceId: number, page: Page): Promise<Occurrence[]>;
}

/** What can be written of logs. */
export interface SequenceWrites {
  /** Adds an entry to an existing module; an observation unless it is said to be `predicted`. */
  insertSequence(
    moduleId: string,
    content: SequenceContent & { readonly predicted?: boolean },
    at: Micros,
  ): Promise<SequenceRow>;
  /** Replaces all but `created_at` and whether it was predicted; undefined where there is no such row. */
  updateSequence(moduleId: string, id: number, content: SequenceContent, at: Micros): Promise<SequenceRow | undefined>;
  /** Marks an entry as predicted; undefined where there is no such row. One that is marked stays as it is. */
  markPredicted(moduleId: string, id: number, at: Micros): Promise<SequenceRow | undefined>;
  /** Returns the row that was deleted; undefined where there was none. */
  deleteSequence(moduleId: string, id: number, at: Micros): Promise<SequenceRow | undefined>;
}
