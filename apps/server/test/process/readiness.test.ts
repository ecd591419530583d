import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const main = new URL("../../dist/main.js", import.meta.url).pathname;

let folder: string;
let child: ChildProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-ready-"));
});

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await rm(folder, { recursive: true, force: true });
});

it("a server that was told to stop is not ready, and goes on answering for its drain delay", async () => {
  const inherited = Object.entries(process.env).filter(([variable]) => !variable.startsWith("ECA_"));
  child = spawn(process.execPath, [main], {
    env: { ...Object.fromEntries(inherited), ECA_PORT: "0", ECA_DATA: folder, ECA_DRAIN_DELAY: "3s" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let out = "";
    child.stdout!.on("data", (chunk) => {
      out += chunk;
      const found = /listening on (http:\S+)\/v1/.exec(out)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("close", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  // Each on a connection of its own, as a load balancer's are.
  const status = async (path: string): Promise<number> => {
    const answer = await fetch(url + path, { headers: { connection: "close" } });
    await answer.arrayBuffer();
    return answer.status;
  };
  expect([await status("/readyz"), await status("/healthz")]).toEqual([200, 200]);
  child.kill("SIGTERM");
  await vi.waitFor(async () => expect(await status("/readyz")).toBe(503), { timeout: 2500, interval: 10 });
  expect(await status("/healthz")).toBe(200);
  expect(await once(child, "close")).toEqual([0, null]);
  await expect(status("/healthz")).rejects.toThrow("fetch failed");
});
