export { openSqliteStore as openStore } from "./store/sqlite/sqlite-store.js";
