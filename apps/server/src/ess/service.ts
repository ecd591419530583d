import type { NewEss, PredictedFilter, PrettyEss } from "@eca/contract";
import type { Clock, Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import { createList, type List, listById, mapList } from "../lists/list.js";
import { openShape, requireModule } from "../module/service.js";
import type { RowBatches } from "../lists/row-batches.js";
import type { RowFollower } from "../following/row-follower.js";
import {
  type CreateCondition,
  type ExpectedRevisions,
  requireFirst,
  requireRevision,
} from "../caller/preconditions.js";
import type { StateIndex } from "../search/state-index.js";
import { requireSameModule, requireSequence } from "../sequence/service.js";
import type { EssContent, EssRow, ModuleRow } from "../store/port/rows.js";
import type { Reader, SequenceEss, Store, Transaction } from "../store/port/store.js";
import { type AggregateBounds, asSent, isAggregate, toAggregate } from "./aggregate.js";
import type { Match } from "./match.js";
import { isSameContent, refreshed, requireComponents } from "./refresh.js";
import { findNearest } from "./nearest.js";
import { type PrettyOptions, toPrettyEss } from "./pretty.js";
import { toState } from "./state.js";
import { instancesFor, nearestValence } from "./valence.js";

/** The states of a module. Every look-up throws `module_not_found` on an unknown module. */
export interface EssService {
  /**
   * Stores a state; the first one fixes the shape of its module, which it creates where it is missing.
   *
   * @throws DomainError `shape_mismatch`, `invalid_request`, `precondition_failed`; InvalidAggregateError.
   */
  create(input: NewEss, condition: CreateCondition): Promise<EssRow>;
  /** Replaces a state, keeping `created_at`. @throws DomainError as `create`, or `ess_not_found`. */
  update(moduleId: string, id: number, input: NewEss, expected: ExpectedRevisions): Promise<EssRow>;
  /**
   * Puts an aggregate together anew from its direct components as they are stored, keeping `score`, `context` and
   * `embedding_input`; writes nothing where that changes nothing. A plain state stays as it is.
   *
   * @param allowed The modules that the caller may touch; undefined for all.
   * @throws DomainError `ess_not_found`; `forbidden` where a component is in another module; InvalidAggregateError.
   */
  refresh(moduleId: string, id: number, allowed: readonly string[] | undefined): Promise<EssRow>;
  /** @throws DomainError `ess_not_found`. */
  get(moduleId: string, id: number): Promise<EssRow>;
  /** @throws DomainError `ess_not_found`. */
  getPretty(moduleId: string, id: number): Promise<PrettyEss>;
  /** The state with the lowest id that has this embedding input. @throws DomainError `ess_not_found`. */
  getByEmbedding(moduleId: string, embeddingInput: number): Promise<EssRow>;
  /** The state of one sequence entry; `-1` is the latest that was observed. @throws DomainError `sequence_not_found`. */
  getBySequence(moduleId: string, sequenceId: number): Promise<EssRow>;
  /** All states, by id. */
  list(moduleId: string): Promise<List<EssRow>>;
  /** The state of every sequence entry, newest entry first, repeats kept. */
  listBySequence(moduleId: string, predicted?: PredictedFilter): Promise<List<EssRow>>;
  /** The rows of `aggregateModuleId` with this direct component, newest first. @throws DomainError `ess_not_found`. */
  listAggregates(moduleId: string, id: number, aggregateModuleId: string): Promise<List<EssRow>>;
  /**
   * The `limit` nearest states by Euclidean distance, ties by lower id; none for a module without states or an unknown one.
   *
   * @throws DomainError `shape_mismatch`, `invalid_request`.
   */
  search(moduleId: string, state: readonly number[], limit: number): Promise<RowBatches<Match>>;
}

interface EssServiceDependencies {
  readonly store: Store;
  readonly index: StateIndex;
  readonly clock: Clock;
  readonly pretty: PrettyOptions;
  readonly follower: Pick<RowFollower, "changed">;
  readonly bounds: AggregateBounds;
}

export function createEssService(dependencies: EssServiceDependencies): EssService {
  const { store, index, clock, pretty, follower, bounds } = dependencies;
  return {
    create: (input, condition) =>
      store.transact(async (tx) => {
        const at = clock();
        const module = await tx.module(input.module_id);
        requireFirst(condition, (module?.ess_count ?? 0) > 0, `module "${input.module_id}" has states`);
        const content = await toContent(tx, input, { module, stored: undefined, bounds });
        if (module === undefined) await tx.insertModule(input.module_id, content.state.length, at);
        else if (module.shape === openShape) await tx.fixShape(input.module_id, content.state.length);
        return tx.insertEss(input.module_id, content, at);
      }),

    update: async (moduleId, id, input, expected) => {
      requireSameModule(moduleId, input.module_id);
      return store.transact(async (tx) => {
        const at = clock();
        const row = await replace(tx, input, { id, expected, at, bounds });
        await follower.changed(tx, { kind: "ess", module_id: moduleId, id }, at);
        return row;
      });
    },

    refresh: async (moduleId, id, allowed) => {
      const row = await requireEss(store, moduleId, id);
      if (row.aggregate_id.length === 0) return row;
      return store.transact(async (tx) => {
        const at = clock();
        const stored = await requireEss(tx, moduleId, id);
        requireComponents(stored, allowed);
        const content = await refreshed(tx, stored, bounds);
        if (await isSameContent(stored, content, bounds.timeSlice)) return stored;
        const updated = (await tx.updateEss(moduleId, id, content, at)) ?? essNotFound(moduleId, id);
        await follower.changed(tx, { kind: "ess", module_id: moduleId, id }, at);
        return updated;
      });
    },

    get: (moduleId, id) => requireEss(store, moduleId, id),
    getPretty: async (moduleId, id) => toPrettyEss(await requireEss(store, moduleId, id), pretty),

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
      const { revision } = await requireModule(store, moduleId);
      return listById("asc", (page) => store.essPage(moduleId, page), revision);
    },

    listBySequence: async (moduleId, predicted) => {
      const { revision } = await requireModule(store, moduleId);
      const entries = createList<SequenceEss, number>({
        order: "desc",
        revision,
        read: (page) => store.sequenceEssPage(moduleId, page, predicted),
        keyOf: (entry) => entry.sequence_id,
      });
      return mapList(entries, (entry) => entry.ess);
    },

    listAggregates: async (moduleId, id, aggregateModuleId) => {
      await requireEss(store, moduleId, id);
      const { revision } = await requireModule(store, aggregateModuleId);
      return listById("desc", (page) => store.aggregatesOf(moduleId, id, aggregateModuleId, page), revision);
    },

    search: async (moduleId, numbers, limit) => {
      const state = toState(numbers);
      const module = await store.module(moduleId);
      if (module === undefined || module.shape === openShape) return noBatches();
      requireShape(module, state);
      const { timeSlice } = bounds;
      return findNearest({ index, read: (id) => requireEss(store, moduleId, id), timeSlice }, moduleId, state, limit);
    },
  };
}

async function* noBatches(): RowBatches<never> {}

interface Replacement {
  readonly id: number;
  readonly expected: ExpectedRevisions;
  readonly at: Micros;
  readonly bounds: AggregateBounds;
}

async function replace(tx: Transaction, input: NewEss, { id, expected, at, bounds }: Replacement): Promise<EssRow> {
  const { module_id: moduleId } = input;
  const module = await requireModule(tx, moduleId);
  const stored = await requireEss(tx, moduleId, id);
  requireRevision(stored, expected);
  if (stored.aggregate_id.length > 0 && !isAggregate(input)) throw namesNoComponents(stored);
  const content = await toContent(tx, input, { module, stored, bounds });
  return (await tx.updateEss(moduleId, id, content, at)) ?? essNotFound(moduleId, id);
}

function namesNoComponents({ module_id: moduleId, id }: EssRow): DomainError {
  const detail =
    `ESS ${id} of module "${moduleId}" is an aggregate, and the body names no components; send it as it was read with ` +
    "what changes, or aggregate_id and aggregate_module_id with an empty state; a plain state is an ESS of its own: POST /ess";
  return new DomainError("invalid_request", [{ detail, pointer: "/aggregate_id" }]);
}

/** Where a state is to be stored: in a module that may not exist yet, in a row that may not. */
interface EssPlace {
  readonly module: ModuleRow | undefined;
  /** The row whose place it takes; undefined for a new one. */
  readonly stored: EssRow | undefined;
  readonly bounds: AggregateBounds;
}

async function toContent(reader: Reader, sent: NewEss, { module, stored, bounds }: EssPlace): Promise<EssContent> {
  const instances = await instancesFor(reader, sent);
  // The valence of an aggregate is the sum of its components'; that of a plain state follows from the state.
  const input = { ...sent, valence: sent.valence ?? sent.aggregate_valence.reduce((sum, each) => sum + each, 0) };
  const fixed = module?.shape === openShape ? undefined : module;
  if (isAggregate(input)) {
    return toAggregate(reader, input, { moduleId: input.module_id, stored, shape: fixed?.shape }, bounds);
  }
  const content = asSent(input);
  if (content.state.length === 0) {
    const detail = "state is empty; give at least one number, or aggregate_id and aggregate_module_id";
    throw new DomainError("invalid_request", [{ detail, pointer: "/state" }]);
  }
  if (fixed !== undefined) requireShape(fixed, content.state);
  return instances === undefined ? content : { ...content, valence: nearestValence(instances, content.state) };
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
