import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import express from "express";
import { afterEach, expect, it } from "vitest";
import { toArrayBody } from "./json-array.js";

let server: Server | undefined;

afterEach(async () => new Promise<void>((closed) => (server ? server.close(() => closed()) : closed())));

it("a long list leaves others a turn between its batches", async () => {
  let turns = 0;
  let timer = setImmediate(function count() {
    turns += 1;
    timer = setImmediate(count);
  });
  const turnOfPage: number[] = [];
  async function* batches() {
    for (let batch = 0; batch < 100; batch++) {
      turnOfPage.push(turns);
      yield [batch];
    }
  }
  const app = express();
  app.get("/", (req, res, next) => {
    req.id = "one";
    toArrayBody(batches(), res, { write: JSON.stringify, recheckCredential: async () => {} })
      .then((body) => (body as Readable).pipe(res))
      .catch(next);
  });
  server = createServer(app);
  await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(await answer.json()).toEqual(Array.from({ length: 100 }, (_, batch) => batch));
  clearImmediate(timer);
  // The first two are read before anything is sent.
  expect(new Set(turnOfPage.slice(1)).size).toBe(99);
});
