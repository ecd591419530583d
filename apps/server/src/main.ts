import { ConfigError, type RunningServer, startServer, StoreUnusableError } from "./index.js";

/** Exit codes, as in sysexits.h: what the operator must mend, and what the machine must. */
const exitUsage = 78;
const exitUnavailable = 69;

async function main(): Promise<void> {
  const server = await startServer(process.env);
  process.stdout.write(greeting(server));
  const stop = (): void => {
    server.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
}

function greeting({ url, dataFolder, username, generatedPassword }: RunningServer): string {
  const lines = [`ECA is listening on ${url}/v1`, `Documentation      ${url}/docs`, `Data folder        ${dataFolder}`];
  if (generatedPassword !== undefined) {
    lines.push(`Username           ${username}`, `Password           ${generatedPassword}   (shown once; keep it)`);
  }
  return `${lines.join("\n")}\n`;
}

function fail(error: unknown): never {
  const known = error instanceof ConfigError || error instanceof StoreUnusableError;
  const { code, message } = error as NodeJS.ErrnoException;
  if (known || code?.startsWith("EADDR") || code === "EACCES") process.stderr.write(`eca-server: ${message}\n`);
  else process.stderr.write(`eca-server: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(error instanceof ConfigError ? exitUsage : exitUnavailable);
}

await main().catch(fail);
