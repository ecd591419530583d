/** The names without a hyphen; the others need no list. */
type PlainName = "allow" | "date" | "etag" | "link" | "location" | "server" | "vary";

/**
 * The headers of a reply, each a property under its name in lower case: `headers["x-request-id"]`. They are
 * plain data, which `structuredClone`, `postMessage` and `JSON.stringify` keep.
 */
export type ReplyHeaders = { readonly [Name in PlainName | `${string}-${string}`]?: string } & HeaderMethods;

/** As in the platform's `Headers`, in any case of letters. Copies of a reply have the headers alone. */
interface HeaderMethods {
  get(name: string): string | null;
  has(name: string): boolean;
}

/** Copies headers into plain data. */
export function toReplyHeaders(headers: Headers): ReplyHeaders {
  const plain: object = {};
  // Set-Cookie alone comes more than once, and browsers show it to nobody.
  for (const [name, value] of headers) define(plain, name, { value, enumerable: true });
  const find = (name: string): string | undefined => {
    const key = name.toLowerCase();
    return Object.prototype.propertyIsEnumerable.call(plain, key) ? (plain as Record<string, string>)[key] : undefined;
  };
  define(plain, "get", { value: (name: string) => find(name) ?? null, enumerable: false });
  define(plain, "has", { value: (name: string) => find(name) !== undefined, enumerable: false });
  return plain as ReplyHeaders;
}

/** Assignment would call a setter for a header named `__proto__`. A header named as a method stays a header. */
function define(target: object, name: string, property: PropertyDescriptor): void {
  if (!Object.hasOwn(target, name)) Object.defineProperty(target, name, property);
}
