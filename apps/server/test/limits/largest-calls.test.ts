import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contract, liveContract, rootContract, routesOf } from "@eca/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectLive } from "../live-client.fixture.js";
import { HttpClient, type Reply } from "./http-client.fixture.js";
import { largestCalls } from "./largest-calls.fixture.js";
import { type Holds, heapSize, type LimitedServer, startLimitedServer } from "./limited-server.fixture.js";
import { fillWidest, type WidestStore } from "./widest-store.fixture.js";

const MiB = 2 ** 20;
const password = "a tall ship in the amber harbour";

/** The longest that a call may keep the event loop, in milliseconds of processor time: many times what is measured. */
const maxHold = 1000;

/** Where each call's figures go as lines of a table, if anywhere; docs/benchmarks.md says how to make it. */
const table = process.env["LARGEST_CALLS_TABLE"];

const operations = [...routesOf(contract), ...routesOf(rootContract), ...routesOf(liveContract)].map(([name]) => name);

let folder: string;
let server: LimitedServer;
let client: HttpClient;
let store: WidestStore;
let prober: ChildProcess;

interface Probes {
  readonly answers: number;
  /** The longest wait for an answer, in milliseconds. */
  readonly longest: number;
  readonly faults: readonly string[];
}

function askProber(message: "reset" | "read"): Promise<Probes> {
  return new Promise((resolve) => {
    prober.once("message", (probes) => resolve(probes as Probes));
    prober.send(message);
  });
}

interface Measured<Result> {
  readonly result: Result;
  readonly holds: Holds;
  readonly probes: Probes;
}

/** Does a work while others ask for the health of the server, which must be well throughout. */
async function measured<Result>(name: string, work: () => Promise<Result>): Promise<Measured<Result>> {
  await askProber("reset");
  await server.reset();
  const result = await work().catch((error: unknown) => {
    throw new Error(`${name}: ${String(error)}; ${server.ended() ?? "the server runs"}`);
  });
  const holds = await server.holds();
  const probes = await askProber("read");
  expect({ name, faults: probes.faults }).toEqual({ name, faults: [] });
  expect({ name, holdsLong: holds.maxCpu >= maxHold }).toEqual({ name, holdsLong: false });
  expect({ name, takesMuch: holds.resident >= heapSize * MiB }).toEqual({ name, takesMuch: false });
  return { result, holds, probes };
}

function note(name: string, status: number | string, bytes: number, { holds, probes }: Measured<unknown>): void {
  if (table === undefined) return;
  const cells = [
    name,
    status,
    (bytes / MiB).toFixed(1),
    holds.maxCpu.toFixed(0),
    probes.longest.toFixed(0),
    (holds.heap / MiB).toFixed(0),
    (holds.resident / MiB).toFixed(0),
  ];
  appendFileSync(table, `| ${cells.join(" | ")} |\n`);
}

/** What a reply is beside its bytes. JSON that came whole ends as a list or an object does. */
function seenOf(name: string, { status, headers, bytes, tail }: Reply) {
  const isPlain = headers["content-encoding"] === undefined && String(headers["content-type"]).includes("json");
  const told = status < 400 ? "" : tail.slice(0, 500);
  return { name, status, told, isWhole: !isPlain || bytes === 0 || /[\]}]$/.test(tail) };
}

it("each operation of the contract has its largest call", () => {
  expect([...Object.keys(largestCalls), "live.connect"].toSorted()).toEqual(operations.toSorted());
});

describe("the largest legal calls, on a small heap", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eca-largest-"));
    server = await startLimitedServer(folder, password);
    client = new HttpClient(server.url);
    const login = await client.must({ method: "POST", path: "/v1/login", body: { username: "admin", password } });
    client.token = String(login?.["session_id"]);
    store = await fillWidest(client);
    prober = fork(new URL("prober.mjs", import.meta.url), [server.url]);
  }, 600_000);

  afterAll(async () => {
    if (prober?.kill()) await once(prober, "exit");
    client?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("live.connect: frames of the widest states", async () => {
    for (const [module_id, pretty] of [
      [store.wide, false],
      [store.wide, true],
      [store.sum, false],
      [store.sum, true],
    ] as const) {
      const name = `live.connect ${module_id}${pretty ? ", pretty" : ""}`;
      const socket = await connectLive(server.url, client.token ?? "");
      const told = await measured(name, async () => {
        socket.model({ module_id, pretty, sync_once: true });
        return socket.nextText();
      });
      // The texts behind an aggregate are too long to be told.
      const isRefused = module_id === store.sum && pretty;
      const isError = "errors" in (JSON.parse(told.result) as object);
      expect({ name, isError }).toEqual({ name, isError: isRefused });
      note(name, isRefused ? "error" : "row", Buffer.byteLength(told.result), told);
      socket.socket.terminate();
      await socket.closed;
    }
  }, 300_000);

  it.each(Object.entries(largestCalls))(
    "%s",
    async (operation, callsOf) => {
      for (const call of callsOf(store)) {
        const name = `${operation} ${call.label}`.trim();
        const told = await measured(name, () => client.send(call));
        const { status, bytes } = told.result;
        const wanted = call.status ?? (status === 201 ? 201 : 200);
        expect(seenOf(name, told.result)).toMatchObject({ name, status: wanted, isWhole: true });
        note(name, status, bytes, told);
      }
    },
    300_000,
  );
});
