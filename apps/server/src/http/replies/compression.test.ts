import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { once } from "node:events";
import { createGunzip } from "node:zlib";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import { compressStream } from "./compression.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A server that sends a stream to whoever asks, and what comes of it there. */
async function serve(open: () => Readable): Promise<IncomingMessage> {
  const app = express();
  app.get("/", (_req, res) => {
    const stream = open();
    const reply = compressStream(stream, res).on("error", (error) => res.destroy(error));
    res.on("close", () => reply.destroy());
    reply.pipe(res);
  });
  const server = app.listen(0, "127.0.0.1");
  closing.push(() => new Promise((closed) => void (server.closeAllConnections(), server.close(closed))));
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", headers: { "accept-encoding": "gzip" }, agent: false }, resolve).on("error", reject);
  });
}

describe("compressStream", () => {
  it("gives a part to its reader while the source still waits for the next", async () => {
    let release = (): void => {};
    const waiting = new Promise<void>((resolve) => (release = resolve));
    async function* parts(): AsyncGenerator<string> {
      yield '[{"id":1}';
      await waiting;
      yield ',{"id":2}]';
    }
    const reply = await serve(() => Readable.from(parts()));
    const text = reply.pipe(createGunzip()).setEncoding("utf8");
    const [first] = (await once(text, "data")) as [string];
    expect(first).toBe('[{"id":1}');
    release();
    const [second] = (await once(text, "data")) as [string];
    expect(second).toBe(',{"id":2}]');
    await once(text, "end");
  });

  it("breaks the connection off where the source fails, so that what was cut never looks whole", async () => {
    let fail = (): void => {};
    const failing = new Promise<void>((resolve) => (fail = resolve));
    async function* parts(): AsyncGenerator<string> {
      yield "[1";
      await failing;
      throw new Error("the store failed");
    }
    const reply = await serve(() => Readable.from(parts()));
    reply.resume();
    fail();
    await expect(once(reply, "end")).rejects.toThrow(/aborted|ECONNRESET/);
    expect(reply.complete).toBe(false);
  });

  it("lets go of its source when the reader is gone", async () => {
    let isClosed = (): void => {};
    const closed = new Promise<void>((resolve) => (isClosed = resolve));
    async function* parts(): AsyncGenerator<string> {
      try {
        for (;;) yield `${Math.random()},`.repeat(1000);
      } finally {
        isClosed();
      }
    }
    const reply = await serve(() => Readable.from(parts()));
    await once(reply, "data");
    reply.destroy();
    await expect(closed).resolves.toBeUndefined();
  });
});
