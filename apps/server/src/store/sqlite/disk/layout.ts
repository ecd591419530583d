/** Bytes of a page of the database; every database of ours has pages of this size. */
export const pageBytes = 4096;

/** Where the checksums of a database's pages lie. */
export const sumsBeside = (database: string): string => `${database}-sums`;

/** Where SQLite keeps its write-ahead log. */
export const logBeside = (database: string): string => `${database}-wal`;

/** Where SQLite keeps the index of its write-ahead log. */
export const logIndexBeside = (database: string): string => `${database}-shm`;

/** The folder of what was found damaged. */
export const damagedBeside = (database: string): string => `${database}-damaged`;
