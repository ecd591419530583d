import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contract, rootContract } from "./contract.js";
import { liveContract, modelCommand } from "./live.js";
import { problem } from "./errors.js";
import { type AppRoute, isOtherResponse, routesOf } from "./route.js";

const routes = [...routesOf(contract), ...routesOf(rootContract), ...routesOf(liveContract)];

/** Every schema that a request or a reply of the route is checked against, by where it is. */
function schemasOf(name: string, route: AppRoute): [where: string, schema: z.ZodType][] {
  const parts = {
    path: route.pathParams,
    query: route.query,
    header: route.headers && z.object(route.headers),
    body: "body" in route ? route.body : undefined,
    ...Object.fromEntries(
      Object.entries(route.responses).map(([status, reply]) => [status, isOtherResponse(reply) ? reply.body : reply]),
    ),
  };
  return Object.entries(parts).flatMap(([part, schema]) =>
    schema instanceof z.ZodType ? [[`${name} ${part}`, schema] as [string, z.ZodType]] : [],
  );
}

const schemas: [where: string, schema: z.ZodType][] = [
  ...routes.flatMap(([name, route]) => schemasOf(name, route)),
  ["problem", problem],
  ["live command", modelCommand],
];

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** All named schemas and all fields that are not described, by where they are. */
function undescribed(where: string, schema: z.ZodType): string[] {
  const io = where.endsWith(" body") ? "input" : "output";
  const root = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  const missing: string[] = [];
  const definition = ({ $ref }: JsonSchema): JsonSchema => root.$defs?.[String($ref).replace("#/$defs/", "")] ?? {};
  const isDescribed = (given: JsonSchema): boolean =>
    [given.description, definition(given).description].some((text) => text !== undefined && text.length > 0) ||
    (given.anyOf ?? given.allOf ?? []).some((part) => isDescribed(part));
  const walk = (given: JsonSchema, path: string): void => {
    for (const [name, field] of Object.entries((given.properties ?? {}) as Record<string, JsonSchema>)) {
      if (!isDescribed(field)) missing.push(`${path}.${name}`);
      walk(field, `${path}.${name}`);
    }
    const parts = [given.items, ...(given.anyOf ?? []), ...(given.allOf ?? []), given.additionalProperties];
    for (const part of parts) if (typeof part === "object" && part !== null) walk(part as JsonSchema, path);
  };
  walk(root, where);
  for (const [id, named] of Object.entries(root.$defs ?? {})) {
    if (!isDescribed(named)) missing.push(id);
    walk(named, id);
  }
  return missing;
}

/** The schemas with an `id`, which the OpenAPI document has as components. */
function namedSchemas(): Map<string, z.ZodType> {
  const named = new Map<string, z.ZodType>();
  const visit = (schema: unknown): void => {
    if (!(schema instanceof z.ZodType)) return;
    const id = schema.meta()?.id;
    if (id !== undefined) {
      if (named.has(id)) return;
      named.set(id, schema);
    }
    if (schema instanceof z.ZodObject) for (const field of Object.values(schema.shape)) visit(field);
    const { element, innerType, in: input, options } = schema.def as unknown as Record<string, unknown>;
    for (const part of [element, innerType, input, ...(Array.isArray(options) ? options : [])]) visit(part);
  };
  for (const [, schema] of schemas) visit(schema);
  return named;
}

const named = [...namedSchemas()];

describe("descriptions", () => {
  it("are there for every field of every request and reply, and for every named schema", () => {
    expect(new Set(schemas.flatMap(([where, schema]) => undescribed(where, schema)))).toEqual(new Set());
  });

  it("are sentences", () => {
    const texts = named.map(([id, schema]) => `${id}: ${schema.description}`);
    expect(texts.filter((text) => !/: (`|[A-Z0-9]).*[.`]$/s.test(text))).toEqual([]);
  });
});

describe("examples", () => {
  it.each(named)("of %s are there, and are what the schema takes", (_, schema) => {
    const examples = (schema.meta()?.["examples"] ?? []) as unknown[];
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(schema.safeParse(example)).toMatchObject({ success: true });
  });

  it("are there for the body and the success of every route", () => {
    const without = schemas
      .filter(([where]) => / (body|20[01])$/.test(where))
      .filter(([, schema]) => {
        const row = schema instanceof z.ZodArray ? (schema.element as z.ZodType) : schema;
        return row.meta()?.["examples"] === undefined;
      });
    expect(without.map(([where]) => where)).toEqual([]);
  });
});
