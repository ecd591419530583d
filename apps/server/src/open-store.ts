export { openSqliteStore as openStore } from "./store/sqlite/sqlite-store.js";
export { holdsData } from "./store/sqlite/database/data-folder.js";
export { backUp, restore, verify } from "./store/sqlite/backup/copies.js";
export type { OnProgress, Progress } from "./store/sqlite/database/progress.js";
