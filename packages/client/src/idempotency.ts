import type { AppRoute, RoutePolicy } from "@eca/contract";
import { EcaArgumentError } from "./errors.js";

/** The header that carries a call's key. */
export const keyHeader = "idempotency-key";

/** Whether a route takes a key. The server ignores one on every other, such as a log-in. */
export function takesKey(route: AppRoute): boolean {
  return keyHeader in (route.headers ?? {});
}

/**
 * Whether a call gets a key by itself: where the server takes one, and the call changes something that a second
 * time would change again.
 */
export function needsKey(route: AppRoute, body: unknown): boolean {
  if (!takesKey(route)) return false;
  const { rate, effects } = route.metadata as RoutePolicy;
  if (effects === undefined) return rate === "write";
  if (typeof body !== "object" || body === null) return false;
  return Object.keys(effects).some((field) => Reflect.get(body, field) === true);
}

/** A key that no other call has: a random UUID (RFC 9562), which browsers make for secure pages alone, or 128 random bits. */
export function newKey(): string {
  const { crypto } = globalThis;
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A key as the header has it: a string of RFC 8941, section 3.3.3.
 *
 * @throws EcaArgumentError unless it has 1 to 255 characters of printable ASCII
 */
export function encodeKey(operation: string, key: string): string {
  if (!/^[ -~]{1,255}$/.test(key)) {
    throw new EcaArgumentError(`${operation}: idempotencyKey must have 1 to 255 characters of printable ASCII`);
  }
  return `"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
