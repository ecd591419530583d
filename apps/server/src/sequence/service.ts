import type { NewSequence } from "@eca/contract";
import type { Actor } from "../caller/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import type { Clock } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import { createList, type List, listById } from "../lists/list.js";
import { requireModule } from "../module/service.js";
import {
  type CreateCondition,
  type ExpectedRevisions,
  requireFirst,
  requireRevision,
} from "../caller/preconditions.js";
import type { RowFollower } from "../following/row-follower.js";
import type { SequenceContent, SequenceRow } from "../store/port/rows.js";
import type { Reader, SequenceFilter, Store, TimeKey } from "../store/port/store.js";

/** The id that names the latest entry of a log that was observed. */
export const latest = -1;

/** The time-ordered log of a module: which state occurred when. */
export interface SequenceService {
  /**
   * @throws DomainError `module_not_found`, `ess_not_found` when `instance_id` is not a state of the module,
   * `precondition_failed`.
   */
  create(entry: NewSequence, condition: CreateCondition): Promise<SequenceRow>;
  /** The entries that a filter lets through, oldest first. @throws DomainError `module_not_found`. */
  list(moduleId: string, filter: SequenceFilter): Promise<List<SequenceRow>>;
  /** One entry; `-1` is the latest that was observed. @throws DomainError `module_not_found`, `sequence_not_found`. */
  get(moduleId: string, id: number): Promise<SequenceRow>;
  /** Replaces an entry; a predicted one stays predicted. @throws DomainError as `create` and `get` do, or `invalid_request` on a foreign module. */
  update(moduleId: string, id: number, entry: NewSequence, expected: ExpectedRevisions): Promise<SequenceRow>;
  /**
   * Deletes an entry and answers it.
   *
   * @throws DomainError `module_not_found`, `sequence_not_found`, `precondition_failed`.
   */
  delete(moduleId: string, id: number, expected: ExpectedRevisions, actor: Actor): Promise<SequenceRow>;
}

export interface SequenceServiceDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Pick<AuditLog, "record">;
  readonly follower: RowFollower;
}

export function createSequenceService(dependencies: SequenceServiceDependencies): SequenceService {
  const { store, clock, audit, follower } = dependencies;
  return {
    create: ({ module_id: moduleId, ...content }, condition) =>
      store.transact(async (tx) => {
        await requireInstance(tx, moduleId, content);
        if (condition.first) {
          const { sequence_count: count } = await requireModule(tx, moduleId);
          requireFirst(condition, count > 0, `module "${moduleId}" has sequence entries`);
        }
        return tx.insertSequence(moduleId, content, clock());
      }),

    list: async (moduleId, filter) => {
      const { revision } = await requireModule(store, moduleId);
      if (filter.from === undefined && filter.to === undefined) {
        return listById("asc", (page) => store.sequencePage(moduleId, page, filter), revision);
      }
      return createList<SequenceRow, TimeKey>({
        order: "asc",
        revision,
        read: (page) => store.sequencesBetween(moduleId, filter, page),
        keyOf: (row) => [row.created_at, row.id],
      });
    },

    get: (moduleId, id) => requireSequence(store, moduleId, id),

    update: async (moduleId, id, { module_id: bodyModuleId, ...content }, expected) => {
      requireSameModule(moduleId, bodyModuleId);
      return store.transact(async (tx) => {
        await requireEntry(tx, moduleId, id, expected);
        await requireInstance(tx, moduleId, content);
        const at = clock();
        const row = (await tx.updateSequence(moduleId, id, content, at)) ?? sequenceNotFound(moduleId, id);
        await follower.changed(tx, { kind: "sequence", module_id: moduleId, id }, at);
        return row;
      });
    },

    delete: (moduleId, id, expected, actor) =>
      store.transact(async (tx) => {
        await requireEntry(tx, moduleId, id, expected);
        const at = clock();
        const row = (await tx.deleteSequence(moduleId, id, at)) ?? sequenceNotFound(moduleId, id);
        const reference = { kind: "sequence", module_id: moduleId, id } as const;
        await follower.deleted(tx, reference, at);
        await tx.forgetReplies(reference);
        await audit.record(tx, actor, { kind: "sequence_deleted", moduleId, rowId: id });
        return row;
      }),
  };
}

/**
 * The entry with this id, or the latest that was observed where the id is `-1`.
 *
 * @throws DomainError `module_not_found`, `sequence_not_found`.
 */
export async function requireSequence(reader: Reader, moduleId: string, id: number): Promise<SequenceRow> {
  const row = await (id === latest ? reader.latestSequence(moduleId) : reader.sequence(moduleId, id));
  if (row !== undefined) return row;
  const { sequence_count: count } = await requireModule(reader, moduleId);
  if (id !== latest) return sequenceNotFound(moduleId, id);
  const what = count === 0 ? "has no sequence yet" : "has predicted sequence entries alone, none that was observed";
  throw new DomainError("sequence_not_found", `module "${moduleId}" ${what}`);
}

/** @throws DomainError `invalid_request` when the body names another module than the path. */
export function requireSameModule(pathModuleId: string, bodyModuleId: string): void {
  if (bodyModuleId === pathModuleId) return;
  const detail = `module_id is "${bodyModuleId}" in the body and "${pathModuleId}" in the path; rows do not move`;
  throw new DomainError("invalid_request", [{ detail, pointer: "/module_id" }]);
}

/** @throws DomainError `module_not_found`, `sequence_not_found`, `precondition_failed`. */
async function requireEntry(reader: Reader, moduleId: string, id: number, expected: ExpectedRevisions): Promise<void> {
  const row = await reader.sequence(moduleId, id);
  if (row === undefined) await requireModule(reader, moduleId);
  requireRevision(row ?? sequenceNotFound(moduleId, id), expected);
}

async function requireInstance(reader: Reader, moduleId: string, { instance_id: id }: SequenceContent): Promise<void> {
  if (await reader.hasEss(moduleId, id)) return;
  await requireModule(reader, moduleId);
  const detail = `instance_id is ${id}, module "${moduleId}" has no such ESS`;
  throw new DomainError("ess_not_found", [{ detail, pointer: "/instance_id" }]);
}

function sequenceNotFound(moduleId: string, id: number): never {
  throw new DomainError("sequence_not_found", `module "${moduleId}" has no sequence entry ${id}`);
}
