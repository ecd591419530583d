import { DomainError } from "../errors/domain-error.js";

/** A key that came with another call before, or where a secret is kept under it, with another token. */
export function keyMismatch(isSealed: boolean): DomainError {
  return new DomainError(
    "idempotency_mismatch",
    `header Idempotency-Key: came with another call before${isSealed ? ", or with another session or key of yours" : ""}; ` +
      "take a new key for each call, and send the same bytes again to repeat one",
  );
}

/** A call whose first attempt goes on. */
export function keyInFlight(): DomainError {
  return new DomainError(
    "idempotency_in_flight",
    "header Idempotency-Key: the first call with this key is still under way; repeat this one to get its answer",
  );
}

/** A call that writes nothing, whose answer has more bytes than are kept of one. */
export function tooLargeToKeep(bytes: number): DomainError {
  return new DomainError(
    "invalid_request",
    `header Idempotency-Key: the answer has more than the ${bytes} bytes that are kept under a key; ask for less, or leave the key out`,
  );
}
