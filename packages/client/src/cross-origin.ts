import type { ErrorCode } from "@eca/contract";

/** What the server's own refusal of such a page is called, which a browser keeps to itself. */
export const originNotAllowed: ErrorCode = "origin_not_allowed";

/** The origin of the page that calls; undefined outside browsers. */
export function pageOrigin(): string | undefined {
  return (globalThis as { location?: { origin?: string } }).location?.origin;
}

/**
 * Whether a call failed because the server does not allow calls from pages of this origin. A browser says nothing of it, but
 * lets any page read what `/healthz` answers; the headers of that it shows only to a page that is allowed.
 *
 * @param baseUrl of the API; `/healthz` stands beside its last segment
 * @returns false, too, where no server answers
 */
export async function isOriginRefused(
  fetch: typeof globalThis.fetch,
  baseUrl: string,
  signal: AbortSignal,
): Promise<boolean> {
  const page = pageOrigin();
  if (page === undefined || new URL(baseUrl).origin === page) return false;
  try {
    const reply = await fetch(new URL("healthz", baseUrl).href, { signal, credentials: "omit" });
    const { status } = (await reply.json()) as { status?: unknown };
    return reply.ok && status === "ok" && !reply.headers.has("x-request-id");
  } catch {
    return false;
  }
}
