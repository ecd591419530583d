import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import { expect, it } from "vitest";
import { createHttpServer } from "./server-factory.js";

it("gives birth to requests and responses that Express has nothing to change of", async () => {
  const app = express();
  const server = createHttpServer(app, {
    requestTimeout: 1000,
    replyTimeout: 1000,
    headerBytes: 16_384,
    connections: 10,
  });
  const prototypes = new Promise<readonly unknown[]>((resolve) => {
    server.prependListener("request", (req, res) => {
      resolve([Object.getPrototypeOf(req), Object.getPrototypeOf(res)]);
    });
  });
  app.get("/", (req, res) => {
    res.send(`${req.path} ${req.get("host") === undefined ? "without" : "with"} a host`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(await answer.text()).toBe("/ with a host");
  const [request, response] = await prototypes;
  expect(request).toBe(app.request);
  expect(response).toBe(app.response);
  server.close();
});
