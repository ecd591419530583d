import { type AppRoute, type AppRouter, type ErrorCode, type RoutePolicy, routesOf, type RowKind } from "@eca/contract";
import { z } from "zod";
import { DomainError } from "../../errors/domain-error.js";
import type { KeptReply } from "../../idempotency/keyed-call.js";
import type { RowRange } from "../../store/port/rows.js";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import type { RowReply } from "../../reply.js";
import { successOf } from "./reply-writer.js";
import { toKeptReply } from "./row-writer.js";

/** Returns a row as it is now, found by the fields that the path of its `getOne` names. @throws DomainError where it is gone. */
export type ShowRow = (fields: Readonly<Record<string, unknown>>) => Promise<RowReply>;

/** The replies of a route that returns one row. */
export interface RowReplies {
  /** The name of the route by which the row is shown: `ess.getOne`. */
  readonly shownBy: string;
  /** The row that the body of a reply is. */
  rangeOf(body: unknown): RowRange;
  /**
   * A kept reply with its row as it is now; a secret stays as it was. Where the row is gone, undefined for a reply that an older server kept without naming its row. Any other would have been
   * forgotten by an explicit delete, so that it is returned as it was.
   */
  now(first: KeptReply, show: ShowRow): Promise<KeptReply | undefined>;
}

/** Undefined where a route does not return one row. @throws Error where the contract has no route that shows it. */
export function createRowReplies(
  contract: AppRouter,
  route: AppRoute,
  { row: kind, secretReply = [] }: RoutePolicy,
  timeSlice: TimeSlice,
): RowReplies | undefined {
  if (kind === undefined) return undefined;
  const shownBy = `${kind}.getOne`;
  const fields = fieldsOf(contract, shownBy);
  const idField = fields.find((field) => field !== "module_id") ?? "id";
  const success = successOf(route);
  return {
    shownBy,

    rangeOf: (body) => {
      const row = body as Readonly<Record<string, number | string>>;
      const id = row[idField] as number | string;
      const moduleId = fields.includes("module_id") ? String(row["module_id"]) : null;
      return { kind, module_id: moduleId, first: id, last: id };
    },

    now: async (first, show) => {
      const shown = JSON.parse(first.body) as Readonly<Record<string, unknown>>;
      const pick = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, shown[name]]));
      try {
        const row = await show(pick(fields));
        const body = { ...(row.body as object), ...pick(secretReply) };
        return await toKeptReply(success, { ...row, headers: first.headers, body }, timeSlice);
      } catch (error) {
        if (!isNotFound(error, kind)) throw error;
        return first.rows === undefined ? undefined : first;
      }
    },
  };
}

/** The fields by which a route finds a row: its id, beside the `module_id` where it belongs to a module. */
function fieldsOf(contract: AppRouter, name: string): readonly string[] {
  for (const [other, { pathParams }] of routesOf(contract)) {
    if (other === name && pathParams instanceof z.ZodObject) return Object.keys(pathParams.shape);
  }
  throw new Error(`the contract has no ${name} that finds a row by its path`);
}

function isNotFound(error: unknown, kind: RowKind): boolean {
  const codes: readonly ErrorCode[] = [`${kind}_not_found`, "module_not_found"];
  return error instanceof DomainError && codes.includes(error.code);
}
