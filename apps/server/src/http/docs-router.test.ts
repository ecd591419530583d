import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../config/config.js";
import { DomainError } from "../errors/domain-error.js";
import { toLimits } from "../limits/limits.js";
import { docsRouter } from "./docs-router.js";
import { openApiDocument } from "../openapi/document.js";

const { sizes } = toLimits(readConfig({ ECA_MAX_PAGE_SIZE: "7" }));
let server: Server;
let origin: string;

beforeAll(async () => {
  const app = express();
  app.disable("etag").use((req, _res, next) => {
    req.id = "request-7";
    next();
  });
  app.use(docsRouter(sizes));
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    res.status(418).send(error instanceof DomainError ? error.code : "other");
  };
  app.use(onError);
  server = createServer(app);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((closed) => server.close(closed)));

describe("docsRouter", () => {
  it("serves the document", async () => {
    const reply = await fetch(`${origin}/v1/openapi.json`);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await reply.json()).toEqual(openApiDocument(sizes));
  });

  it("names each request", async () => {
    for (const path of ["/v1/openapi.json", "/docs", "/docs/", "/docs/start.js", "/docs/swagger-ui.css"]) {
      const reply = await fetch(origin + path, { redirect: "manual" });
      expect([path, reply.headers.get("x-request-id")]).toEqual([path, "request-7"]);
    }
  });

  it("answers 304 to what the caller has already", async () => {
    for (const path of ["/v1/openapi.json", "/docs", "/docs/swagger-ui.css"]) {
      const etag = (await fetch(origin + path, { method: "HEAD" })).headers.get("etag") ?? "";
      expect([path, etag]).toEqual([path, expect.stringMatching(/"[\w-]{10,}"$/)]);
      // `fetch` asks to bypass caches when it is given a condition.
      const reply = await new Promise<IncomingMessage>((resolve, reject) => {
        const headers = { "if-none-match": etag, "accept-encoding": "gzip" };
        get(origin + path, { agent: false, headers }, resolve).on("error", reject);
      });
      reply.resume();
      expect([path, reply.statusCode]).toEqual([path, 304]);
    }
  });

  it("serves a page whose every part comes from the same server", async () => {
    const reply = await fetch(`${origin}/docs`);
    expect(reply.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const page = await reply.text();
    const links = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link ?? "");
    expect(links).toEqual([
      "data:,",
      "docs/swagger-ui.css",
      "docs/swagger-ui-bundle.js",
      "docs/start.js",
      "v1/openapi.json",
    ]);
    for (const link of links.slice(1)) {
      const part = await fetch(`${origin}/${link}`);
      expect([link, part.status]).toEqual([link, 200]);
      expect((await part.arrayBuffer()).byteLength).toBeGreaterThan(50);
    }
  });

  it("forbids the page every other host", async () => {
    const policy = (await fetch(`${origin}/docs`)).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe/);
    const script = await (await fetch(`${origin}/docs/start.js`)).text();
    expect(script).toContain('"validatorUrl":null');
  });

  it("refuses other methods by the domain's own error", async () => {
    const reply = await fetch(`${origin}/docs`, { method: "POST" });
    expect(await reply.text()).toBe("method_not_allowed");
    expect(reply.headers.get("allow")).toBe("GET, HEAD");
  });
});
