import { beforeEach, expect, it } from "vitest";
import { user } from "../store/conformance/contents.fixture.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import type { Store } from "../store/port/store.js";
import { ensureAdministrator } from "./administrator.js";
import type { Passwords } from "../password/password.js";

const folder = useFolder();
const passwords: Passwords = {
  hash: async (password) => `hash of ${password}`,
  verify: async (password, stored) => stored === `hash of ${password}`,
};
let store: Store;
let warnings: string[];

beforeEach(async () => {
  store = await folder.open();
  warnings = [];
});

const ensure = (password?: string) =>
  ensureAdministrator(
    {
      store,
      clock: () => 7,
      passwords,
      audit: { record: async () => undefined },
      onWeakPassword: (text) => warnings.push(text),
    },
    { username: "admin", password },
  );
const addUser = (change: object) => store.transact((tx) => tx.insertUser({ ...user("ada"), role: "admin", ...change }));

it("generates a password where there is nobody who could administer", async () => {
  await addUser({ disabled: true });
  const generated = await ensure();
  expect(generated).toMatch(/^[\w-]{20}$/);
  expect(await store.userByName("admin")).toMatchObject({ role: "admin", password_hash: `hash of ${generated}` });
  expect(await ensure()).toBeUndefined();
});

it("makes no second administrator unasked", async () => {
  await addUser({});
  expect(await ensure()).toBeUndefined();
  expect(await store.userByName("admin")).toBeUndefined();
  expect(await ensure("a-given-password")).toBeUndefined();
  expect(await store.userByName("admin")).toMatchObject({ role: "admin" });
});

it("takes a changed password, and enables or promotes nobody", async () => {
  await ensure("first");
  await addUser({});
  const { user_id } = (await store.userByName("admin"))!;
  await store.transact((tx) => tx.updateUser(user_id, { role: "reader", disabled: true }));
  await ensure("second");
  const changed = { role: "reader", disabled: true, password_hash: "hash of second" };
  expect(await store.userByName("admin")).toMatchObject(changed);
});

it("a common password is given to no administrator, new or there", async () => {
  await expect(ensure("Password123")).rejects.toThrow(/^ECA_PASSWORD: is one of the most common passwords; take/);
  expect(await store.userByName("admin")).toBeUndefined();
  await ensure("a-given-password");
  await expect(ensure("          ")).rejects.toThrow(/^ECA_PASSWORD: must not be of blanks alone; take/);
  expect(await store.userByName("admin")).toMatchObject({ password_hash: "hash of a-given-password" });
  expect(warnings).toEqual([]);
});

it("an administrator who has a common password already goes on with it, and the log says so", async () => {
  await addUser({ username: "admin", password_hash: "hash of Password123" });
  expect(await ensure("Password123")).toBeUndefined();
  expect(await store.userByName("admin")).toMatchObject({ password_hash: "hash of Password123" });
  expect(warnings).toEqual([expect.stringMatching(/^ECA_PASSWORD: is one of the most common .* still lets them in$/)]);
});
