import type { NewEss, PrettyEss } from "@eca/contract";
import type { Clock } from "../clock.js";
import { DomainError } from "../errors.js";
import type { Pages } from "../handler.js";
import { requireModule } from "../module/service.js";
import { mapPages, walk } from "../pages.js";
import type { StateIndex } from "../search/state-index.js";
import { requireSameModule, requireSequence } from "../sequence/service.js";
import type { EssContent, EssRow, ModuleRow } from "../store/rows.js";
import type { Reader, Store, Transaction } from "../store/store.js";
import { asSent, isAggregate, toAggregate } from "./aggregate.js";
import { type TextOf, toPrettyEss } from "./pretty.js";
import { toState } from "./state.js";

/** A state that a search found, and its distance as a 32-bit float. */
export interface Match {
  readonly score: number;
  readonly ess: EssRow;
}

/** The states of a module. Every look-up throws `module_not_found` on an unknown module. */
export interface EssService {
  /**
   * Stores a state; the first one creates the module and fixes its shape.
   *
   * @throws DomainError `shape_mismatch`, `invalid_request`; AggregateFaults.
   */
  create(input: NewEss): Promise<EssRow>;
  /** Replaces a state, keeping `created_at`. @throws DomainError as `create`, or `ess_not_found`. */
  update(moduleId: string, id: number, input: NewEss): Promise<EssRow>;
  /** @throws DomainError `ess_not_found`. */
  get(moduleId: string, id: number): Promise<EssRow>;
  /** @throws DomainError `ess_not_found`. */
  getPretty(moduleId: string, id: number): Promise<PrettyEss>;
  /** The state with the lowest id that has this embedding input. @throws DomainError `ess_not_found`. */
  getByEmbedding(moduleId: string, embeddingInput: number): Promise<EssRow>;
  /** The state of one sequence entry; `-1` is the latest. @throws DomainError `sequence_not_found`. */
  getBySequence(moduleId: string, sequenceId: number): Promise<EssRow>;
  /** All states, by id. */
  list(moduleId: string): Promise<Pages<EssRow>>;
  /** The state of every sequence entry, newest entry first, repeats kept. */
  listBySequence(moduleId: string): Promise<Pages<EssRow>>;
  /** The rows of `aggregateModuleId` with this direct component, newest first. @throws DomainError `ess_not_found`. */
  listAggregates(moduleId: string, id: number, aggregateModuleId: string): Promise<Pages<EssRow>>;
  /**
   * The `limit` nearest states by Euclidean distance, ties by lower id; none for an unknown module.
   *
   * @throws DomainError `shape_mismatch`, `invalid_request`.
   */
  search(moduleId: string, state: readonly number[], limit: number): Promise<Pages<Match>>;
}

interface EssServiceDependencies {
  readonly store: Store;
  readonly index: StateIndex;
  readonly clock: Clock;
  readonly textOf: TextOf;
}

export function createEssService({ store, index, clock, textOf }: EssServiceDependencies): EssService {
  return {
    create: (input) =>
      store.transact(async (tx) => {
        const at = clock();
        const module = await tx.module(input.module_id);
        const content = await toContent(tx, input, module, undefined);
        if (module === undefined) await tx.insertModule(input.module_id, content.state.length, at);
        return tx.insertEss(input.module_id, content, at);
      }),

    update: async (moduleId, id, input) => {
      requireSameModule(moduleId, input.module_id);
      return store.transact((tx) => replace(tx, id, input, clock()));
    },

    get: (moduleId, id) => requireEss(store, moduleId, id),
    getPretty: async (moduleId, id) => toPrettyEss(await requireEss(store, moduleId, id), textOf),

    getByEmbedding: async (moduleId, embeddingInput) => {
      const row = await store.essByEmbedding(moduleId, embeddingInput);
      if (row !== undefined) return row;
      await requireModule(store, moduleId);
      throw new DomainError("ess_not_found", `module "${moduleId}" has no ESS with embedding input ${embeddingInput}`);
    },

    getBySequence: async (moduleId, sequenceId) => {
      const { instance_id: id } = await requireSequence(store, moduleId, sequenceId);
      return requireEss(store, moduleId, id);
    },

    list: async (moduleId) => {
      await requireModule(store, moduleId);
      return walk("asc", (page) => store.essPage(moduleId, page), idOf);
    },

    listBySequence: async (moduleId) => {
      await requireModule(store, moduleId);
      const entries = walk(
        "desc",
        (page) => store.sequenceEssPage(moduleId, page),
        (entry) => entry.sequence_id,
      );
      return mapPages(entries, (entry) => entry.ess);
    },

    listAggregates: async (moduleId, id, aggregateModuleId) => {
      await requireEss(store, moduleId, id);
      await requireModule(store, aggregateModuleId);
      return walk("desc", (page) => store.aggregatesOf(moduleId, id, aggregateModuleId, page), idOf);
    },

    search: async (moduleId, numbers, limit) => {
      const state = toState(numbers);
      const module = await store.module(moduleId);
      if (module === undefined) return noPages();
      requireShape(module, state);
      return toResults(store, moduleId, await index.search(moduleId, state, limit));
    },
  };
}

const idOf = (row: EssRow): number => row.id;

async function* noPages(): Pages<never> {}

async function* toResults(
  reader: Reader,
  moduleId: string,
  matches: readonly { readonly id: number; readonly score: number }[],
): Pages<Match> {
  const pageSize = 500;
  for (let start = 0; start < matches.length; start += pageSize) {
    const page: Match[] = [];
    for (const { id, score } of matches.slice(start, start + pageSize)) {
      page.push({ score, ess: await requireEss(reader, moduleId, id) });
    }
    yield page;
  }
}

async function replace(tx: Transaction, id: number, input: NewEss, at: number): Promise<EssRow> {
  const { module_id: moduleId } = input;
  const module = await requireModule(tx, moduleId);
  await requireEss(tx, moduleId, id);
  const content = await toContent(tx, input, module, id);
  return (await tx.updateEss(moduleId, id, content, at)) ?? essNotFound(moduleId, id);
}

async function toContent(
  reader: Reader,
  input: NewEss,
  module: ModuleRow | undefined,
  id: number | undefined,
): Promise<EssContent> {
  if (isAggregate(input)) {
    return toAggregate(reader, input, { moduleId: input.module_id, id, shape: module?.shape });
  }
  const content = asSent(input);
  if (content.state.length === 0) {
    const detail = "state is empty; give at least one number, or aggregate_id and aggregate_module_id";
    throw new DomainError("invalid_request", [{ detail, pointer: "/state" }]);
  }
  if (module !== undefined) requireShape(module, content.state);
  return content;
}

function requireShape({ module_id: moduleId, shape }: ModuleRow, state: Float32Array): void {
  if (state.length === shape) return;
  const detail = `state has ${state.length} numbers, module "${moduleId}" has shape ${shape}`;
  throw new DomainError("shape_mismatch", [{ detail, pointer: "/state" }]);
}

/** @throws DomainError `module_not_found`, `ess_not_found`. */
export async function requireEss(reader: Reader, moduleId: string, id: number): Promise<EssRow> {
  const row = await reader.ess(moduleId, id);
  if (row !== undefined) return row;
  await requireModule(reader, moduleId);
  return essNotFound(moduleId, id);
}

function essNotFound(moduleId: string, id: number): never {
  throw new DomainError("ess_not_found", `module "${moduleId}" has no ESS ${id}`);
}
