import { describeFailure } from "./cli/describe-failure.js";
import { exitCodes } from "./cli/exit-codes.js";
import { requireNode } from "./config/node-version.js";
import type { RunningServer } from "./server.js";

async function main(words: readonly string[]): Promise<void> {
  requireNode(process.versions.node);
  // Each is loaded where it is needed: a command has no use for the server, nor the server for commands.
  if (words.length === 0) {
    const { startServer } = await import("./server.js");
    serve(await startServer(process.env));
    return;
  }
  const { runCommand } = await import("./cli/run-command.js");
  await runCommand(words, {
    environment: process.env,
    input: process.stdin,
    writeOut: (text) => void process.stdout.write(text),
    writeErr: (text) => void process.stderr.write(text),
  });
}

function serve(server: RunningServer): void {
  const stop = (): void => {
    server.close().then(
      () => process.exit(exitCodes.done),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  // Last: whoever reads it may stop the server at once.
  process.stdout.write(greeting(server));
}

function greeting({ url, dataFolder, username, generatedPassword }: RunningServer): string {
  const lines = [`ECA is listening on ${url}/v1`, `Documentation      ${url}/docs`, `Data folder        ${dataFolder}`];
  if (generatedPassword !== undefined) {
    lines.push(`Username           ${username}`, `Password           ${generatedPassword}   (shown once; keep it)`);
  }
  return `${lines.join("\n")}\n`;
}

function fail(error: unknown): never {
  const { text, exitCode } = describeFailure(error);
  process.stderr.write(text);
  process.exit(exitCode);
}

await main(process.argv.slice(2)).catch(fail);
