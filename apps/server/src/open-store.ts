export { openSqliteStore as openStore } from "./store/sqlite/sqlite-store.js";
export { holdsData } from "./store/sqlite/data-folder.js";
export { backUp, restore } from "./store/sqlite/copies.js";
export { requireSound, verifyDatabase } from "./store/sqlite/verify.js";
export type { OnProgress, Progress } from "./store/sqlite/progress.js";
