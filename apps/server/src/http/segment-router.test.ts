import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type RequestHandler } from "express";
import { describe, expect, it, onTestFinished } from "vitest";
import { bySegment, exactPaths } from "./segment-router.js";

const reply =
  (name: string): RequestHandler =>
  (req, res) => {
    res.json([name, req.params, req.baseUrl]);
  };

async function serve(): Promise<(path: string, method?: string) => Promise<unknown>> {
  const router = express.Router(exactPaths);
  const target = bySegment(router);
  target.get("/a", reply("list"));
  target.get("/a/b", reply("fixed"));
  target.get("/a/:id", reply("row"));
  target.post("/c/:id/d", reply("nested"));
  target.all("/a/:id", reply("other method"));
  router.get("/e", reply("added to the router itself"));
  const app = express().enable("case sensitive routing").use("/v1", router);
  app.use(reply("none"));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return async (path, method = "GET") => (await fetch(`http://127.0.0.1:${port}${path}`, { method })).json();
}

describe("routes by the first segment of their path", () => {
  it("are found in the order in which they were added, with their parameters", async () => {
    const call = await serve();
    expect(await call("/v1/a")).toEqual(["list", {}, "/v1"]);
    expect(await call("/v1/a?x=/c/1/d")).toEqual(["list", {}, "/v1"]);
    expect(await call("/v1/a/b")).toEqual(["fixed", {}, "/v1"]);
    expect(await call("/v1/a/1%2F2")).toEqual(["row", { id: "1/2" }, "/v1"]);
    expect(await call("/v1/a/1", "PUT")).toEqual(["other method", { id: "1" }, "/v1"]);
    expect(await call("/v1/c/7/d", "POST")).toEqual(["nested", { id: "7" }, "/v1"]);
    expect(await call("/v1/e")).toEqual(["added to the router itself", {}, "/v1"]);
  });

  it.each(["/v1", "/v1/", "/v1/A", "/v1/a/", "/v1//a", "/v1/%61", "/v1/c/7", "/v1/constructor", "/v1/a/b/c", "/v1/e/"])(
    "%s is none of them",
    async (path) => {
      expect((await serve().then((call) => call(path))) as unknown[]).toEqual(["none", {}, ""]);
    },
  );
});
