import { createRequire } from "node:module";

/** The version of this server, as its package says: `0.1.0`. */
export const serverVersion = (createRequire(import.meta.url)("../package.json") as { version: string }).version;
