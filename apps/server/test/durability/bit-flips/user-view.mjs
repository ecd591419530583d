// Asks a server for all that users can see of the data.
import { call } from "../../../soak/processes.mjs";

/**
 * @typedef {object} Seen
 * @property {string[]} modules
 * @property {number} documents How many there are at least, from the first on.
 * @property {object[]} keyed Calls whose replies are kept: repeated, they get these again.
 * @property {object[]} searches
 * @property {string[]} tokens Of keys.
 *
 * @typedef {object} Reply
 * @property {string} name Of what was asked.
 * @property {number} status 0 where no whole answer came.
 * @property {string} text
 * @property {string | undefined} code Of an error.
 */

/** The error as a whole, with its code. */
const accept = "application/problem+json, application/json;q=0.5";

/**
 * @param {string} url
 * @param {string} token
 * @param {Seen} seen
 * @returns {Promise<Reply[]>}
 */
export async function readView(url, token, seen) {
  const replies = [];
  const ask = async (request, as = token) => {
    const headers = { ...request.headers, accept };
    const { status, body, headers: got } = await call(url, { ...request, token: as, headers });
    const isReplay = got?.get("idempotency-replayed") ?? "";
    const name = `${request.method ?? "GET"} ${request.path}`;
    // What is refused names the request that it was.
    const text = status < 400 ? `${isReplay} ${JSON.stringify(body, withoutUse)}` : "";
    replies.push({ name, status, text, code: body?.code });
  };
  for (const path of listsOf(seen)) await ask({ path });
  for (const body of seen.searches) await ask({ method: "POST", path: "/v1/ess/search", body });
  for (const module_id of ["narrow", "wide"]) {
    await ask({ method: "POST", path: "/v1/predictions/raw", body: { module_id, n: 2 } });
  }
  for (const query of ["When is it warm?", "cold sun"])
    await ask({ method: "POST", path: "/v1/retrieval", body: { query } });
  for (const request of seen.keyed) await ask(request);
  for (const as of seen.tokens) await ask({ path: "/v1/sequence/narrow/1" }, as);
  return replies;
}

/** Whoever reads it by a key has used the key. */
const withoutUse = (key, value) => (key === "last_used_at" ? undefined : value);

function listsOf({ modules, documents }) {
  const ofModules = modules.flatMap((module) => [
    `/v1/module/${module}`,
    `/v1/ess/${module}`,
    `/v1/ess/${module}?order=desc&limit=2`,
    `/v1/ess/${module}/pretty/1`,
    `/v1/ess/${module}/sequence`,
    `/v1/ess/${module}/aggregate/both/1`,
    `/v1/sequence/${module}`,
    `/v1/sequence/${module}?status=e&limit=5`,
    `/v1/sequence/${module}/-1`,
    `/v1/embedding/${module}`,
  ]);
  const single = ["/v1/ess/narrow/embedding/1", "/v1/embedding/narrow/hash?hash=hash%20of%20first%201"];
  const texts = Array.from({ length: documents }, (_, index) => `/v1/document/${index + 1}`);
  return [
    "/v1/module",
    ...ofModules,
    ...single,
    "/v1/document",
    ...texts,
    "/v1/response",
    "/v1/user",
    "/v1/key",
    "/v1/audit",
  ];
}

/**
 * Compares what users see with what they saw: each reply is the same, or refused as damage.
 *
 * @param {Reply[]} before
 * @param {Reply[]} after
 * @returns {{ wrong: string[], damaged: number }} What is neither, and how many were refused.
 */
export function compareViews(before, after) {
  const wrong = [];
  let damaged = 0;
  for (const [at, was] of before.entries()) {
    const is = after[at];
    if (is.status === was.status && is.text === was.text && is.code === was.code) continue;
    if (is.status === 503 && is.code === "data_damaged") damaged += 1;
    else
      wrong.push(
        `${was.name}: ${was.status} ${excerpt(was, is)}, and now ${is.status} ${is.code ?? ""} ${excerpt(is, was)}`,
      );
  }
  return { wrong, damaged };
}

/** Where a text is not another one. */
function excerpt({ text }, other) {
  let at = 0;
  while (at < text.length && text[at] === other.text[at]) at += 1;
  return text.slice(Math.max(0, at - 20), at + 60);
}
