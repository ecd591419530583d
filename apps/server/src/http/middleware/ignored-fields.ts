import { type AppRoute, type AppRouter, routesOf } from "@eca/contract";
import type { Request, RequestHandler } from "express";
import { type BareItem, DisplayString, type Item, serializeItem, serializeList } from "structured-headers";
import { DomainError } from "../../errors/domain-error.js";
import {
  createFindUnknownFields,
  type FindUnknownFields,
  hintOf,
  type UnknownField,
} from "../../errors/known-fields.js";
import { policyOf } from "./authenticate.js";
import "../request/context.js";

/** Names the fields of a body that the server does not know and ignores. */
const headerName = "ignored-fields";

/** Bytes of the header; proxies give all headers of a reply some thousands together. */
const maxLength = 1000;

/** Maximum length of a name that is sent whole, in characters. */
const maxNameLength = 64;

/**
 * Names in `Ignored-Fields` what a body has that the contract does not know: a list of structured fields (RFC 9651), each
 * with the known field that it may be meant for. The reply's body says nothing of them.
 *
 * To be mounted behind `readBody` and the limits of sizes.
 */
export function nameIgnoredFields(...contracts: readonly AppRouter[]): RequestHandler {
  const finders = new Map<AppRoute | undefined, FindUnknownFields>();
  for (const contract of contracts) {
    for (const [, route] of routesOf(contract)) {
      const schema = "body" in route ? route.body : policyOf(route).queryInBody === true ? route.query : undefined;
      // A marker says that the route takes no body.
      if (typeof schema === "object") finders.set(route, createFindUnknownFields(schema));
    }
  }
  return (req, res, next) => {
    const find = finders.get(req.tsRestRoute);
    const unknown = find?.(bodyOf(req)) ?? [];
    if (unknown.length > 0) {
      req.unknownFields = unknown;
      res.setHeader(headerName, formatFields(unknown));
    }
    next();
  };
}

/** The body, which is a query on some routes. */
function bodyOf(req: Request): unknown {
  return policyOf(req.tsRestRoute).queryInBody === true ? req.query : req.body;
}

function formatFields(unknown: readonly UnknownField[]): string {
  const items: Item[] = [];
  const names = new Set<string>();
  let length = 0;
  for (const { path, similar } of unknown) {
    const name = formatPath(path);
    if (names.has(name)) continue;
    names.add(name);
    const item: Item = [toItem(name), new Map(similar === undefined ? [] : [["did-you-mean", toItem(similar)]])];
    length += serializeItem(item).length + 2;
    if (length > maxLength) {
      items.at(-1)?.[1].set("and-more", true);
      break;
    }
    items.push(item);
  }
  return serializeList(items);
}

/** `observations[].colour`: an entry of a list stands for all of them. */
function formatPath(path: UnknownField["path"]): string {
  const text = path.map((key) => (typeof key === "number" ? "[]" : `.${key}`)).join("");
  const whole = text.replace(/^\./, "");
  return whole.length <= maxNameLength ? printable(whole) : `${printable(whole.slice(0, maxNameLength - 1))}...`;
}

/** Control characters and halves of a character become U+FFFD: the library escapes the former wrongly, the latter are none. */
function printable(text: string): string {
  return Buffer.from(text)
    .toString()
    .replaceAll(/\p{Cc}/gu, "\ufffd");
}

/** A string where it is printable ASCII, else a display string. */
function toItem(text: string): BareItem {
  return /^[ -~]*$/.test(text) ? text : new DisplayString(text);
}

/** The same error, with the names under which missing fields may have been sent. */
export function withHints(error: unknown, { unknownFields, body }: Pick<Request, "unknownFields" | "body">): unknown {
  // Others with a class of their own have no fields that could be missing.
  if (unknownFields === undefined || !(error instanceof DomainError) || error.constructor !== DomainError) return error;
  const issues = error.issues.map((issue) => {
    const path = issue.pointer === undefined ? [] : readPointer(issue.pointer);
    return { ...issue, detail: issue.detail + hintOf(unknownFields, body, path) };
  });
  return new DomainError(error.code, issues, { cause: error.cause });
}

/** The keys of a JSON Pointer (RFC 6901). */
function readPointer(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
