import { type AppRoute, type AppRouter, routesOf } from "@eca/contract";
import type { RequestHandler } from "express";
import { z } from "zod";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import "../request/context.js";
import { type StandardSchema, toStandardSchema, type Verdict } from "../request/standard-schema.js";

/** Entries of a list that are validated before others have their turn: about a millisecond. */
const entriesPerStep = 2048;

/** How the long bodies of a contract's routes are validated. */
interface LongBodies {
  /** The schema of a route's body that knows what `validate` has found; undefined where no body is long. */
  readonly schemaOf: (route: AppRoute) => StandardSchema | undefined;
  /** Validates bodies with long lists; to be called behind all that looks at a body. */
  readonly validate: RequestHandler;
}

/**
 * ts-rest validates a body in one go, which takes ten milliseconds and more for lists of ten thousands of entries.
 * Here those are validated list by list and piece by piece, and ts-rest receives the result.
 */
export function validateLongBodies(contract: AppRouter, timeSlice: TimeSlice): LongBodies {
  const verdicts = new WeakMap<object, Verdict>();
  const bodies = new Map<AppRoute | undefined, BodySchema>();
  for (const [, route] of routesOf(contract)) {
    const schema = "body" in route ? bodySchemaOf(route.body) : undefined;
    if (schema !== undefined) bodies.set(route, schema);
  }
  return {
    schemaOf: (route) => {
      const schema = bodies.get(route)?.whole;
      if (schema === undefined) return undefined;
      return toStandardSchema((body) => {
        const found = typeof body === "object" && body !== null ? verdicts.get(body) : undefined;
        return found ?? (schema["~standard"].validate(body) as Verdict);
      });
    },
    validate: (req, _res, next) => {
      const schema = bodies.get(req.tsRestRoute);
      const body: unknown = req.body;
      if (schema === undefined || !hasLongLists(schema, body)) {
        next();
        return;
      }
      validateInTurns(schema, body, timeSlice).then((verdict) => {
        verdicts.set(body, verdict);
        next();
      }, next);
    },
  };
}

/** The schema of a body, and of its fields that are lists. */
export interface BodySchema {
  readonly whole: z.ZodObject;
  readonly lists: ReadonlyMap<string, z.ZodArray>;
}

/** Undefined where a body has no lists of any length. */
export function bodySchemaOf(whole: unknown): BodySchema | undefined {
  if (!(whole instanceof z.ZodObject)) return undefined;
  const lists = Object.entries(whole.shape).flatMap(([key, field]) => {
    const list = listOf(field as z.ZodType);
    return list === undefined ? [] : [[key, list] as const];
  });
  return lists.length === 0 ? undefined : { whole, lists: new Map(lists) };
}

/** The schema of a list; undefined where more than its entries decides what it is worth. */
function listOf(field: z.ZodType): z.ZodArray | undefined {
  if (field instanceof z.ZodArray) return (field.def.checks ?? []).length === 0 ? field : undefined;
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable) return listOf(field.unwrap() as z.ZodType);
  // A default, which leaves what is given as it is.
  if (field instanceof z.ZodPipe && field.out instanceof z.ZodTransform) return listOf(field.in as z.ZodType);
  return undefined;
}

function isLongList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > entriesPerStep;
}

function hasLongLists({ lists }: BodySchema, body: unknown): body is Readonly<Record<string, unknown>> {
  if (typeof body !== "object" || body === null) return false;
  for (const key of lists.keys()) if (isLongList((body as Readonly<Record<string, unknown>>)[key])) return true;
  return false;
}

/** What the schema says of a body, which is the same as at once; others have their turn in between. */
export async function validateInTurns(
  { whole, lists }: BodySchema,
  body: Readonly<Record<string, unknown>>,
  timeSlice: TimeSlice,
): Promise<Verdict> {
  const short: Record<string, unknown> = { ...body };
  const entriesOf: Record<string, unknown[]> = {};
  const issues: z.core.$ZodIssue[] = [];
  for (const [key, list] of lists) {
    const entries = body[key];
    if (!isLongList(entries)) continue;
    short[key] = [];
    const valid: unknown[] = [];
    entriesOf[key] = valid;
    for (let start = 0; start < entries.length; start += entriesPerStep) {
      if (timeSlice.isOver) await timeSlice.next();
      const { data = [], error } = list.safeParse(entries.slice(start, start + entriesPerStep));
      for (const entry of data) valid.push(entry);
      for (const issue of error?.issues ?? []) issues.push(at(key, start, issue));
    }
  }
  if (timeSlice.isOver) await timeSlice.next();
  const { data, error } = whole.safeParse(short);
  if (error === undefined && issues.length === 0) return { value: { ...data, ...entriesOf } };
  return { issues: inOrder([...issues, ...(error?.issues ?? [])], Object.keys(whole.shape)) };
}

/** The same issue in the list of a body that its piece is from. */
function at(key: string, start: number, issue: z.core.$ZodIssue): z.core.$ZodIssue {
  const [index, ...rest] = issue.path;
  return { ...issue, path: [key, start + Number(index), ...rest] };
}

/** As one pass over the fields finds them. */
function inOrder(issues: readonly z.core.$ZodIssue[], keys: readonly string[]): z.core.$ZodIssue[] {
  const place = ({ path }: z.core.$ZodIssue): number => keys.indexOf(String(path[0]));
  return issues.toSorted((a, b) => place(a) - place(b));
}
