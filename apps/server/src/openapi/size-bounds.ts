import { limitKey, type SizeLimit } from "@eca/contract";

/** What the limits of a server allow. */
export type DocumentedSizes = Readonly<Record<SizeLimit, { readonly max: number }>>;

/** Where JSON Schema has the bound of a type. */
const boundOf: Readonly<Record<string, string>> = { string: "maxLength", array: "maxItems", integer: "maximum" };

/** A document in which every schema that names a limit has it as its bound, unless it has a narrower one. */
export function withSizeBounds<Document extends object>(document: Document, sizes: DocumentedSizes): Document {
  const text = JSON.stringify(document, (_key, value: unknown) => (isLimited(value) ? bounded(value, sizes) : value));
  return JSON.parse(text) as Document;
}

interface Limited {
  readonly type: string;
  readonly [limitKey]: SizeLimit;
  readonly [bound: string]: unknown;
}

function isLimited(value: unknown): value is Limited {
  return typeof value === "object" && value !== null && limitKey in value;
}

function bounded(schema: Limited, sizes: DocumentedSizes): object {
  const key = boundOf[schema.type];
  if (key === undefined) throw new Error(`a schema of type ${schema.type} has no bound that a limit could set`);
  const own = schema[key];
  const { max } = sizes[schema[limitKey]];
  return { ...schema, [key]: typeof own === "number" ? Math.min(own, max) : max };
}
