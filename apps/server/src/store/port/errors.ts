/** The disk is too full for the write. */
export class StoreFullError extends Error {
  override readonly name = "StoreFullError";
}

/** The disk takes no writes: its file system is mounted read-only, or the folder's permissions forbid it. */
export class StoreReadOnlyError extends Error {
  override readonly name = "StoreReadOnlyError";
}

/** What was to be read is not what was written, or the disk cannot read it. The rest of the data is served. */
export class StoreDamagedError extends Error {
  override readonly name = "StoreDamagedError";
}

/** The disk failed a read, a write or a flush. */
export class StoreFailedError extends Error {
  override readonly name = "StoreFailedError";
}

/** Another program kept the store from being written for longer than a write waits. */
export class StoreBusyError extends Error {
  override readonly name = "StoreBusyError";
}

/** The store was asked to write over what is there already. */
export class StoreRefusedError extends Error {
  override readonly name = "StoreRefusedError";
}

/** The store was closed before the call. */
export class StoreClosedError extends Error {
  override readonly name = "StoreClosedError";
}

/** The data cannot be opened: another process holds it, or a newer version wrote it. */
export class StoreUnusableError extends Error {
  override readonly name = "StoreUnusableError";
}

/** The errors of a store that its operator can do something about: each says what. */
export const operatorErrors = [
  StoreBusyError,
  StoreDamagedError,
  StoreFailedError,
  StoreFullError,
  StoreReadOnlyError,
  StoreRefusedError,
  StoreUnusableError,
] as const;
