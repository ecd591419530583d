import { isDeepStrictEqual } from "node:util";
import { type AppRoute, errorCode, problem } from "@eca/contract";
import { z } from "zod";
import { errorTable } from "../../src/http/errors/error-table.js";
import type { Answer } from "../test-server.fixture.js";
import type { Operation } from "./operations.fixture.js";

/** What of an answer is not as the OpenAPI document and the contract say; nothing where all of it is. */
export function violationsOf(operation: Operation, route: AppRoute, answer: Answer): string[] {
  const { status, headers } = answer;
  const violations: string[] = [];
  if (status === 500) violations.push("the server failed");
  if (!operation.answers.has(status)) violations.push(`the document has no status ${status}`);
  if (!/^[\w.:-]{1,128}$/.test(String(headers["x-request-id"]))) violations.push("no request id");
  violations.push(...headerViolations(operation, answer), ...codeViolations(answer), ...bodyViolations(route, answer));
  return violations.map((violation) => `${violation}: ${status} ${answer.text.slice(0, 1000)}`);
}

/** Of HTTP itself, and what guards browsers: on every answer, and nothing that a caller goes by. */
const commonHeaders = new Set([
  "cache-control",
  "connection",
  "content-length",
  "content-security-policy",
  "content-type",
  "cross-origin-resource-policy",
  "date",
  "referrer-policy",
  "transfer-encoding",
  "vary",
  "x-content-type-options",
]);

function* headerViolations({ answers }: Operation, { status, headers }: Answer): Generator<string> {
  const { always, atTimes } = answers.get(status) ?? { always: [], atTimes: [] };
  for (const name of always) if (headers[name] === undefined) yield `the header ${name} is missing`;
  for (const name of Object.keys(headers)) {
    if (![...always, ...atTimes].includes(name) && !commonHeaders.has(name)) yield `the document has no header ${name}`;
  }
}

function* codeViolations({ status, headers }: Answer): Generator<string> {
  const code = headers["x-error-code"];
  if (status < 400) {
    if (code !== undefined) yield `the success has the error code ${String(code)}`;
    return;
  }
  const known = errorCode.safeParse(code);
  if (!known.success) yield `no code of the closed set: ${String(code)}`;
  else if (errorTable[known.data].status !== status) yield `${known.data} has another status`;
}

function* bodyViolations(route: AppRoute, { status, headers, text, json }: Answer): Generator<string> {
  const type = headers["content-type"];
  if (type === "application/problem+json") {
    yield* schemaViolations(problem, json);
    if (json?.status !== status || json?.code !== headers["x-error-code"]) yield "the problem tells of another";
    return;
  }
  const schema = (route.responses as Record<number, unknown>)[status];
  if (schema instanceof z.ZodType) {
    if (type !== "application/json; charset=utf-8") yield `the type is ${String(type)}`;
    yield* schemaViolations(schema, json);
  } else if (typeof schema === "symbol") {
    if (text !== "") yield "there is a body where none belongs";
  } else if (!String(type).startsWith("text/plain")) {
    yield `the type is ${String(type)}`;
  }
}

function* schemaViolations(schema: z.ZodType, json: unknown): Generator<string> {
  const parsed = schema.safeParse(json);
  if (!parsed.success) yield `not of the schema: ${parsed.error.message}`;
  // What the schema does not know it has taken away.
  else if (!isDeepStrictEqual(parsed.data, json)) yield "more than the schema knows";
}
