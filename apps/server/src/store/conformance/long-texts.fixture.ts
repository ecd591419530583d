import { expect, it } from "vitest";
import {
  addModule,
  aggregateContent,
  documentContent,
  embeddingContent,
  essContent,
  sequenceContent,
} from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

/** Texts around the lengths at which an adapter may keep or read them in another way. */
export function describeLongTexts(open: OpenStore): void {
  const subject = useStore(open);
  const lengths = [1023, 1025, 16_383, 16_384, 16_385, 65_536];
  const units = ["a", "\u00e9", "\u4e16", "\u{1f600}", "a\u{1f600}\u4e16", "\ufeff"];
  const texts = lengths.flatMap((length) => units.map((unit) => unit.repeat(Math.ceil(length / unit.length))));

  it("come back as they were written, from wherever they are stored", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      await addModule(tx, "m");
      for (const text of texts) {
        const { id } = await tx.insertEss("m", essContent({ context: text }), 1);
        const aggregate = aggregateContent([{ module_id: "m", id }]);
        await tx.insertEss("m", { ...aggregate, aggregate_context: [text] }, 1);
        await tx.insertSequence("m", sequenceContent({ instance_id: 1, context: text }), 1);
        await tx.insertEmbedding("m", embeddingContent({ input: text, hash: String(id) }), 1);
        await tx.insertDocument(documentContent({ doc_id: text, text }), 1);
        const reply = { user_id: "u", route: "r", key: String(id), request_hash: new Uint8Array(32), status: 200 };
        await tx.putIdempotency({ ...reply, headers: {}, body: text, rows: undefined, created_at: 1 }, 0);
      }
    });
    await subject.reopen();
    const reader = subject.store;
    const all = { order: "asc", limit: 1000 } as const;
    const states = (await reader.essPage("m", all)).filter(({ context }) => (context?.length ?? 0) > 1000);
    const aggregates = (await reader.essPage("m", all)).filter((row) => row.aggregate_id.length > 0);
    expect(states.map(({ context }) => context)).toEqual(texts);
    expect(aggregates.map((row) => row.aggregate_context)).toEqual(texts.map((text) => [text]));
    expect((await reader.sequencePage("m", all)).map(({ context }) => context)).toEqual(texts);
    expect((await reader.embeddingPage("m", all)).map(({ input }) => input)).toEqual(texts);
    expect((await reader.documentPage(all)).map(({ doc_id, text }) => [doc_id, text])).toEqual(
      texts.map((text) => [text, text]),
    );
    const found = await Promise.all(states.map(({ id }) => reader.idempotency("u", "r", String(id))));
    expect(found.map((row) => row?.body)).toEqual(texts);
  });
}
