import { expect, it } from "vitest";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import { timesOf } from "../time/times-of.fixture.js";
import { commandLine } from "../caller/actor.js";
import { createAuditLog } from "./audit-log.js";

const folder = useFolder();

it("a purge deletes all that is too old and all that is too much, however many", async () => {
  const store = await folder.open();
  let now = 1_000_000;
  const audit = createAuditLog({
    store,
    times: timesOf(() => now),
    retention: 60_000,
    limit: 1500,
    onError: (error) => {
      throw error;
    },
  });
  const note = (count: number) =>
    store.transact(async (tx) => {
      for (let index = 0; index < count; index++) await audit.record(tx, commandLine, { kind: "login_failed" });
    });
  await note(2500);
  now += 60_000_001;
  await note(4000);
  expect(await audit.purge()).toBe(2500 + 2500);
  expect(await audit.purge()).toBe(0);
  const left = await store.auditPage({ order: "asc", limit: 10_000 });
  expect([left.length, left[0]?.id, left.at(-1)?.id]).toEqual([1500, 5001, 6500]);
});
