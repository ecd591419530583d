/** What a caller's trace says of the call that it made: W3C Trace Context, section 3.2. */
export interface TraceContext {
  /** 32 hexadecimal digits, the same for all calls of a trace. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the caller's own span, which this call is a child of. */
  readonly parentId: string;
  /** Whether the caller may have recorded its span. */
  readonly sampled: boolean;
}

/** `version-format` of section 3.2.2: what follows a later version's flags is not defined yet. */
const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads a `traceparent` header; undefined where it is absent or malformed, as a receiver must then go on
 * as if there was none (section 3.2.2.1 to 3.2.2.5, section 4.3).
 */
export function parseTraceParent(header: string | readonly string[] | undefined): TraceContext | undefined {
  if (typeof header !== "string") return undefined;
  const [, version, traceId, parentId, flags, rest] = pattern.exec(header) ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  // Version 00 has nothing behind its flags.
  if (version === "00" && rest !== undefined) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
