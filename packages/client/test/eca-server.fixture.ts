import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@eca/server";

export interface EcaServer {
  /** With `/v1`, as a client takes it. */
  readonly baseUrl: string;
  /** Stops the server. */
  stop(): Promise<void>;
  /** Stops the server, and deletes what it kept. */
  close(): Promise<void>;
}

export const credentials = { username: "admin", password: "test-password" };

/** The real server, on a free port, with a data folder of its own. */
export async function startEcaServer(): Promise<EcaServer> {
  const folder = await mkdtemp(join(tmpdir(), "eca-client-"));
  const environment = {
    ECA_PORT: "0",
    ECA_DATA: folder,
    ECA_USERNAME: credentials.username,
    ECA_PASSWORD: credentials.password,
  };
  const server = await startServer(environment, {
    // Hashing at full cost would make up most of the time.
    passwordCost: { ln: 4, r: 8, p: 1 },
    logDestination: { write: () => undefined },
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= server.close());
  return {
    baseUrl: `${server.url}/v1`,
    stop,
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
