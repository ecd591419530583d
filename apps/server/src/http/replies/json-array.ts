import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { Response } from "express";
import type { RowBatches } from "../../lists/row-batches.js";
import type { TurnWriter } from "../../text/json-in-turns.js";
import { compressStream } from "./compression.js";
import { JsonText, jsonType, setCommonHeaders } from "./json.js";

interface ArrayWriting {
  /** Writes a batch of the list. */
  readonly write: TurnWriter;
  /** Called before each further batch of a stream. Where it throws, the stream ends. */
  readonly recheckCredential: () => Promise<void>;
}

/**
 * The body of a JSON array: its text where one batch holds it all, so that short lists cost no stream; else
 * a stream that is read as fast as the caller takes it. A failure on the way breaks the connection
 * off, so that a list that was cut short never looks whole.
 */
export async function toArrayBody(
  batches: RowBatches<unknown>,
  res: Response,
  { write, recheckCredential }: ArrayWriting,
): Promise<JsonText | Readable> {
  const iterator = batches[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return new JsonText("[]");
  const second = await iterator.next();
  if (second.done === true) return new JsonText(await write(first.value));
  const stream = Readable.from(arrayText([first.value, second.value], iterator, { write, recheckCredential }), {
    objectMode: true,
  });
  setCommonHeaders(res);
  res.setHeader("content-type", jsonType);
  const reply = compressStream(stream, res);
  reply.on("error", (error) => res.destroy(error));
  res.on("close", () => reply.destroy());
  return reply;
}

/** The next batch, after others had their turn: a caller who reads fast enough never makes the stream wait. */
async function inTurn<Item>(batches: AsyncIterator<Item>): Promise<IteratorResult<Item>> {
  await setImmediate();
  return batches.next();
}

async function* arrayText(
  begun: (readonly unknown[])[],
  rest: AsyncIterator<readonly unknown[]>,
  { write, recheckCredential }: ArrayWriting,
): AsyncGenerator<string> {
  let separator = "[";
  async function text(batch: readonly unknown[]): Promise<string> {
    const opened = separator;
    if (batch.length > 0) separator = ",";
    return batch.length === 0 ? "" : opened + (await write(batch)).slice(1, -1);
  }
  // Let go one by one: a caller who reads slowly makes each batch that is held last as long as the list.
  for (let batch = begun.shift(); batch !== undefined; batch = begun.shift()) yield await text(batch);
  for (let next = await inTurn(rest); next.done !== true; next = await inTurn(rest)) {
    await recheckCredential();
    yield await text(next.value);
  }
  yield separator === "[" ? "[]" : "]";
}
