export { ConfigError } from "./config/config.js";
export { type RunningServer, startServer } from "./server.js";
export { StoreUnusableError } from "./store/port/store.js";
