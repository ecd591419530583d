import { type AppRoute, isAddressable } from "@eca/contract";
import { EcaArgumentError } from "./errors.js";

/** What a call may be given, whatever its route. */
export interface RequestParts {
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A call, ready to be sent any number of times. */
export interface HttpRequest {
  /** The call as the program names it, such as `ess.create`; for texts. */
  readonly operation: string;
  readonly method: string;
  /** Where the API is, without a slash at its end. */
  readonly baseUrl: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/**
 * @param baseUrl without a slash at its end
 * @throws EcaArgumentError for a parameter, a header or a body that cannot be sent
 */
export function buildRequest(baseUrl: string, operation: string, route: AppRoute, parts: RequestParts): HttpRequest {
  const params = parts.params ?? {};
  const path = route.path.replaceAll(/:([^/]+)/g, (_, name: string) => encodeSegment(operation, name, params[name]));
  const body = parts.body === undefined ? undefined : encodeJson(operation, parts.body);
  const headers = buildHeaders(operation, parts.headers ?? {});
  headers.set("accept", "application/json");
  if (body !== undefined) headers.set("content-type", "application/json; charset=utf-8");
  return {
    operation,
    method: route.method,
    baseUrl,
    url: `${baseUrl}${path}${encodeQuery(operation, parts.query ?? {})}`,
    headers,
    body,
  };
}

/** Sets one header. The platform's own error would print the value, which may be a secret. */
export function setHeader(headers: Headers, operation: string, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new EcaArgumentError(`${operation}: HTTP does not allow this value, or this name, for the header "${name}"`);
  }
}

function buildHeaders(operation: string, given: Readonly<Record<string, string>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) setHeader(headers, operation, name, value);
  return headers;
}

/** `""`, `"."` and `".."` are refused: in a URL they name another route, however they are encoded. */
function encodeSegment(operation: string, name: string, value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") {
    throw new EcaArgumentError(`${operation}: params.${name} is missing; it must be text or a number`);
  }
  const text = String(value);
  if (!isAddressable(text)) {
    throw new EcaArgumentError(`${operation}: params.${name} is "${text}", which cannot be part of a URL`);
  }
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new EcaArgumentError(`${operation}: params.${name} is not well-formed Unicode`, { cause });
  }
}

/** Lists become repeated keys; null and undefined are left out. */
function encodeQuery(operation: string, query: Readonly<Record<string, unknown>>): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const item of [value].flat()) {
      if (typeof item === "string" || typeof item === "number" || typeof item === "boolean") {
        pairs.append(key, String(item));
      } else if (item !== undefined && item !== null) {
        throw new EcaArgumentError(`${operation}: query.${key} must be text, a number, a boolean or a list of those`);
      }
    }
  }
  return pairs.size === 0 ? "" : `?${pairs.toString()}`;
}

/** JSON would turn NaN and Infinity into null, and null means the default in many fields: refused. */
function encodeJson(operation: string, body: unknown): string {
  try {
    const pointer = findNonFinite(body, "body");
    if (pointer !== undefined) throw new EcaArgumentError(`${operation}: ${pointer} is not a finite number`);
    return JSON.stringify(body);
  } catch (cause) {
    if (cause instanceof EcaArgumentError) throw cause;
    throw new EcaArgumentError(`${operation}: the body cannot be written as JSON`, { cause });
  }
}

function findNonFinite(value: unknown, pointer: string): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : pointer;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    // States are long lists of numbers: no text is built for those that are in order.
    if (typeof item === "number" ? Number.isFinite(item) : typeof item !== "object") continue;
    const found = findNonFinite(item, `${pointer}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
