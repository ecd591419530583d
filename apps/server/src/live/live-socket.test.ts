import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DomainError } from "../errors/domain-error.js";
import { RateLimited } from "../throttling/rate-limited.js";
import type { Principal } from "../caller/principal.js";
import { LiveSocket, type LiveSocketOptions, maxWatches, type Peer } from "./live-socket.js";
import { createTimeSlice } from "../event-loop/time-slice.js";

const principal: Principal = {
  userId: "user",
  username: "ada",
  role: "reader",
  tokenHash: new Uint8Array(32),
  keyId: undefined,
  modules: undefined,
};

/** A peer that keeps what was sent to it. */
class FakePeer implements Peer {
  bufferedAmount = 0;
  readonly sent: unknown[] = [];
  readonly did: string[] = [];
  send = (text: string): void => void this.sent.push(JSON.parse(text));
  ping = (): void => void this.did.push("ping");
  pong = (payload: Buffer): void => void this.did.push(`pong ${payload.toString()}`);
  close = (code: number, reason: string): void => void this.did.push(`close ${code} ${reason}`);
  terminate = (): void => void this.did.push("terminate");
}

let peer: FakePeer;
let leftOut: number;
/** What `newest` answers; a failure is thrown. */
let row: object | Error | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  peer = new FakePeer();
  leftOut = 0;
  row = { id: 1 };
});

afterEach(() => {
  vi.useRealTimers();
});

function open(options: Partial<LiveSocketOptions> = {}): LiveSocket {
  return new LiveSocket({
    peer,
    principal,
    service: {
      newest: async () => {
        if (row instanceof Error) throw row;
        return row as never;
      },
    },
    authenticate: async () => principal,
    authorize: () => undefined,
    timeSlice: createTimeSlice(),
    formatError: (error) => JSON.stringify({ errors: [(error as Error).message] }),
    takeFrame: () => true,
    admitRead: () => undefined,
    budget: { make: (_, make) => make() },
    onLeftOut: () => void (leftOut += 1),
    ...options,
  });
}

const model = (command: object): string => `/model ${JSON.stringify({ object: "ess", module_id: "m", ...command })}`;
const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

describe("a watch", () => {
  it("sends the newest row at once and at each sync_rate", async () => {
    open().receive(model({ sync_rate: "2s" }));
    await pass(0);
    expect(peer.sent).toEqual([{ id: 1 }]);
    row = { id: 2 };
    await pass(1999);
    expect(peer.sent).toHaveLength(1);
    await pass(4001);
    expect(peer.sent).toEqual([{ id: 1 }, { id: 2 }, { id: 2 }, { id: 2 }]);
  });

  it("sends once and ends where it is told so, as soon as there is a row", async () => {
    row = undefined;
    open().receive(model({ sync_once: true }));
    await pass(3500);
    expect(peer.sent).toEqual([]);
    row = { id: 7 };
    await pass(10_000);
    expect(peer.sent).toEqual([{ id: 7 }]);
  });

  it("takes the place of the one before on the same object and module, and of no other", async () => {
    const socket = open();
    socket.receive(model({ sync_rate: "1s" }));
    socket.receive(model({ object: "sequence", sync_rate: "10s" }));
    socket.receive(model({ sync_rate: "10s" }));
    await pass(0);
    const sentAtOnce = peer.sent.length;
    await pass(9000);
    expect(peer.sent).toHaveLength(sentAtOnce);
    await pass(1000);
    expect(peer.sent).toHaveLength(sentAtOnce + 2);
  });

  it("leaves rows out while the peer is behind", async () => {
    open().receive(model({ sync_rate: "1s" }));
    await pass(0);
    peer.bufferedAmount = 2_000_000;
    await pass(5000);
    expect(peer.sent).toHaveLength(1);
    peer.bufferedAmount = 0;
    await pass(1000);
    expect(peer.sent).toHaveLength(2);
  });

  it("leaves rows out where the caller has made all the reads that it may, and goes on when it may read again", async () => {
    let left = 2;
    const admitRead = (): void => {
      if (left === 0) throw new RateLimited("too many reads", 1);
      left -= 1;
    };
    open({ admitRead }).receive(model({ sync_rate: "1s" }));
    await pass(4000);
    expect([peer.sent.length, leftOut]).toEqual([2, 3]);
    expect(peer.did).toEqual([]);
    left = 1;
    await pass(1000);
    expect(peer.sent).toEqual([{ id: 1 }, { id: 1 }, { id: 1 }]);
  });

  it("leaves rows out, and reads none, where the user has had all the bytes that it may have", async () => {
    let isUsedUp = false;
    let reads = 0;
    const budget = {
      make: async (_: string, make: () => Promise<string | undefined>) => (isUsedUp ? undefined : make()),
    };
    const newest = async () => ({ id: ++reads }) as never;
    open({ budget, service: { newest } }).receive(model({ sync_rate: "1s", sync_once: false }));
    await pass(0);
    isUsedUp = true;
    await pass(3000);
    expect([peer.sent, reads, leftOut]).toEqual([[{ id: 1 }], 1, 3]);
    isUsedUp = false;
    await pass(1000);
    expect(peer.sent).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("that ends with its first row waits for that where it was left out", async () => {
    let left = 0;
    const admitRead = (): void => {
      if (left === 0) throw new RateLimited("too many reads", 1);
    };
    open({ admitRead }).receive(model({ sync_once: true }));
    await pass(3000);
    expect(peer.sent).toEqual([]);
    left = 1;
    await pass(5000);
    expect(peer.sent).toEqual([{ id: 1 }]);
  });

  it("reads one row at a time, however slow the store", async () => {
    const answers: ((value: undefined) => void)[] = [];
    const newest = () => new Promise<undefined>((resolve) => answers.push(resolve));
    open({ service: { newest } }).receive(model({ sync_rate: "1s" }));
    await pass(5000);
    expect(answers).toHaveLength(1);
    answers[0]?.(undefined);
    await pass(1000);
    expect(answers).toHaveLength(2);
  });

  it("ends with an error frame when it fails", async () => {
    open().receive(model({}));
    await pass(0);
    row = new Error("broken");
    await pass(5000);
    expect(peer.sent).toEqual([{ id: 1 }, { errors: ["broken"] }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends with an error frame when its module is no longer the caller's", async () => {
    let modules = ["m"];
    const authorize = (_: Principal, moduleId: string): void => {
      if (!modules.includes(moduleId)) throw new DomainError("forbidden", `not ${moduleId}`);
    };
    const socket = open({ authorize });
    socket.receive(model({}));
    socket.receive(model({ module_id: "other" }));
    await pass(0);
    expect(peer.sent).toEqual([{ errors: ["not other"] }, { id: 1 }]);
    modules = [];
    await pass(5000);
    expect(peer.sent.slice(2)).toEqual([{ errors: ["not m"] }]);
  });

  it(`is refused beyond ${maxWatches} on one socket`, async () => {
    const socket = open();
    for (let number = 0; number <= maxWatches; number++) socket.receive(model({ module_id: `m${number}` }));
    expect(peer.sent).toEqual([{ errors: [expect.stringContaining(String(maxWatches)) as unknown] }]);
    socket.receive(model({ module_id: "m0" }));
    expect(peer.sent).toHaveLength(1);
    await pass(0);
    expect(peer.sent).toHaveLength(1 + maxWatches);
  });
});

describe("frames", () => {
  it.each([
    ["hello", "the frame is no command"],
    ["/model", "the frame is no command"],
    ["/models {}", "the frame is no command"],
    ["/model {", "not JSON"],
    ['/model "m"', "/model: "],
    ['/model {"object":"ess"}', "module_id: "],
    [model({ object: "dream" }), "object: "],
    [model({ module_id: "" }), "module_id: "],
    [model({ sync_rate: 1 }), "sync_rate: "],
    [model({ sync_rate: "soon" }), 'sync_rate: "soon" is no duration'],
    [model({ sync_rate: "99ms" }), "between 100ms and 24h"],
    [model({ sync_rate: "24h1ms" }), "between 100ms and 24h"],
    [model({ sync_rate: "-1s" }), "between 100ms and 24h"],
    [model({ sync_once: "yes" }), "sync_once: "],
    [model({ object: "sequence", pretty: true }), "pretty: "],
    [undefined, "binary"],
  ])("%j is answered with an error frame, and the socket lives on", async (frame, text) => {
    const socket = open();
    socket.receive(frame);
    expect(peer.sent).toEqual([{ errors: [expect.stringContaining(text) as unknown] }]);
    socket.receive(model({ sync_once: true }));
    await pass(0);
    expect(peer.sent[1]).toEqual({ id: 1 });
  });

  it("may leave out what has a default, or send null or more", async () => {
    open().receive('/model\n{"object":"ess","module_id":"m","sync_rate":null,"pretty":null,"sync_once":null,"more":1}');
    await pass(1000);
    expect(peer.sent).toHaveLength(2);
  });

  it("that are too many end the socket", async () => {
    let left = 2;
    const socket = open({ takeFrame: () => (left -= 1) >= 0 });
    socket.receive(model({}));
    socket.pinged(Buffer.from("a"));
    socket.receive(model({}));
    socket.receive(model({}));
    await pass(5000);
    expect(peer.did).toEqual(["pong a", "close 1008 rate_limited"]);
    expect(peer.sent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("of a peer that sends and does not read cut it off", () => {
    const socket = open();
    peer.bufferedAmount = 2_000_000;
    socket.receive("hello");
    socket.pinged(Buffer.from("a"));
    expect(peer.sent).toEqual([]);
    expect(peer.did).toEqual(["terminate", "terminate"]);
  });
});

describe("the credential", () => {
  it("ends the socket once it is dead, with the error's code as the reason", async () => {
    let isDead = false;
    const authenticate = async (): Promise<Principal> => {
      if (isDead) throw new DomainError("unauthenticated", "gone");
      return principal;
    };
    const socket = open({ authenticate });
    socket.receive(model({}));
    await socket.checkCredential();
    expect(peer.did).toEqual([]);
    isDead = true;
    await socket.checkCredential();
    expect(peer.did).toEqual(["close 1008 unauthenticated"]);
    await pass(5000);
    expect(peer.sent).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("outlives a failure of the server's own", async () => {
    const socket = open({
      authenticate: async () => {
        throw new Error("the store is busy");
      },
    });
    await socket.checkCredential();
    expect(peer.did).toEqual([]);
  });
});

describe("a peer", () => {
  it("that answers is pinged on, one that does not is cut off", () => {
    const socket = open();
    socket.heartbeat();
    socket.pong();
    socket.heartbeat();
    socket.receive("anything is a sign of life");
    socket.heartbeat();
    socket.heartbeat();
    expect(peer.did).toEqual(["ping", "ping", "ping", "terminate"]);
  });

  it("that has gone leaves nothing running", async () => {
    const socket = open();
    socket.receive(model({}));
    socket.receive(model({ module_id: "n" }));
    socket.forget();
    await pass(5000);
    expect(peer.sent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
