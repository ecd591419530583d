import type { ErrorCode } from "@eca/contract";

/** The code of the server's own error for such a page. Browsers hide that error from the page. */
export const originNotAllowed: ErrorCode = "origin_not_allowed";

/** The origin of the page that calls; undefined outside browsers. */
export function pageOrigin(): string | undefined {
  return (globalThis as { location?: { origin?: string } }).location?.origin;
}

/**
 * Whether a call failed because the server does not allow calls from pages of this origin. A browser hides the reason, but
 * lets any page read the body of `/healthz`. Its headers are shown only to a page that is allowed.
 *
 * @param baseUrl of the API; `/healthz` is beside its last segment
 * @returns false, too, where no server responds
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
