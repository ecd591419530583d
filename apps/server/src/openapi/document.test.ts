import { contract, liveContract, rootContract, routesOf } from "@eca/contract";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { readConfig } from "../config/config.js";
import { toLimits } from "../limits/limits.js";
import { openApiDocument } from "./document.js";

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, { schema: object }> };
  readonly responses: Record<string, object>;
}

interface Document {
  readonly tags: readonly { name: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<"schemas" | "responses" | "headers", Record<string, object>>;
}

const { sizes } = toLimits(readConfig({}));
const document = openApiDocument(sizes) as Document;
const routes = [...routesOf(contract), ...routesOf(liveContract), ...routesOf(rootContract)];
const operationOf = (path: string, method: string): Operation | undefined =>
  document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];

describe("openApiDocument", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(openApiDocument(sizes)) as Record<string, unknown>);
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(validator.version).toBe("3.1");
  });

  it("is the same every time", () => {
    expect(JSON.stringify(openApiDocument(sizes))).toBe(JSON.stringify(document));
  });

  it.each(routes)("describes %s", (name, route) => {
    const operation = operationOf(route.path, route.method);
    expect(operation).toMatchObject({
      operationId: name,
      tags: [name.split(".")[0]],
      summary: route.summary,
      "x-eca-access": (route.metadata as { access: string }).access,
    });
    expect(Object.keys(operation?.responses ?? {})).toEqual(Object.keys(route.responses));
    const placed = (operation?.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(placed.map((parameter) => `:${parameter.name}`)).toEqual(
      expect.arrayContaining(route.path.match(/:\w+/g) ?? []),
    );
    expect(placed.every((parameter) => parameter.required)).toBe(true);
    const takesBody = "body" in route && typeof route.body === "object";
    expect(operation?.requestBody !== undefined).toBe(takesBody);
  });

  it.each(routes)("shows an example of what %s takes and returns", (_, route) => {
    const operation = operationOf(route.path, route.method);
    const bodies = Object.values(operation?.requestBody?.content ?? {});
    const replies = Object.entries(operation?.responses ?? {})
      .filter(([status]) => status === "200" || status === "201")
      .flatMap(([, reply]) => Object.values((reply as { content: Record<string, object> }).content));
    for (const shown of [...bodies, ...replies]) expect(shown).toHaveProperty("example", expect.anything());
  });

  it("describes nothing else", () => {
    const operations = Object.values(document.paths).flatMap((item) =>
      Object.keys(item).filter((k) => k !== "servers"),
    );
    expect(operations).toHaveLength(routes.length);
    const groups = new Set(routes.map(([name]) => name.split(".")[0]));
    expect(new Set(document.tags.map((tag) => tag.name))).toEqual(groups);
  });

  it("asks for a session everywhere but on public routes", () => {
    expect(document).toMatchObject({ security: [{ session: [] }] });
    const open = Object.values(document.paths)
      .flatMap((item) => Object.values(item))
      .filter((operation) => operation.security?.length === 0)
      .map((operation) => operation.operationId);
    expect(open).toEqual(["auth.login", "health.healthz", "health.readyz"]);
  });

  it("places health beside /v1", () => {
    expect(document).toMatchObject({ servers: [{ url: "../v1" }] });
    expect(document.paths["/healthz"]).toMatchObject({ servers: [{ url: ".." }] });
  });

  it("gives a named component for every error and documents its headers", () => {
    expect(operationOf("/module", "GET")?.responses["404"]).toEqual({ $ref: "#/components/responses/NotFound" });
    expect(document.components.responses["NotFound"]).toMatchObject({
      headers: {
        "X-Error-Code": { $ref: "#/components/headers/ErrorCode" },
        "X-Request-Id": { $ref: "#/components/headers/RequestId" },
      },
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    });
    expect(operationOf("/ess", "POST")?.responses["400"]).toMatchObject({
      content: {
        "application/json": {
          schema: {
            anyOf: [{ $ref: "#/components/schemas/AggregateError" }, { $ref: "#/components/schemas/Error" }],
          },
        },
      },
    });
  });

  it("tells how long to wait, what a login is sent as, and what a live socket speaks", () => {
    const headersOf = (response: string) => Object.keys(Object(document.components.responses[response]).headers);
    expect(headersOf("TooManyRequests")).toEqual(
      expect.arrayContaining(["Retry-After", "RateLimit", "RateLimit-Policy"]),
    );
    expect(headersOf("Unauthorized")).toContain("WWW-Authenticate");
    expect(headersOf("UpgradeRequired")).toContain("Sec-WebSocket-Version");
    expect(headersOf("NotFound")).toEqual(["X-Error-Code", "X-Request-Id", "Ignored-Fields"]);
  });

  it("uses every component and leaves no schema empty", () => {
    const text = JSON.stringify(document);
    for (const [kind, components] of Object.entries(document.components)) {
      if (kind === "securitySchemes") continue;
      for (const name of Object.keys(components)) expect(text).toContain(`"#/components/${kind}/${name}"`);
    }
    expect(text).not.toContain('"schema":{}');
    expect(text).not.toMatch(/"(?:items|additionalProperties)":\{\}/);
    expect(text).not.toMatch(/"properties":\{(?:[^{}]|\{[^{}]*\})*"\w+":\{\}/);
  });

  it("tells pages, conditions and repeated calls by their parameters and headers", () => {
    const list = operationOf("/sequence/:module_id", "GET");
    expect(list?.parameters).toContainEqual({
      name: "limit",
      in: "query",
      required: false,
      description: expect.any(String),
      schema: { type: "integer", minimum: 1, maximum: 1000, "x-eca-limit": "page_size" },
    });
    expect(list?.responses["200"]).toMatchObject({
      headers: { ETag: { $ref: "#/components/headers/ETag" }, Link: { $ref: "#/components/headers/Link" } },
    });
    expect(list?.responses["304"]).toEqual({
      description: "Not Modified",
      headers: {
        ETag: { $ref: "#/components/headers/ETag" },
        "X-Request-Id": { $ref: "#/components/headers/RequestId" },
      },
    });
    const create = operationOf("/sequence", "POST");
    expect(create?.parameters).toContainEqual(
      expect.objectContaining({ name: "idempotency-key", in: "header", required: false }),
    );
    expect(create?.responses["201"]).toMatchObject({
      headers: {
        "Idempotency-Replayed": { $ref: "#/components/headers/IdempotencyReplayed" },
        "Ignored-Fields": { $ref: "#/components/headers/IgnoredFields" },
      },
    });
  });

  it("tells what an absent field means, and the types of path parameters", () => {
    expect(document.components.schemas["SequenceInsert"]).toMatchObject({
      required: ["module_id", "instance_id"],
      properties: { status: { default: "n" } },
    });
    expect(document.components.schemas["EssInsert"]).toMatchObject({
      required: ["module_id", "state"],
      properties: { aggregate_id: { default: [] }, score: { default: 0 } },
    });
    expect(operationOf("/ess/:module_id/:id", "GET")?.parameters?.slice(0, 2)).toMatchObject([
      { name: "module_id", in: "path", schema: { type: "string", minLength: 1 } },
      { name: "id", in: "path", schema: { type: "integer" } },
    ]);
  });
});
