import { fork } from "node:child_process";
import { once } from "node:events";

const main = new URL("../../dist/main.js", import.meta.url).pathname;
const holdMeter = new URL("hold-meter.mjs", import.meta.url).href;

/** What a server did with its event loop and its memory between two looks at it. */
export interface Holds {
  /** The longest time between two turns: milliseconds of the main thread's processor time, and of the clock. */
  readonly maxCpu: number;
  readonly maxWall: number;
  /** Turns of the event loop, at most one a millisecond. */
  readonly turns: number;
  /** The most bytes seen of JavaScript's heap, of what it holds outside of that, and of the whole process. */
  readonly heap: number;
  readonly external: number;
  readonly resident: number;
}

/** A built server with its default limits and a small heap, in a process of its own. */
export interface LimitedServer {
  /** Its address, without `/v1`. */
  readonly url: string;
  /** Undefined while it runs. */
  ended(): string | undefined;
  /** Forgets what was seen of its event loop so far. */
  reset(): Promise<void>;
  /** What was seen since. */
  holds(): Promise<Holds>;
  stop(): Promise<void>;
}

/** The heap that the largest legal calls must do with, in MiB. */
export const heapSize = 512;

/** Starts the built server on an empty folder, with this password of its administrator. */
export async function startLimitedServer(folder: string, password: string): Promise<LimitedServer> {
  const inherited = Object.entries(process.env).filter(([variable]) => !variable.startsWith("ECA_"));
  const settings = { ECA_PORT: "0", ECA_DATA: folder, ECA_PASSWORD: password, ECA_LOG_LEVEL: "warn" };
  const child = fork(main, {
    execArgv: [`--max-old-space-size=${heapSize}`, "--import", holdMeter],
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const output = { out: "", errors: "" };
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (output.errors += chunk));
  let end: string | undefined;
  child.once("exit", (code, signal) => (end = `ended with ${code ?? signal}: ${output.errors.slice(0, 2000)}`));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      output.out += chunk;
      const [, address] = /listening on (http:\S+)\/v1/.exec(output.out) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", () => reject(new Error(end)));
  });
  const ask = (message: "reset" | "read"): Promise<Holds> =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(end));
      if (end !== undefined) {
        gone();
        return;
      }
      child.once("exit", gone);
      child.once("message", (holds) => {
        child.off("exit", gone);
        resolve(holds as Holds);
      });
      child.send(message);
    });
  return {
    url,
    ended: () => end,
    reset: async () => void (await ask("reset")),
    holds: () => ask("read"),
    stop: async () => {
      if (end !== undefined) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
