import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** Whether system calls can be watched here; CI_REQUIRE_STRACE=1 says that they must be. */
export const canTrace = spawnSync("strace", ["-f", "-e", "trace=none", "true"]).status === 0;
export const mustTrace = process.env["CI_REQUIRE_STRACE"] === "1";

/** Whether calls of a process that runs already can be made to fail here. */
export const canAttach = canTrace && (await tryToAttach());

async function tryToAttach(): Promise<boolean> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  try {
    const letGo = await failCalls(child.pid!, ["/nowhere"], ["pwrite64:error=EIO"]);
    await letGo();
    return true;
  } catch {
    return false;
  } finally {
    child.kill("SIGKILL");
  }
}

/**
 * Makes system calls of a running process on some files fail, until the function that it resolves with is called.
 *
 * @param faults As strace takes them behind `inject=`.
 */
export async function failCalls(
  pid: number,
  files: readonly string[],
  faults: readonly string[],
): Promise<() => Promise<void>> {
  const paths = files.flatMap((file) => ["-P", file]);
  const injected = faults.flatMap((fault) => ["-e", `inject=${fault}`]);
  const words = ["-f", "-o", "/dev/null", ...paths, ...injected, "-p", String(pid)];
  const strace = spawn("strace", words, { stdio: ["ignore", "ignore", "pipe"] });
  await attached(strace);
  return async () => {
    if (strace.exitCode !== null || strace.signalCode !== null) return;
    strace.kill("SIGINT");
    await once(strace, "exit");
  };
}

function attached(strace: ChildProcess): Promise<void> {
  let text = "";
  return new Promise((resolve, reject) => {
    strace.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (/Process \d+ attached/.test(text)) resolve();
    });
    strace.once("close", () => reject(new Error(`strace ended: ${text}`)));
  });
}

/** A system call that has returned. */
export interface Call {
  readonly thread: number;
  readonly name: string;
  /** As strace prints them; file descriptors with their paths. */
  readonly text: string;
  /** Places in the trace: every call begins and ends at a place of its own. */
  readonly begun: number;
  readonly ended: number;
}

/** Reads what `strace -f -y -o path` has written. */
export function readTrace(path: string): Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, { readonly begun: number; readonly text: string }>();
  for (const [place, line] of readFileSync(path, "utf8").split("\n").entries()) {
    const [, thread, text] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (thread === undefined || text === undefined) continue;
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(text);
    if (text.endsWith("<unfinished ...>")) {
      unfinished.set(thread, { begun: place, text: text.slice(0, -"<unfinished ...>".length) });
    } else if (resumed) {
      const first = unfinished.get(thread)!;
      unfinished.delete(thread);
      calls.push(toCall(thread, first.text + resumed[2]!, first.begun, place));
    } else if (/^\w+\(/.test(text)) {
      calls.push(toCall(thread, text, place, place));
    }
  }
  return calls;
}

function toCall(thread: string, text: string, begun: number, ended: number): Call {
  return { thread: Number(thread), name: text.slice(0, text.indexOf("(")), text, begun, ended };
}
