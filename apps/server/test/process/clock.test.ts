import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { cheapPasswords, main, usePrograms } from "./program.fixture.js";

const shiftClock = new URL("../shift-clock.mjs", import.meta.url).href;
const day = 86_400_000;
const years = 365.25 * day;

const programs = usePrograms("eca-clock-");

beforeEach(() => setClock(0));

const shift = () => join(programs.folder(), "clock-shift");

/** Sets the clock of the processes to come wrong by so many milliseconds. */
async function setClock(milliseconds: number): Promise<void> {
  await writeFile(shift(), String(milliseconds));
}

/** The built program on a machine whose clock the test sets. */
function run(words: readonly string[] = [], settings: Readonly<Record<string, string>> = {}) {
  return programs.start([process.execPath, ...cheapPasswords, "--import", shiftClock, main, ...words], {
    CLOCK_SHIFT: shift(),
    ECA_DATA: join(programs.folder(), "data"),
    ECA_PORT: "0",
    ECA_PASSWORD: "a-password",
    ...settings,
  });
}

/** A server that listens, and an administrator who is logged in to it. */
async function startServer(settings: Readonly<Record<string, string>> = {}) {
  const { child, output, exited, listening } = run([], settings);
  const url = await listening;
  const send = async (method: string, path: string, body: unknown, token?: string) => {
    const reply = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // Whatever a test looks for in it is in its assertions.
    return { status: reply.status, json: (await reply.json()) as Record<string, string> & Record<string, string>[] };
  };
  const login = async () =>
    (await send("POST", "/login", { username: "admin", password: "a-password" })).json["session_id"];
  let token = await login();
  return {
    output,
    get: (path: string, as = token) => send("GET", path, undefined, as),
    post: (path: string, body: unknown) => send("POST", path, body, token),
    login: async () => {
      token = await login();
    },
    token: () => token!,
    /** Sets the clock while the server runs. */
    setClock: async (milliseconds: number) => {
      await setClock(milliseconds);
      child.kill("SIGUSR2");
      while (!output.err.includes(`clock shifted by ${milliseconds} ms`)) await once(child.stderr, "data");
    },
    stop: async () => {
      child.kill("SIGTERM");
      expect(await exited).toBe(0);
    },
  };
}

const isNow = (timestamp: string | undefined, shifted = 0) =>
  expect(Math.abs(Date.parse(timestamp!) - Date.now() - shifted)).toBeLessThan(60_000);
const state = (module_id: string) => ({ module_id, state: [1], valence: 0 });

// Some of them start a dozen processes, one after the other.
describe("a process whose clock is set", { timeout: 300_000 }, () => {
  it("follows it forward, and lets what has expired expire", async () => {
    const server = await startServer();
    const expires_at = new Date(Date.now() + day).toISOString();
    const { json: key } = await server.post("/key", { name: "k", role: "reader", expires_at });
    isNow((await server.post("/ess", state("m"))).json["created_at"]);
    expect((await server.get("/module", key["token"])).status).toBe(200);
    await server.setClock(2 * day);
    expect((await server.get("/module", key["token"])).status).toBe(401);
    const { json: row } = await server.post("/ess", state("m"));
    isNow(row["created_at"], 2 * day);
    await server.setClock(5 * years);
    expect((await server.get("/session")).status).toBe(401);
    await server.login();
    isNow((await server.post("/ess", state("m"))).json["created_at"], 5 * years);
    await server.stop();
  });

  it("starts on a backup of a month ago, restored by somebody who sees what the clock says", async () => {
    await setClock(-30 * day);
    const first = await startServer();
    await first.post("/ess", state("m"));
    await first.stop();
    const backup = run(["backup", join(programs.folder(), "backup.db")]);
    expect(await backup.exited).toBe(0);
    await setClock(0);
    const other = ["--data", join(programs.folder(), "other")];
    const restored = run(["restore", join(programs.folder(), "backup.db"), ...other]);
    expect(await restored.exited).toBe(0);
    expect(restored.output.out).toBe(backup.output.out);
    expect(restored.output.err).toMatch(
      /^It is 20.* UTC by the system's clock, 30 days after the newest time in the backup\. If that is wrong, set/m,
    );
    const second = await startServer({ ECA_DATA: join(programs.folder(), "other") });
    isNow((await second.post("/ess", state("m"))).json["created_at"]);
    await second.stop();
    // The folder that the backup is of has to be confirmed, as after any stop of a month.
    expect(await run().exited).toBe(69);
  });

  it("starts five years behind, refuses to start five years ahead, and is right again where its clock is", async () => {
    const first = await startServer();
    const { json: before } = await first.post("/ess", state("m"));
    await first.stop();

    await setClock(-5 * years);
    const behind = await startServer();
    isNow((await behind.post("/ess", state("m"))).json["created_at"]);
    await behind.stop();

    await setClock(5 * years);
    const refused = run();
    expect(await refused.exited).toBe(69);
    expect(refused.output.out).toBe("");
    expect(refused.output.err).toMatch(
      /^eca-server: the system's clock says 20.*ECA_CONFIRM_CLOCK=20\d\d-\d\d-\d\d\n$/s,
    );
    // Commands that write meet the same refusal; those that read need no clock.
    const change = run(["user", "add", "ada", "--role", "reader", "--generate"]);
    expect([await change.exited, change.output.out]).toEqual([69, ""]);
    const list = run(["user", "list"]);
    expect(await list.exited).toBe(0);
    expect(list.output.err).toBe("");

    const confirmed = await startServer({ ECA_CONFIRM_CLOCK: /ECA_CONFIRM_CLOCK=(\S+)/.exec(refused.output.err)![1]! });
    isNow((await confirmed.post("/ess", state("m"))).json["created_at"], 5 * years);
    const { json: entries } = await confirmed.get("/audit?order=asc");
    expect(entries.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    await confirmed.stop();

    await setClock(0);
    const last = await startServer();
    isNow((await last.post("/ess", state("after"))).json["created_at"]);
    expect((await last.get("/ess/m/1")).json).toEqual(before);
    expect((await last.get("/session", behind.token())).status).toBe(200);
    await last.stop();
  });

  it("has the times of a run years ahead brought back, documents and ETags with them", async () => {
    const first = await startServer();
    await first.post("/ess", state("m"));
    await first.post("/sequence", { module_id: "m", instance_id: 1 });
    const { json: before } = await first.get("/sequence/m");
    await first.setClock(5 * years);
    await first.login();
    const { json: late } = await first.post("/sequence", { module_id: "m", instance_id: 1, context: "late" });
    isNow(late["created_at"], 5 * years);
    const { json: document } = await first.post("/document/sequence/m/2", null);
    const year = new Date(Date.now() + 5 * years).getUTCFullYear();
    expect(document["text"]).toContain(String(year));
    const running = run(["repair-times"]);
    expect([await running.exited, running.output.out]).toEqual([69, ""]);
    await first.stop();

    // The clock has to be right first.
    const wrong = run(["repair-times"]);

    expect([await wrong.exited, wrong.output.out]).toEqual([65, ""]);
    expect(wrong.output.err).toMatch(
      /^eca-server: the system's clock says 20.* jumped there by 1826 days a short while/,
    );

    await setClock(0);
    const dry = run(["repair-times", "--dry-run"]);
    expect(await dry.exited).toBe(0);
    expect(dry.output.out).toMatch(/^TIMES OF +ROWS +NEWEST\nmodules +1 .*\nsequence entries +1 .*\ndocuments +1 /);
    expect(dry.output.err).toMatch(
      /^Times after 20.* would go back by 1826 days, by which the clock is known to have been ahead; .*\nNothing was changed.\n$/,
    );
    const repair = run(["repair-times"]);
    expect(await repair.exited).toBe(0);
    expect(repair.output.out.replaceAll(/ +\n/g, "\n")).toBe(dry.output.out.replaceAll(/ +\n/g, "\n"));
    const verify = run(["verify"]);
    expect(await verify.exited).toBe(0);

    const last = await startServer();
    expect(last.output.err).not.toContain('"clock"');
    const { json: after } = await last.get("/sequence/m");
    expect(after[0]).toEqual(before[0]);
    isNow(after[1]!["created_at"]);
    expect(after[1]!["created_at"]! >= after[0]!["created_at"]!).toBe(true);
    const { json: told } = await last.get(`/document/${document["id"]}`);
    expect(told["text"]).not.toContain(String(year));
    isNow(told["created_at"]);
    isNow((await last.post("/sequence", { module_id: "m", instance_id: 1 })).json["created_at"]);
    const { json: entries } = await last.get("/audit?limit=5");
    expect(entries.map(({ kind }) => kind)).toContain("times_repaired");
    for (const { at } of entries) isNow(at);
    const { status } = await last.get("/ess/m/sequence/-1");
    expect(status).toBe(200);
    await last.stop();
    const nothing = run(["repair-times"]);
    expect(await nothing.exited).toBe(0);
    expect(nothing.output.err).toMatch(/^No time in the data is after /);
  });
});
