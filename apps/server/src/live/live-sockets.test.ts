import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { DomainError } from "../errors/domain-error.js";
import { RateLimited } from "../throttling/rate-limited.js";
import type { Principal } from "../caller/principal.js";
import { createLiveSockets, frameRate, type LiveLimits, type LiveSockets } from "./live-sockets.js";
import type { LiveSocket } from "./live-socket.js";
import { createTimeSlice } from "../event-loop/time-slice.js";

const limits: LiveLimits = {
  connections: 3,
  connectionsPerUser: 2,
  bytesPerSecond: undefined,
  pingInterval: 60_000,
  drainTimeout: 60_000,
};

function create(more: Partial<LiveLimits> = {}): LiveSockets {
  const live = createLiveSockets(() => 0, { ...limits, ...more });
  onTestFinished(() => live.close());
  return live;
}

/** Opens a socket whose peer ends the connection when it is told to, as an honest one does. */
function open(live: LiveSockets, userId: string, did: string[] = [], isHonest = true): LiveSocket {
  const principal: Principal = {
    userId,
    username: userId,
    role: "reader",
    tokenHash: new Uint8Array(32),
    keyId: undefined,
    modules: undefined,
  };
  live.admit(principal);
  const leave = (): void => live.closed(socket);
  const socket = live.open({
    peer: {
      bufferedAmount: 0,
      send: (text) => void did.push(text),
      ping: () => void did.push("ping"),
      pong: () => void did.push("pong"),
      close: (code, reason) => {
        did.push(`close ${code} ${reason}`);
        if (isHonest) leave();
      },
      terminate: () => {
        did.push("terminate");
        leave();
      },
    },
    principal,
    service: { newest: async () => ({ id: 1, context: "a row of some length" }) as never },
    authenticate: async () => principal,
    authorize: () => undefined,
    timeSlice: createTimeSlice(),
    admitRead: () => undefined,
    formatError: () => "refused",
  });
  return socket;
}

describe("the room for live sockets", () => {
  it("is limited by user", () => {
    const live = create();
    const first = open(live, "ada");
    open(live, "ada");
    expect(() => open(live, "ada")).toThrow(RateLimited);
    open(live, "bob");
    live.closed(first);
    open(live, "ada");
    expect(live.size).toBe(3);
  });

  it("is limited in all", () => {
    const live = create();
    for (const user of ["ada", "bob", "cy"]) open(live, user);
    expect(() => open(live, "dan")).toThrow(RateLimited);
  });
});

it("the bytes of frames are counted by user, over all sockets", async () => {
  const live = create({ bytesPerSecond: 10, connections: 4 });
  const sent: Record<string, string[]> = { first: [], second: [], other: [] };
  const model = '/model {"object":"sequence","module_id":"m","sync_once":true}';
  open(live, "ada", sent["first"]).receive(model);
  open(live, "ada", sent["second"]).receive(model);
  open(live, "bob", sent["other"]).receive(model);
  await nextTurn();
  expect(Object.values(sent).map(({ length }) => length)).toEqual([1, 0, 1]);
  expect(live.leftOut).toBe(1);
});

it("frames are counted by socket", () => {
  const live = create();
  const [one, other]: string[][] = [[], []];
  const flooding = open(live, "ada", one);
  const calm = open(live, "ada", other);
  for (let count = 0; count <= frameRate.count; count++) flooding.receive("hello");
  calm.receive("hello");
  expect(one).toEqual([...Array.from({ length: frameRate.count }, () => "refused"), "close 1008 rate_limited"]);
  expect(other).toEqual(["refused"]);
});

describe("the end", () => {
  it("comes in good order, and lets nobody in", async () => {
    const live = create();
    const did: string[] = [];
    open(live, "ada", did);
    open(live, "bob", did);
    await live.close();
    expect(did).toEqual(["close 1001 unavailable", "close 1001 unavailable"]);
    expect(live.size).toBe(0);
    expect(() => open(live, "ada")).toThrow(DomainError);
  });

  it("waits no longer than the drain", async () => {
    const live = create({ drainTimeout: 1 });
    const did: string[] = [];
    open(live, "ada", did, false);
    await live.close();
    expect(did).toEqual(["close 1001 unavailable", "terminate"]);
  });
});
