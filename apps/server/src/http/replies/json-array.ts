import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { Response } from "express";
import type { Pages } from "../../lists/pages.js";
import type { TurnWriter } from "../../text/json-in-turns.js";
import { compressStream } from "./compression.js";
import { JsonText, jsonType, setCommonHeaders } from "./json.js";

interface ArrayWriting {
  /** Writes a page of the list. */
  readonly write: TurnWriter;
  /** Asked before each further page of a stream, which ends there where it throws. */
  readonly recheckCredential: () => Promise<void>;
}

/**
 * The body of a JSON array: its text where one page holds it all, so that short lists cost no stream; else
 * a stream that is read as fast as the caller takes it. A failure on the way breaks the connection
 * off, so that a list that was cut short never looks whole.
 */
export async function toArrayBody(
  pages: Pages<unknown>,
  res: Response,
  { write, recheckCredential }: ArrayWriting,
): Promise<JsonText | Readable> {
  const iterator = pages[Symbol.asyncIterator]();
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

/** The next page, after others had their turn: a caller who reads fast enough never makes the stream wait. */
async function inTurn<Item>(pages: AsyncIterator<Item>): Promise<IteratorResult<Item>> {
  await setImmediate();
  return pages.next();
}

async function* arrayText(
  begun: (readonly unknown[])[],
  rest: AsyncIterator<readonly unknown[]>,
  { write, recheckCredential }: ArrayWriting,
): AsyncGenerator<string> {
  let separator = "[";
  async function text(page: readonly unknown[]): Promise<string> {
    const opened = separator;
    if (page.length > 0) separator = ",";
    return page.length === 0 ? "" : opened + (await write(page)).slice(1, -1);
  }
  // Let go one by one: a caller who reads slowly makes each page that is held last as long as the list.
  for (let page = begun.shift(); page !== undefined; page = begun.shift()) yield await text(page);
  for (let next = await inTurn(rest); next.done !== true; next = await inTurn(rest)) {
    await recheckCredential();
    yield await text(next.value);
  }
  yield separator === "[" ? "[]" : "]";
}
