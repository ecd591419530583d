import { join } from "node:path";
import { Connection } from "../src/store/sqlite/database/connection.js";
import type { TestServer } from "./test-server.fixture.js";

/** Changes the data behind a server's back, as an older server has left it or a retention would have. */
export function executeBehind({ folder }: Pick<TestServer, "folder">, sql: string): void {
  const connection = new Connection(join(folder, "eca.db"));
  try {
    connection.exec(`PRAGMA busy_timeout = 10000; ${sql}`);
  } finally {
    connection.close();
  }
}
