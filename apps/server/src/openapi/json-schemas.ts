import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

type ZodSchemas = Readonly<Record<string, z.ZodType>>;
type NamedSchemas = Record<string, JsonSchema>;

/** What may be sent and what is sent back differ, in defaults and in extra keys. */
interface JsonSchemas {
  /** By the key each was given under; named schemas are references to a component. */
  readonly requests: NamedSchemas;
  readonly replies: NamedSchemas;
  /** By their `.meta({ id })`; where request and reply differ, the request's is named `<id>Request`. */
  readonly components: NamedSchemas;
}

const localPrefix = "#/$defs/";
const componentPrefix = "#/components/schemas/";

/**
 * The JSON Schemas of requests and replies, with their named parts as shared components.
 *
 * @throws Error when two different schemas have the same id.
 */
export function toJsonSchemas(requests: ZodSchemas, replies: ZodSchemas): JsonSchemas {
  const sent = convert(requests, "input");
  const answered = convert(replies, "output");
  const differs = (id: string): boolean =>
    id in answered.named && !isDeepStrictEqual(sent.named[id], answered.named[id]);
  const requestName = (id: string): string => (differs(id) ? `${id}Request` : id);
  const replyName = (id: string): string => id;
  return {
    requests: refer(sent.keyed, requestName),
    replies: refer(answered.keyed, replyName),
    components: sortByKey({
      ...renameKeys(refer(sent.named, requestName), requestName),
      ...refer(answered.named, replyName),
    }),
  };
}

function convert(schemas: ZodSchemas, io: "input" | "output"): { keyed: NamedSchemas; named: NamedSchemas } {
  const { properties = {}, $defs = {} } = z.toJSONSchema(z.object(schemas), {
    io,
    // Checks written as functions have no JSON form; their `meta` says the type.
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (io === "output") return;
      // zod drops these of what transforms its input: a default, for a caller what an absent field means, and examples.
      const { default: fallback, examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (fallback !== undefined) jsonSchema.default = fallback;
      if (examples !== undefined) jsonSchema.examples = examples as unknown[];
    },
  });
  return { keyed: properties as NamedSchemas, named: $defs };
}

/** The same schemas with their references pointing to components. */
function refer(schemas: NamedSchemas, nameOf: (id: string) => string): NamedSchemas {
  const text = JSON.stringify(schemas, (key, value: unknown) =>
    key === "$ref" && typeof value === "string" && value.startsWith(localPrefix)
      ? componentPrefix + nameOf(value.slice(localPrefix.length))
      : value,
  );
  return JSON.parse(text) as NamedSchemas;
}

function renameKeys(schemas: NamedSchemas, nameOf: (id: string) => string): NamedSchemas {
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [nameOf(id), schema]));
}

function sortByKey(schemas: NamedSchemas): NamedSchemas {
  return Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
