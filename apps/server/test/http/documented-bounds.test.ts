import { isDeepStrictEqual } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { toLimits } from "../../src/limits/limits.js";
import { openApiDocument } from "../../src/openapi/document.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";
import { candidatesFor, edgesOf, fits, type ValueSchema } from "./documented-bounds.fixture.js";

/** The OpenAPI document bounds every text and number that callers send, and tells the truth in both directions. */

interface Schema extends ValueSchema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly maxItems?: number;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Schema } } };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** One value that callers send. */
interface Place {
  readonly part: Parameter["in"] | "body";
  readonly name: string;
  /** Whether the value stands in a list of that name. */
  readonly isEntry: boolean;
  readonly schema: Schema;
}

interface Call {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly places: readonly Place[];
}

// Small enough for texts beyond them to be sent many times.
const environment = { ECA_MAX_TEXT_LENGTH: "300", ECA_MAX_MODULE_ID_LENGTH: "20", ECA_MAX_PAGE_SIZE: "50" };
const document = openApiDocument(toLimits(readConfig(environment)).sizes) as Document;
const calls: Call[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => method !== "servers")
    .map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path: "servers" in item ? path : `/v1${path}`,
      places: placesOf(operation),
    })),
);

function placesOf({ parameters, requestBody }: Operation): Place[] {
  const own = parameters.map((parameter) => resolve<Parameter>(parameter));
  const sent = own.flatMap(({ in: part, name, schema }) => valuesIn(schema).map((value) => ({ part, name, ...value })));
  const body = requestBody && resolve<Schema>(requestBody.content["application/json"].schema);
  const fields = Object.entries(body?.properties ?? {}).flatMap(([name, schema]) =>
    valuesIn(schema).map((value) => ({ part: "body" as const, name, ...value })),
  );
  return [...sent, ...fields];
}

function resolve<T>(value: T & { readonly $ref?: string }): T {
  if (value.$ref === undefined) return value;
  const keys = value.$ref.split("/").slice(1);
  return resolve(keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], document) as typeof value);
}

/** The texts and whole numbers of a schema. */
function valuesIn(given: Schema, isEntry = false): { schema: Schema; isEntry: boolean }[] {
  const schema = resolve<Schema>(given);
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((option) => valuesIn(option, isEntry));
  if (schema.items !== undefined) return valuesIn(schema.items, true);
  return ["string", "integer"].includes(schema.type ?? "") ? [{ schema, isEntry }] : [];
}

const places = calls.flatMap(({ id, places: own }) =>
  own.map((place) => [`${id} ${place.part} ${place.name}`, place] as const),
);

describe("the document", () => {
  it.each(places)("bounds %s", (_name, { schema }) => {
    const isClosed = schema.enum !== undefined || schema.const !== undefined;
    const keys = schema.type === "integer" ? ["minimum", "maximum"] : ["maxLength"];
    for (const key of isClosed ? [] : keys) expect(schema).toHaveProperty(key, expect.any(Number));
  });

  it.each(places.filter(([, { part }]) => part === "header"))("says what %s is made of", (_name, { schema }) => {
    expect(schema.pattern ?? schema.const).toEqual(expect.any(String));
  });
});

describe("the server", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ ...environment, ECA_RATE_EXEMPT: "127.0.0.1" });
    expect((await server.get("/v1/openapi.json")).json).toEqual(document);
    // Of a module that is not there, no cursor is looked at.
    expect((await server.post("/v1/ess", { module_id: "m", state: [1], valence: 1 })).status).toBe(201);
  });

  it.each(calls.filter(({ id, places: own }) => id !== "auth.logout" && own.length > 1))(
    "takes of $id what fits the document, and refuses what does not",
    async ({ id, method, path, places: own }) => {
      for (const place of own.filter(({ name }) => name !== "x-request-id")) {
        const texts = candidatesOf(id, place);
        const verdicts = texts.map((text) => [place.name, text, fits(place.schema, text)]);
        const taken: typeof verdicts = [];
        for (const text of texts)
          taken.push([place.name, text, !isRefused(await send({ method, path }, place, text), place, text)]);
        expect(taken).toEqual(verdicts);
      }
    },
  );

  it("takes over an X-Request-Id that fits, and no other", async () => {
    const place = places.find(([, { name }]) => name === "x-request-id")?.[1] as Place;
    for (const text of candidatesFor(place.schema).filter((text) => canBeSent(place, text))) {
      const { headers } = await send({ method: "GET", path: "/healthz" }, place, text);
      expect([text, headers["x-request-id"] === text]).toEqual([text, fits(place.schema, text)]);
      expect(fits(place.schema, String(headers["x-request-id"]))).toBe(true);
    }
  });

  const send = ({ method, path }: Pick<Call, "method" | "path">, place: Place, text: string): Promise<Answer> => {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const other = /^(?:module_id|aggregate_module_id|user_id|key_id)$/.test(name) ? "m" : "1";
      return encodeURIComponent(place.part === "path" && place.name === name ? text : other);
    });
    const value = place.schema.type === "integer" && Number.isFinite(Number(text)) ? Number(text) : text;
    const body = place.part === "body" ? { [place.name]: place.isEntry ? [value] : value } : {};
    return server.call({
      method,
      path: place.part === "query" ? `${filled}?${place.name}=${encodeURIComponent(text)}` : filled,
      ...(method !== "GET" && { body }),
      ...(place.part === "header" && { headers: { [place.name]: text } }),
    });
  };
});

/** Of values that are the same on many routes, all are tried on the first one, and the edges on the others. */
function candidatesOf(id: string, place: Place): string[] {
  const first = calls.find((call) => call.places.some((other) => isDeepStrictEqual(other, place)));
  const candidates = first?.id === id ? candidatesFor(place.schema) : edgesOf(place.schema);
  return candidates.filter((text) => canBeSent(place, text));
}

/** Whether a request can carry a text there at all. */
function canBeSent({ part, schema }: Place, text: string): boolean {
  if (/\p{Surrogate}/u.test(text)) return false;
  // An empty segment is another path; a header's blanks at either end are none of its value.
  if (part === "path") return text !== "";
  if (part === "header") return /^[\t -~\u00a0-\u00ff]*$/.test(text) && text === text.trim();
  // What JSON writes as a number of that value is the same number.
  return part !== "body" || schema.type !== "integer" || !/^(?:1e3|0x1)$/.test(text);
}

function isRefused({ status, headers, json }: Answer, { part, name, isEntry, schema }: Place, text: string): boolean {
  const code = headers["x-error-code"];
  // Longer than a whole head may be.
  if (code === "headers_too_large") return true;
  // Which of the texts that look like one is the cursor of a page, no document can say.
  if (code === "invalid_cursor") return name !== "after" || !fits(schema, text);
  if (status !== 400 || code !== "invalid_request") return false;
  const errors: string[] = json.errors;
  return errors.some((error) => {
    if (part === "body")
      return error.startsWith(isEntry ? `${name}[0]: ` : `${name}: `) && !error.includes("is missing");
    if (part === "header") return error.toLowerCase().startsWith(`header ${name}: `);
    return error.startsWith(`${part} parameter ${name}: `);
  });
}
