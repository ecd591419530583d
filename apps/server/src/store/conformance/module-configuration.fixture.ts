import { expect, it } from "vitest";
import type { ModuleConfiguration } from "../port/rows.js";
import { addModule } from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

const instance = (id: number, ...numbers: number[]) => ({ id, state: Float32Array.from(numbers), valence: id * 1.5 });

const configuration: ModuleConfiguration = {
  shape: 2,
  display_name: "Air \u{1F32C}",
  emotified_instances: [instance(7, 1, 2), instance(-1, 3.25, -4)],
};

/** What a configuration says of modules. */
export function describeModuleConfiguration(open: OpenStore): void {
  const subject = useStore(open);
  const configure = (moduleId: string, more: Partial<ModuleConfiguration> = {}, at = 9) =>
    subject.store.transact((tx) => tx.configureModule(moduleId, { ...configuration, ...more }, at));

  it("is a write of its own, which fixes an open shape", async () => {
    await subject.store.transact((tx) => tx.insertModule("m", 0, 1));
    const row = await configure("m");
    expect(row).toMatchObject({ shape: 2, display_name: "Air \u{1F32C}", revision: 1, ess_revision: 0 });
    await subject.reopen();
    const { store } = subject;
    expect(await store.module("m")).toEqual(row);
    expect(await store.emotifiedInstances("m")).toEqual([instance(-1, 3.25, -4), instance(7, 1, 2)]);
    expect(await store.changes("m", { after: 0, limit: 9 })).toEqual([
      { module_id: "m", revision: 1, kind: "module_configured", row_id: 0, at: 9 },
    ]);
    expect(await store.changes("m", { after: 0, limit: 9, kinds: ["ess_created"] })).toEqual([]);
  });

  it("takes the place of the one before", async () => {
    await subject.store.transact((tx) => tx.insertModule("m", 0, 1));
    await configure("m");
    const row = await configure("m", { display_name: null, emotified_instances: [instance(7, 5, 6)] });
    expect(row).toMatchObject({ display_name: null, revision: 2 });
    expect(await subject.store.emotifiedInstances("m")).toEqual([instance(7, 5, 6)]);
  });

  it("leaves other modules alone", async () => {
    await subject.store.transact(async (tx) => {
      await tx.insertModule("m", 0, 1);
      await tx.insertModule("n", 2, 1);
    });
    await configure("m");
    expect(await subject.store.emotifiedInstances("n")).toEqual([]);
    expect(await subject.store.emotifiedInstances("none")).toEqual([]);
    expect(await subject.store.module("n")).toMatchObject({ display_name: null, revision: 0 });
  });

  it("never changes a shape that is fixed, nor a module that is not there", async () => {
    await subject.store.transact((tx) => addModule(tx, "m"));
    const before = await subject.store.module("m");
    await expect(configure("m", { shape: 7 })).rejects.toThrow(/module "m" does not exist or has another shape/);
    await expect(configure("none")).rejects.toThrow(/module "none" does not exist/);
    expect(await subject.store.module("m")).toEqual(before);
    expect(await subject.store.emotifiedInstances("m")).toEqual([]);
  });
}
