import type { AggregateErrorBody, ErrorCode } from "@eca/contract";

/** One thing that is wrong, and where: `pointer` is an RFC 6901 path into the request body. */
export interface Fault {
  readonly detail: string;
  readonly pointer?: string;
}

/**
 * A refusal with a stable code. Services throw it; `http/errors/error-table.ts` alone knows its status.
 * The texts reach the caller, so they name the field and the fix and nothing of the inside.
 */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly faults: readonly Fault[];

  constructor(
    readonly code: ErrorCode,
    faults: string | readonly Fault[],
    options?: ErrorOptions,
  ) {
    const list = typeof faults === "string" ? [{ detail: faults }] : cut(faults);
    super(list.map((fault) => fault.detail).join("; "), options);
    this.faults = list;
  }
}

/** Beyond these nobody reads on, and telling all that is wrong with a hostile body would cost more than reading it. */
export const mostFaults = 100;

function cut(faults: readonly Fault[]): readonly Fault[] {
  if (faults.length <= mostFaults) return faults;
  return [...faults.slice(0, mostFaults), { detail: `and ${faults.length - mostFaults} more faults` }];
}

/** Everything that is wrong with one aggregate, in the wire's own shape. */
export class AggregateFaults extends DomainError {
  constructor(readonly body: AggregateErrorBody) {
    super(
      "invalid_aggregate",
      Object.entries(body).flatMap(([key, texts]) => [texts].flat().map((text) => ({ detail: `${key}: ${text}` }))),
    );
  }
}
