import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { essContent } from "../../conformance/contents.fixture.js";
import { Connection } from "../database/connection.js";
import { useFolder } from "../use-folder.fixture.js";
import { inspectFolder } from "./inspect-folder.js";
import { SumsFile } from "./sums-file.js";

const folder = useFolder();

afterEach(() => {
  vi.restoreAllMocks();
});

it("a kill at any moment of moving the log leaves nothing that looks damaged or lost", async () => {
  const copies: string[] = [];
  const copy = (moment: string): void => {
    const target = join(folder.path, `${copies.length} ${moment}`);
    mkdirSync(target);
    for (const name of readdirSync(folder.path).filter((name) => name.startsWith("eca."))) {
      copyFileSync(join(folder.path, name), join(target, name));
    }
    copies.push(target);
  };
  const store = await folder.open();
  await store.transact((tx) => tx.insertModule("m", 2000, 1));
  // oxlint-disable typescript/unbound-method -- each is called with the object that the call was for.
  const { write, writeMark } = SumsFile.prototype;
  const { execOffThread } = Connection.prototype;
  // oxlint-enable typescript/unbound-method
  vi.spyOn(SumsFile.prototype, "write").mockImplementation(function around(this: SumsFile, ...parameters) {
    copy("before sums");
    write.apply(this, parameters);
    copy("after sums");
  });
  vi.spyOn(SumsFile.prototype, "writeMark").mockImplementation(function around(this: SumsFile, mark) {
    writeMark.call(this, mark);
    if (mark.settled) copy("after the mark");
  });
  vi.spyOn(Connection.prototype, "execOffThread").mockImplementation(async function around(this: Connection, sql) {
    const isMove = sql.includes("wal_checkpoint");
    if (isMove) copy("before the checkpoint");
    await execOffThread.call(this, sql);
    if (isMove) copy("after the checkpoint");
  });
  // As many as move the log twice, so that it starts over in between.
  for (let number = 1; number <= 320; number++) {
    await store.transact((tx) => tx.insertEss("m", essContent({ state: new Float32Array(2000).fill(number) }), number));
  }
  copy("afterwards");
  expect(copies.filter((name) => name.endsWith("after the checkpoint")).length).toBeGreaterThanOrEqual(2);
  const wrong: string[] = [];
  for (const target of copies) {
    const { damaged, unsummed, log } = await inspectFolder(target);
    if (damaged.length > 0 || unsummed.length > 0 || log.isCut || log.restored.size > 0) wrong.push(target);
  }
  expect(wrong).toEqual([]);
});
