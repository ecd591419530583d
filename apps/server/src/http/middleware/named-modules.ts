import { type AppRoute, moduleKey } from "@eca/contract";
import { z } from "zod";

/** The parts of a request that may name modules, as the contract has let them through. */
export interface NamingRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** A module that a request names. */
export interface NamedModule {
  readonly moduleId: string;
  /** Where it is in the body, as a JSON Pointer (RFC 6901); undefined outside of the body. */
  readonly pointer?: string;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;
type Pointer = string | undefined;

/** Adds the modules that a value names. */
type Find = (value: unknown, pointer: Pointer, found: NamedModule[]) => void;

const parts = ["params", "query", "body"] as const;

/** Finds the modules that requests of a route name: by whatever its schemas mark with `moduleKey`, at any depth. */
export function namedModulesOf(route: AppRoute): (request: NamingRequest) => NamedModule[] {
  const schemas = { params: route.pathParams, query: route.query, body: "body" in route ? route.body : undefined };
  const finds = parts.flatMap((part) => {
    const schema = schemas[part];
    // What is neither absent nor a marker, such as that of no body at all, is a schema.
    const find = typeof schema === "object" ? compileSchema(schema) : undefined;
    return find === undefined ? [] : [{ part, find }];
  });
  return (request) => {
    const found: NamedModule[] = [];
    for (const { part, find } of finds) find(request[part], part === "body" ? "" : undefined, found);
    return found;
  };
}

/** Undefined where nothing in it names a module. */
function compileSchema(schema: z.ZodType): Find | undefined {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  // Without a mark in its text there is none; parts that refer to themselves are then never followed.
  return JSON.stringify([root, $defs]).includes(moduleKey) ? compile(root, new Definitions($defs)) : undefined;
}

/** The named parts of a schema, each compiled once, as they may refer to themselves. */
class Definitions {
  readonly #schemas: Readonly<Record<string, JsonSchema>>;
  readonly #finds = new Map<string, Find | undefined>();

  constructor(schemas: Readonly<Record<string, JsonSchema>>) {
    this.#schemas = schemas;
  }

  find(reference: string): Find {
    const name = reference.replace("#/$defs/", "");
    return (value, pointer, found) => {
      if (!this.#finds.has(name)) this.#finds.set(name, compile(this.#schemas[name] ?? {}, this));
      this.#finds.get(name)?.(value, pointer, found);
    };
  }
}

function compile(schema: JsonSchema, definitions: Definitions): Find | undefined {
  const { $ref: reference, anyOf = [], oneOf = [], allOf = [] } = schema;
  return all([
    reference === undefined ? undefined : definitions.find(reference),
    ...[...anyOf, ...oneOf, ...allOf].map((each) => compile(each, definitions)),
    schema[moduleKey] === true ? findText : undefined,
    compileObject(schema, definitions),
    compileArray(schema, definitions),
  ]);
}

const findText: Find = (value, pointer, found) => {
  if (typeof value === "string") found.push({ moduleId: value, ...(pointer !== undefined && { pointer }) });
};

function compileObject(schema: JsonSchema, definitions: Definitions): Find | undefined {
  const { properties = {}, additionalProperties, propertyNames } = schema;
  const byName = new Map(
    Object.entries(properties).map(([name, each]) => [name, compile(each as JsonSchema, definitions)]),
  );
  const ofOthers = isSchema(additionalProperties) ? compile(additionalProperties, definitions) : undefined;
  const ofNames = isSchema(propertyNames) ? compile(propertyNames, definitions) : undefined;
  if (ofNames === undefined && ofOthers === undefined && ![...byName.values()].some(Boolean)) return undefined;
  return (value, pointer, found) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [name, each] of Object.entries(value)) {
      const at = below(pointer, name);
      ofNames?.(name, at, found);
      (byName.has(name) ? byName.get(name) : ofOthers)?.(each, at, found);
    }
  };
}

function compileArray({ items, prefixItems = [] }: JsonSchema, definitions: Definitions): Find | undefined {
  const first = prefixItems.map((each) => compile(each as JsonSchema, definitions));
  const rest = isSchema(items) ? compile(items, definitions) : undefined;
  if (rest === undefined && !first.some(Boolean)) return undefined;
  return (value, pointer, found) => {
    if (!Array.isArray(value)) return;
    for (const [index, each] of value.entries()) {
      (index < first.length ? first[index] : rest)?.(each, below(pointer, String(index)), found);
    }
  };
}

function all(finds: readonly (Find | undefined)[]): Find | undefined {
  const known = finds.filter((find) => find !== undefined);
  if (known.length <= 1) return known[0];
  return (value, pointer, found) => {
    for (const find of known) find(value, pointer, found);
  };
}

function isSchema(schema: unknown): schema is JsonSchema {
  return typeof schema === "object" && schema !== null && !Array.isArray(schema);
}

function below(pointer: Pointer, name: string): Pointer {
  return pointer === undefined ? undefined : `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
