import { createHash } from "node:crypto";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { readFileSync } from "node:fs";
import { basePath } from "@eca/contract";
import express, { type RequestHandler, type Router } from "express";
import { docsPage, docsPath, docsScript, docsSecurityPolicy } from "../openapi/docs-page.js";
import { openApiDocument } from "../openapi/document.js";
import type { DocumentedSizes } from "../openapi/size-bounds.js";
import { encodingOf, setEncoding } from "./replies/compression.js";
import { setCommonHeaders } from "./replies/json.js";
import { methodNotAllowed } from "./middleware/method-not-allowed.js";

const gzip = promisify<Buffer, Buffer>(zlib.gzip);

const documentPath = `${basePath}/openapi.json`;

/** Put there by the build; the same folder seen from `src` and from `dist`. */
const assets = new URL("../../dist/swagger-ui/", import.meta.url);

/**
 * Serves the OpenAPI document at `/v1/openapi.json` and a page that browses it at `/docs`, both without
 * a login. Mount it at the root.
 *
 * @param sizes The limits that the document names.
 * @param pages Further pages, as HTML, by their paths.
 */
export function docsRouter(sizes: DocumentedSizes, pages: Readonly<Record<string, () => string>> = {}): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  function serve(path: string, type: string, read: () => string | Buffer): void {
    router.get(path, serveContent(type, read));
    router.all(path, methodNotAllowed("GET, HEAD"));
  }
  function servePage(path: string, read: () => string): void {
    serve(path, "text/html", read);
    // Seen from there, the page's relative references would lead elsewhere.
    router.get(`${path}/`, (_req, res) => {
      setCommonHeaders(res);
      res.redirect(308, `../${path.slice(path.lastIndexOf("/") + 1)}`);
    });
  }
  serve(documentPath, "application/json", () => JSON.stringify(openApiDocument(sizes)));
  servePage(docsPath, () => docsPage);
  serve(`${docsPath}/start.js`, "text/javascript", () => docsScript(documentPath.slice(1)));
  serve(`${docsPath}/swagger-ui-bundle.js`, "text/javascript", () => readAsset("swagger-ui-bundle.js"));
  serve(`${docsPath}/swagger-ui.css`, "text/css", () => readAsset("swagger-ui.css"));
  for (const [path, page] of Object.entries(pages)) servePage(path, page);
  return router;
}

function readAsset(name: string): Buffer {
  return readFileSync(new URL(name, assets));
}

/** Content that never changes while the process runs; read when it is asked for first, then kept. */
function serveContent(type: string, read: () => string | Buffer): RequestHandler {
  let content: { body: Buffer; etag: string } | undefined;
  let compressed: Promise<Buffer> | undefined;
  return async (req, res) => {
    if (content === undefined) {
      const body = Buffer.from(read());
      content = { body, etag: `"${createHash("sha256").update(body).digest("base64url")}"` };
    }
    setCommonHeaders(res);
    res.setHeader("content-type", `${type}; charset=utf-8`);
    res.setHeader("etag", content.etag);
    // Kept by the browser, asked for again each time: a new server shows its own page.
    res.setHeader("cache-control", "no-cache");
    res.setHeader("content-security-policy", docsSecurityPolicy);
    const encoding = encodingOf(res, content.body.length);
    setEncoding(res, encoding);
    if (encoding !== "gzip") {
      res.send(content.body);
      return;
    }
    // What has no body has no coding of it.
    if (req.fresh) res.removeHeader("content-encoding");
    compressed ??= gzip(content.body);
    res.send(await compressed);
  };
}
