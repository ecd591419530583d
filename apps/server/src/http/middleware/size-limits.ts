import {
  type AppRoute,
  type AppRouter,
  countCharacters,
  isStorable,
  limitKey,
  routesOf,
  type SizeLimit,
} from "@eca/contract";
import type { RequestHandler } from "express";
import { z } from "zod";
import { DomainError, type Issue, maxIssues } from "../../errors/domain-error.js";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import type { Limits, Size } from "../../limits/limits.js";
import "../request/context.js";
import { requestIssue, type RequestPart } from "../request/request-issue.js";

/**
 * Rejects what is larger than the contract's schemas and the server's limits allow, before any of it is
 * validated: to list all that is wrong with a million entries would cost more than to read them.
 * The bounds are those of the schemas: `maxLength`, `maxItems`, and the limit that `limitedBy` names.
 *
 * @throws Error when a schema leaves a text or a list unbounded, so that no route can forget its limits.
 */
export function checkSizes(
  sizes: Limits["sizes"],
  timeSlice: TimeSlice,
  ...contracts: readonly AppRouter[]
): RequestHandler {
  const checks = new Map<AppRoute | undefined, RouteChecks>();
  for (const contract of contracts) {
    for (const [name, route] of routesOf(contract)) checks.set(route, checksOf(name, route, sizes));
  }
  return (req, _res, next) => {
    const route = checks.get(req.tsRestRoute);
    if (route === undefined) throw new Error("a route is mounted whose sizes nobody checks");
    const { path, query, body } = route;
    const findings = new Findings();
    path?.(req.params, undefined, findings.in("path"));
    query?.(req.query, undefined, findings.in("query"));
    body?.(req.body, undefined, findings.in("body"));
    if (findings.isComplete) next(findings.toError());
    else void findings.complete(timeSlice).then(next, next);
  };
}

type RouteChecks = Readonly<Partial<Record<"path" | "query" | "body", Check>>>;

/** Reports what is too large in a value at a place in a part of a request. */
type Check = (value: unknown, place: Place | undefined, report: Report) => void;

/** A key in the value at another place; undefined for the whole. To name it costs nothing until it is reported. */
interface Place {
  readonly within: Place | undefined;
  readonly key: PropertyKey;
}

function pathOf(place: Place | undefined): PropertyKey[] {
  return place === undefined ? [] : [...pathOf(place.within), place.key];
}

interface Report {
  issue(place: Place | undefined, what: string): void;
  /** Leaves a check to be made in steps, between which others have their turn. */
  later(steps: (report: Report) => Generator<undefined, void, undefined>): void;
}

/** What is wrong with the sizes of a request, in the order of its parts. */
class Findings {
  readonly #lists: Issue[][] = [];
  readonly #steps: Generator<undefined, void, undefined>[] = [];

  /** Takes what is reported in a part of the request. */
  in(part: RequestPart): Report {
    let issues = this.#open();
    return {
      issue: (place, what) => void issues.push(requestIssue(part, pathOf(place), what)),
      later: (steps) => {
        this.#steps.push(steps(this.in(part)));
        issues = this.#open();
      },
    };
  }

  /** Whether no steps are left to make. */
  get isComplete(): boolean {
    return this.#steps.length === 0;
  }

  async complete(timeSlice: TimeSlice): Promise<DomainError | undefined> {
    for (const steps of this.#steps) {
      while (steps.next().done !== true) if (timeSlice.isOver) await timeSlice.next();
    }
    return this.toError();
  }

  toError(): DomainError | undefined {
    const issues = this.#lists.some(({ length }) => length > 0) ? this.#lists.flat() : [];
    return issues.length > 0 ? new DomainError("invalid_request", issues) : undefined;
  }

  #open(): Issue[] {
    const issues: Issue[] = [];
    this.#lists.push(issues);
    return issues;
  }
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

interface Context {
  /** Names the part of the request in the error of an unbounded schema. */
  readonly where: string;
  readonly named: Readonly<Record<string, JsonSchema>>;
  readonly sizes: Limits["sizes"];
}

function checksOf(name: string, route: AppRoute, sizes: Limits["sizes"]): RouteChecks {
  const parts = { path: route.pathParams, query: route.query, body: "body" in route ? route.body : undefined };
  const checks: Record<string, Check> = {};
  for (const [part, schema] of Object.entries(parts)) {
    // What is neither absent nor a marker, such as that of no body at all, is a schema.
    if (typeof schema !== "object") continue;
    const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    const check = compile(root, { where: `${name} ${part}`, named: $defs, sizes });
    if (check !== undefined) checks[part] = check;
  }
  return checks;
}

/** Undefined where nothing can be too large. */
function compile(schema: JsonSchema, context: Context): Check | undefined {
  if (schema.$ref !== undefined) return compile(context.named[schema.$ref.replace("#/$defs/", "")] ?? {}, context);
  if (schema.anyOf !== undefined) return compileAll(schema.anyOf, context);
  if (Array.isArray(schema.type)) {
    const types = schema.type as NonNullable<JsonSchema["type"]>[];
    return compileAll(
      types.map((type) => ({ ...schema, type })),
      context,
    );
  }
  if (schema.enum !== undefined || schema.const !== undefined) return undefined;
  switch (schema.type) {
    case "object":
      return compileObject(schema, context);
    case "array":
      return compileArray(schema, context);
    case "string":
      return withinMax(boundsOf(schema, schema.maxLength, context), (value, max) => {
        // Of at most so many code units there are at most so many characters.
        if (typeof value !== "string" || value.length <= max) return undefined;
        const amount = countCharacters(value);
        return { amount, text: `has ${amount} characters` };
      });
    case "integer":
      if (!(limitKey in schema)) return undefined;
      return withinMax(boundsOf(schema, undefined, context), (value) => {
        const amount = Number(value);
        return { amount, text: `is ${amount}` };
      });
    case "number":
    case "boolean":
    case "null":
      return undefined;
    default:
      throw new Error(`${context.where}: nothing bounds a schema of type ${String(schema.type)}`);
  }
}

function compileAll(schemas: readonly JsonSchema[], context: Context): Check | undefined {
  const checks = schemas.map((schema) => compile(schema, context)).filter((check) => check !== undefined);
  if (checks.length <= 1) return checks[0];
  return (value, place, report) => {
    for (const check of checks) check(value, place, report);
  };
}

function compileObject({ properties = {} }: JsonSchema, context: Context): Check | undefined {
  const checks = Object.entries(properties).flatMap(([key, schema]) => {
    const check = compile(schema as JsonSchema, { ...context, where: `${context.where}.${key}` });
    return check === undefined ? [] : [[key, check] as const];
  });
  if (checks.length === 0) return undefined;
  return (value, within, report) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, check] of checks) check((value as Record<string, unknown>)[key], { within, key }, report);
  };
}

/** Entries of a list that are looked at before others have their turn: less than a millisecond. */
const entriesPerStep = 2048;

/** Entries are looked at only where there are not too many of them. */
function compileArray(schema: JsonSchema, context: Context): Check {
  const items = compile(schema.items as JsonSchema, { ...context, where: `${context.where}[]` });
  const length = withinMax(boundsOf(schema, schema.maxItems, context), (value) =>
    Array.isArray(value) ? { amount: value.length, text: `has ${value.length} entries` } : undefined,
  );
  const isFit = fitnessOf(schema.items as JsonSchema);
  const look = function* (
    entries: readonly unknown[],
    place: Place | undefined,
    report: Report,
  ): Generator<undefined, void, undefined> {
    if (isFit !== undefined && entries.length > maxIssues) {
      let misfits = 0;
      for (let index = 0; index < entries.length; index++) {
        if (!isFit(entries[index])) misfits += 1;
        if (index % entriesPerStep === entriesPerStep - 1) yield;
      }
      if (misfits > maxIssues) {
        report.issue(place, `${misfits} of ${entries.length} entries are of a wrong type`);
        return;
      }
    }
    if (items === undefined) return;
    for (let index = 0; index < entries.length; index++) {
      items(entries[index], { within: place, key: index }, report);
      if (index % entriesPerStep === entriesPerStep - 1) yield;
    }
  };
  return (value, place, report) => {
    if (!Array.isArray(value) || length(value, place, report)) return;
    if (value.length > entriesPerStep) report.later((own) => look(value, place, own));
    // Of so few entries the first step is the last.
    else look(value, place, report).next();
  };
}

type Fitness = (entry: unknown) => boolean;

/** A quick look at an entry of a list of plain values; undefined for other lists. */
function fitnessOf(schema: JsonSchema): Fitness | undefined {
  const checks = alternativesOf(schema).map(fitnessOfOne);
  const known = checks.filter((check) => check !== undefined);
  if (known.length < checks.length) return undefined;
  const [first, second] = known;
  if (second === undefined) return first;
  return known.length === 2
    ? (entry) => first?.(entry) === true || second(entry)
    : (entry) => known.some((isFit) => isFit(entry));
}

function alternativesOf(schema: JsonSchema): JsonSchema[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((option) => alternativesOf(option));
  return [schema.type].flat().map((type) => ({ ...schema, type }) as JsonSchema);
}

function fitnessOfOne({ type, minLength = 0 }: JsonSchema): Fitness | undefined {
  switch (type) {
    case "number":
      return Number.isFinite;
    case "integer":
      return Number.isSafeInteger;
    case "string":
      return (entry) => typeof entry === "string" && entry.length >= minLength && isStorable(entry);
    case "null":
      return (entry) => entry === null;
    default:
      return undefined;
  }
}

interface Bound {
  readonly max: number;
  readonly setting?: string;
}

/** The bounds of a text or a list. @throws Error when there is none. */
function boundsOf(schema: JsonSchema, max: number | undefined, { where, sizes }: Context): Bound[] {
  const limit = schema[limitKey] as SizeLimit | undefined;
  const size: Size | undefined = limit && sizes[limit];
  const bounds = [...(max === undefined ? [] : [{ max }]), ...(size === undefined ? [] : [size])];
  if (bounds.length === 0) throw new Error(`${where}: nothing bounds it; give it a maximum or a limit`);
  return bounds;
}

/** A check that returns whether it reported. */
function withinMax(
  bounds: readonly Bound[],
  measure: (value: unknown, max: number) => { amount: number; text: string } | undefined,
) {
  const [{ max, setting }] = bounds.toSorted((a, b) => a.max - b.max) as [Bound];
  const limit = `the limit is ${max}${setting === undefined ? "" : ` (${setting})`}`;
  return (value: unknown, place: Place | undefined, report: Report): boolean => {
    const measured = measure(value, max);
    if (measured === undefined || !(measured.amount > max)) return false;
    report.issue(place, `${measured.text}; ${limit}`);
    return true;
  };
}
