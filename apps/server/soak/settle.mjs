// Compares what a server answers after its start with what callers were promised.
import { compare } from "./ledger.mjs";
import { call } from "./processes.mjs";
import { pathOfRow, readAll } from "./workload.mjs";

/** Compares all rows with the ledger, and takes what is there as settled. */
export async function settle({ url, token, ledger, report }) {
  const rows = await readAll(url, token, ledger.paths);
  for (const wrong of compare(ledger, rows)) report(wrong);
  ledger.settle(rows);
}

/** Sends creates again under their keys: each row is there once, and under the id that was acknowledged. */
export async function repeatKeyed({ url, token, ledger, keyed, report }) {
  for (const { table, module, body, key, fact } of keyed) {
    const path = table === "document" ? "/v1/document" : `/v1/${table}`;
    const headers = { "idempotency-key": key };
    const reply = await call(url, { method: "POST", path, body, token, headers });
    if (reply.status !== 201) {
      report(`${fact.value} sent again under its key: ${reply.status} ${JSON.stringify(reply.body)}`);
      continue;
    }
    const place = pathOfRow(table, module, reply.body.id);
    const isReplay = reply.headers.get("idempotency-replayed") === "true";
    if (isReplay !== (fact.outcome === "acknowledged")) {
      report(`${fact.value} sent again under its key ${isReplay ? "was replayed" : "made a second row"} at ${place}`);
    }
    if (isReplay && fact.path !== place) report(`${fact.value} is at ${fact.path}, and its replay says ${place}`);
    if (!isReplay) ledger.acknowledge(fact, place);
  }
  return keyed.length;
}
