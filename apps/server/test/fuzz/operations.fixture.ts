import fc from "fast-check";
import { readConfig } from "../../src/config/config.js";
import { toLimits } from "../../src/limits/limits.js";
import { openApiDocument } from "../../src/openapi/document.js";
import {
  type ArbitraryOptions,
  arbitraryOf,
  changed,
  type JsonSchema,
  recordOf,
  strangeValue,
} from "./json-schema-arbitrary.fixture.js";

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: JsonSchema;
}

interface Header {
  readonly required?: boolean;
}

interface DocumentResponse {
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, DocumentResponse>>;
    readonly headers: Readonly<Record<string, Header>>;
  };
}

interface DocumentOperation {
  readonly operationId: string;
  readonly servers?: unknown;
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: JsonSchema } } };
  readonly responses: Readonly<Record<string, DocumentResponse | { readonly $ref: string }>>;
}

/** Which headers an answer has, by their lower-case names. */
interface AnswerHeaders {
  readonly always: readonly string[];
  readonly atTimes: readonly string[];
}

/** One operation of the OpenAPI document. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{name}` for parameters; below the server's address. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | undefined;
  /** The statuses that it may answer, each with its headers. */
  readonly answers: ReadonlyMap<number, AnswerHeaders>;
}

/** A request as it goes out. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const { sizes } = toLimits(readConfig({}));
const document = openApiDocument(sizes) as Document;

/** Every operation of the OpenAPI document; what deletes comes last, so that the others find something. */
export const operations: readonly Operation[] = Object.entries(document.paths)
  .flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => method !== "servers")
      .map(([method, operation]) => ({
        id: operation.operationId,
        method: method.toUpperCase(),
        path: "servers" in item ? path : `/v1${path}`,
        parameters: (operation.parameters ?? []).filter(isOwn),
        body: operation.requestBody?.content["application/json"].schema,
        answers: new Map(
          Object.entries(operation.responses).map(([status, response]) => [Number(status), answerHeaders(response)]),
        ),
      })),
  )
  .toSorted((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));

/** What every operation has is among the strange headers. */
function isOwn(parameter: Parameter | { readonly $ref: string }): parameter is Parameter {
  return !("$ref" in parameter);
}

function answerHeaders(response: DocumentResponse | { readonly $ref: string }): AnswerHeaders {
  const { responses, headers } = document.components;
  const told = "$ref" in response ? responses[response.$ref.replace("#/components/responses/", "")] : response;
  const names = Object.entries(told?.headers ?? {});
  const isRequired = ($ref: string): boolean => headers[$ref.replace("#/components/headers/", "")]?.required === true;
  const those = (wanted: boolean): string[] =>
    names.filter(([, { $ref }]) => isRequired($ref) === wanted).map(([name]) => name.toLowerCase());
  return { always: those(true), atTimes: those(false) };
}

/** Requests of an operation: right ones, nearly right ones and hostile ones. */
export function requestsOf(
  operation: Operation,
  hints: Pick<ArbitraryOptions, "pools" | "wanted">,
): fc.Arbitrary<FuzzRequest> {
  const options = { components: document.components.schemas, ...hints };
  return fc.oneof(
    { weight: 4, arbitrary: requestOf(operation, options, (valid) => valid) },
    {
      weight: 3,
      arbitrary: requestOf(operation, options, (valid, place) =>
        fc.oneof({ weight: place === "body" ? 1 : 4, arbitrary: valid }, { weight: 1, arbitrary: changed(valid) }),
      ),
    },
    { weight: 2, arbitrary: requestOf(operation, options, (valid) => fc.oneof(valid, strangeValue), true) },
  );
}

type Bend = (valid: fc.Arbitrary<unknown>, place: Parameter["in"] | "body") => fc.Arbitrary<unknown>;

function requestOf(
  { method, path, parameters, body }: Operation,
  options: ArbitraryOptions,
  bend: Bend,
  isHostile = false,
): fc.Arbitrary<FuzzRequest> {
  const valuesIn = (place: Parameter["in"]): fc.Arbitrary<Record<string, unknown>> => {
    const own = parameters.filter((parameter) => parameter.in === place);
    const required = own.filter((parameter) => parameter.required).map(({ name }) => name);
    const values = own.map(({ name, schema }) => [name, bend(arbitraryOf(schema, options, name), place)] as const);
    return recordOf(Object.fromEntries(values), required);
  };
  const values = body === undefined ? fc.constant(undefined) : bend(arbitraryOf(body, options), "body");
  return fc
    .record({
      path: valuesIn("path"),
      query: valuesIn("query"),
      header: valuesIn("header"),
      body: values,
      // Rows do not move: the module of a body is mostly that of the path.
      isSameModule: fc.constantFrom(true, true, true, false),
      // A call without a body comes with one too, as some callers send `null`.
      strangeBody: isHostile ? seldom(hostileBody) : body === undefined ? seldom(fc.constant("null")) : never,
      strangeSegment: isHostile ? seldom(hostileSegment) : never,
      strangeQuery: isHostile ? seldom(hostileQuery) : never,
      strangeHeaders: isHostile ? hostileHeaders : never,
    })
    .map(({ isSameModule, strangeBody, strangeSegment, strangeQuery, strangeHeaders, ...values }) => {
      const text =
        strangeBody ?? toJson(isSameModule ? withModule(values.body, values.path["module_id"]) : values.body);
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => strangeSegment ?? segmentOf(values.path[name]));
      const query = strangeQuery ?? queryOf(values.query);
      return {
        method,
        path: query === "" ? filled : `${filled}?${query}`,
        headers: { ...headersOf(values.header), ...strangeHeaders },
        ...(text !== undefined && { body: text }),
      };
    });
}

function toJson(value: unknown): string | undefined {
  return JSON.stringify(value);
}

function withModule(body: unknown, moduleId: unknown): unknown {
  const isNamed = typeof body === "object" && body !== null && "module_id" in body;
  return isNamed && moduleId !== undefined ? { ...body, module_id: moduleId } : body;
}

/** A lone surrogate has no escape of its own: its bytes are no UTF-8. */
function encode(value: unknown): string {
  return encodeURIComponent(String(value).replaceAll(/\p{Surrogate}/gu, "\ufffd"));
}

function segmentOf(value: unknown): string {
  return encode(typeof value === "object" ? JSON.stringify(value) : value).slice(0, 6000);
}

function queryOf(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => `${name}=${segmentOf(one)}`))
    .join("&")
    .slice(0, 6000);
}

function headersOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      String(value)
        .replaceAll(/[^\t -~]/g, "?")
        .slice(0, 2000),
    ]),
  );
}

const never = fc.constant(undefined);

function seldom<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 2, arbitrary: never }, { weight: 1, arbitrary: value });
}

const hostileSegment = fc.oneof(
  fc.constantFrom(
    "%00",
    "%zz",
    "%",
    "%ED%A0%80",
    "%C0%AF",
    "..",
    ".",
    "%2e%2e",
    "%2F",
    "%5C",
    "a%20b",
    "-",
    "-1",
    "0",
    "+1",
  ),
  fc.constantFrom(
    "9".repeat(30),
    "1e5",
    "0x1",
    "__proto__",
    "constructor",
    "x".repeat(5000),
    "%F0%9F%98%80",
    ";",
    "sequence",
  ),
  fc.string({ unit: "grapheme", minLength: 1 }).map(encode),
);

const hostileQuery = fc.oneof(
  fc.constantFrom("%", "%zz", "=", "&&&", "limit[]=1", "__proto__=1", "limit=1&limit=2", "a[b][c]=1", "?", "after=%00"),
  fc.string({ unit: "grapheme" }).map(encode),
);

const hostileHeaders = recordOf(
  {
    "content-type": fc.constantFrom(
      "text/plain",
      "application/json; charset=utf-16",
      "application/problem+json",
      "x",
      "",
    ),
    "content-encoding": fc.constantFrom("gzip", "identity", "br"),
    accept: fc.constantFrom("application/problem+json", "text/html", "application/problem+json;q=0", "*", ","),
    "if-match": fc.constantFrom("*", '"1"', '"0"', "1", 'W/"1"', ""),
    "if-none-match": fc.constantFrom("*", '"1"', "x"),
    "idempotency-key": fc.constantFrom("again", '"again"', '"', " ", "x".repeat(300)),
    "x-request-id": fc.constantFrom("fine", "not fine", "x".repeat(500)),
    traceparent: fc.constantFrom("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0-0-0", "x"),
    "x-forwarded-for": fc.constantFrom("1.2.3.4", "::1, x", ",,,"),
    range: fc.constantFrom("bytes=0-1"),
  },
  [],
) as fc.Arbitrary<Record<string, string>>;

const hostileBody = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "[]",
    "null",
    "NaN",
    '"',
    "\0",
    "undefined",
    '{"a":1,"a":1}',
    "[".repeat(100),
    "1e400",
    "{}{}",
  ),
  fc.json(),
  fc.string({ unit: "binary" }),
);
