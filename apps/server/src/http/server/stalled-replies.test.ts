import { once } from "node:events";
import {
  Agent,
  type IncomingMessage,
  request,
  type RequestListener,
  createServer,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { endStalledReplies, StallWatch, type Transfer, transferOf } from "./stalled-replies.js";

const timeout = 100;
/** More than the system takes by itself of a connection on one machine. */
const large = Buffer.alloc(64 * 2 ** 20, "x");
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(listener: RequestListener, patience = timeout): Promise<number> {
  const server = createServer(listener);
  endStalledReplies(server, patience);
  server.listen(0, "127.0.0.1");
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Asks, and reads nothing. */
function askAndStall(port: number): Socket {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {}).write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  closers.push(() => socket.destroy());
  return socket;
}

async function ask(port: number, agent: Agent): Promise<{ status: number | undefined; length: number }> {
  const [res] = (await once(request({ port, host: "127.0.0.1", agent }).end(), "response")) as [IncomingMessage];
  let length = 0;
  for await (const chunk of res as AsyncIterable<Buffer>) length += chunk.length;
  return { status: res.statusCode, length };
}

it("ends a reply of which nothing is taken, and tells the caller that it is not whole", async () => {
  let began: (res: ServerResponse) => void;
  const replying = new Promise<ServerResponse>((resolve) => (began = resolve));
  const port = await listen((_req, res) => {
    res.setHeader("content-length", large.length);
    res.end(large);
    began(res);
  });
  const socket = askAndStall(port);
  const res = await replying;
  await once(res, "close");
  let received = 0;
  socket.on("data", (chunk: Buffer) => (received += chunk.length));
  await once(socket, "close");
  expect(received).toBeLessThan(large.length);
});

it("lets a reply that is still being made take longer", async () => {
  const port = await listen((_req, res) => {
    void setTimeout(3 * timeout).then(() => res.end("made"));
  });
  expect(await ask(port, new Agent())).toEqual({ status: 200, length: 4 });
});

it("lets a reply that waits for its next part take longer", async () => {
  const port = await listen((_req, res) => {
    res.write("one");
    void setTimeout(3 * timeout).then(() => res.end("two"));
  });
  expect(await ask(port, new Agent())).toEqual({ status: 200, length: 6 });
});

it("leaves idle connections alone", async () => {
  const connections = new Set<unknown>();
  const port = await listen(({ socket }, res) => {
    connections.add(socket);
    res.end("whole");
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  closers.push(() => agent.destroy());
  expect(await ask(port, agent)).toEqual({ status: 200, length: 5 });
  await setTimeout(3 * timeout);
  expect(await ask(port, agent)).toEqual({ status: 200, length: 5 });
  expect(connections.size).toBe(1);
});

class FakeTransfer implements Transfer {
  isEnded = false;
  /** @param bytes Undefined where nothing waits. */
  constructor(public bytes: number | undefined) {}
  taken(): number | undefined {
    return this.bytes;
  }
  end(): void {
    this.isEnded = true;
  }
}

/** Looks each millisecond until a transfer ends; returns when, and undefined where it does not by then. */
function endOf(watch: StallWatch, transfer: FakeTransfer, from: number, to: number): number | undefined {
  for (let now = from; now <= to; now++) {
    watch.look(now);
    if (transfer.isEnded) return now;
  }
  return undefined;
}

it("ends a reply once the timeout has passed since the last byte was taken, not twice that", () => {
  const watch = new StallWatch(timeout);
  const transfer = new FakeTransfer(0);
  watch.add(transfer);
  watch.look(0);
  // The system has taken a part of the first write.
  transfer.bytes = 2_000_000;
  expect(endOf(watch, transfer, 1, 10 * timeout)).toBe(1 + timeout);
});

it("counts the timeout anew with each byte that is taken, and while nothing waits", () => {
  const watch = new StallWatch(timeout);
  const transfer = new FakeTransfer(0);
  watch.add(transfer);
  for (let round = 1; round <= 5; round++) {
    transfer.bytes = round;
    expect(endOf(watch, transfer, round * timeout, (round + 1) * timeout - 1)).toBeUndefined();
  }
  transfer.bytes = undefined;
  expect(endOf(watch, transfer, 6 * timeout, 20 * timeout)).toBeUndefined();
  transfer.bytes = 5;
  expect(endOf(watch, transfer, 20 * timeout, 30 * timeout)).toBe(21 * timeout);
});

it("leaves what was taken whole alone", () => {
  const watch = new StallWatch(timeout);
  const [done, other] = [new FakeTransfer(1), new FakeTransfer(1)];
  watch.add(done);
  watch.add(other);
  watch.look(0);
  watch.delete(done);
  watch.look(timeout);
  expect([done.isEnded, other.isEnded]).toEqual([false, true]);
});

it("sees of a socket how much of a single write the system has taken", async () => {
  let transfer: Transfer | undefined;
  const port = await listen(({ socket }, res) => {
    transfer = transferOf(socket);
    expect(transfer.taken()).toBeUndefined();
    res.end(large);
  }, 60_000);
  const socket = askAndStall(port).pause();
  await vi.waitFor(() => expect(transfer?.taken()).toBeGreaterThan(0));
  expect(transfer?.taken()).toBeLessThan(large.length);
  socket.resume();
  await vi.waitFor(() => expect(transfer?.taken()).toBeUndefined(), { timeout: 10_000 });
});
