import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningServer, startServer } from "../../src/server.js";
import { Connection, releaseFiles } from "../../src/store/sqlite/database/connection.js";
import { closeSettled } from "../../src/store/sqlite/disk/settle.js";
import { credentials } from "../test-server.fixture.js";

let folder: string;
/** Of a session from before the damage. */
let headers: Record<string, string>;
const rootPages = new Map<string, number>();

function start(data: string, logs: string[] = []): Promise<RunningServer> {
  const environment = {
    ECA_PORT: "0",
    ECA_DATA: data,
    ECA_USERNAME: credentials.username,
    ECA_PASSWORD: credentials.password,
    ECA_METRICS: "public",
  };
  return startServer(environment, {
    passwordCost: { ln: 4, r: 8, p: 1 },
    logDestination: { write: (line) => void logs.push(line) },
  });
}

async function logIn(url: string): Promise<Record<string, string>> {
  const answer = await fetch(`${url}/v1/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(credentials),
  });
  const { session_id: token } = (await answer.json()) as { session_id?: string };
  return { authorization: `Bearer ${token}`, "content-type": "application/json" };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-damaged-"));
  const data = join(folder, "sound");
  const server = await start(data);
  headers = await logIn(server.url);
  const post = (path: string, body: unknown) =>
    fetch(`${server.url}/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const ess = await post("/ess", { module_id: "m", state: [1, 2], valence: 0 });
  expect(ess.status).toBe(201);
  expect((await post("/document", { doc_id: "d", text: "a pump", status: "embedded" })).status).toBe(201);
  await server.close();
  const database = join(data, "eca.db");
  const connection = new Connection(database);
  const roots = connection.prepare("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0");
  for (const [name, page] of roots.all([])) rootPages.set(String(name), Number(page));
  await closeSettled(connection, database, true);
  await releaseFiles();
}, 30_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A copy of the folder in which the first page of a table is damaged. */
function damaged(table: string): string {
  const copy = join(folder, table);
  mkdirSync(copy);
  for (const name of readdirSync(join(folder, "sound"))) copyFileSync(join(folder, "sound", name), join(copy, name));
  const file = openSync(join(copy, "eca.db"), "r+");
  writeSync(file, Buffer.alloc(64, 0x2a), 0, 64, ((rootPages.get(table) ?? 0) - 1) * 4096);
  closeSync(file);
  rmSync(join(copy, "eca.lock"), { force: true });
  return copy;
}

it.each([
  "module",
  "ess",
  "change",
  "user",
  "session",
  "secret",
  "clock",
  "audit",
  "audit_count",
  "idempotency",
  "collection",
  "document",
  "document_text_data",
  "document_text_config",
])("a server whose %s is damaged starts, says so, and refuses what needs it alone", async (table) => {
  const logs: string[] = [];
  const server = await start(damaged(table), logs);
  try {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain(`the data is damaged in 1 page (${table}`);
    const metrics = await fetch(`${server.url}/metrics`);
    expect(await metrics.text()).toMatch(/^eca_store_damaged_pages 1$/m);
    expect(logs.join("")).toContain("pages of the data are damaged");
    const statuses = await Promise.all(
      ["/module", "/ess/m/1", "/ess/m", "/document", "/user", "/audit"].map(async (path) => {
        const answer = await fetch(`${server.url}/v1${path}`, { headers });
        return `${answer.status} ${answer.headers.get("x-error-code") ?? ""}`.trim();
      }),
    );
    const isOpen = !["user", "session"].includes(table);
    expect(new Set(statuses).has("200")).toBe(isOpen);
    expect(statuses.filter((status) => !["200", "503 data_damaged", "401 unauthenticated"].includes(status))).toEqual(
      [],
    );
  } finally {
    await server.close();
  }
});
