import * as fc from "fast-check";
import { expect, it } from "vitest";
import { applyWrite, repair, timedWrite } from "../../conformance/time-repairs.fixture.js";
import { openSqliteStore } from "../sqlite-store.js";
import { useFolder } from "../use-folder.fixture.js";
import { verifyDatabase } from "./verify.js";

const folder = useFolder();

it("data whose times were repaired is sound", async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(timedWrite, { minLength: 1, maxLength: 40 }), async (writes) => {
      const path = `${folder.path}/${(count += 1)}`;
      const store = await openSqliteStore({ folder: path });
      for (const each of writes) await store.transact((tx) => applyWrite(tx, each));
      await store.transact((tx) => tx.repairTimes(repair));
      await store.close();
      expect(verifyDatabase(path).issues).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

it("times are repaired whole or not at all", async () => {
  const store = await folder.open();
  await store.transact((tx) => applyWrite(tx, { moduleId: "a", kind: "sequence", id: 1, at: 10_000 }));
  const before = await store.timesAfter(repair.after);
  const rejecting = store.transact(async (tx) => {
    await tx.repairTimes(repair);
    expect(await tx.timesAfter(repair.after)).toEqual([]);
    throw new Error("changed its mind");
  });
  await expect(rejecting).rejects.toThrow("changed its mind");
  expect(await store.timesAfter(repair.after)).toEqual(before);
  expect(before).not.toEqual([]);
});
