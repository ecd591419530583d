import { beforeEach, describe, expect, it, vi } from "vitest";
import { commandLine } from "../caller/actor.js";
import { DomainError } from "../errors/domain-error.js";
import { RateLimited } from "../throttling/rate-limited.js";
import { user } from "../store/conformance/contents.fixture.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import type { Store } from "../store/port/store.js";
import { timesOf } from "../time/times-of.fixture.js";
import { createLoginGuard } from "./login-guard.js";
import type { Passwords } from "../password/password.js";
import { type AuthService, createAuthService } from "./service.js";
import { hashToken, newKeyToken } from "./token.js";
import { createHashingQueue } from "../password/hashing-queue.js";

const folder = useFolder();
const from = { ...commandLine, address: "203.0.113.7" };
const now = 1_700_000_000_000_000;

let store: Store;
let auth: AuthService;
let hashed: string[];
let verified: string[];
let running: number;
let maxRunning: number;
/** What happens while a password is being checked. */
let meanwhile: () => Promise<void>;

/** Passwords whose hash is the password itself, and whose every hash and check is counted. */
const passwords: Passwords = {
  hash: async (password) => {
    hashed.push(password);
    return password;
  },
  verify: async (password, stored) => {
    verified.push(stored);
    running += 1;
    maxRunning = Math.max(maxRunning, running);
    await meanwhile();
    running -= 1;
    return password === stored;
  },
};

beforeEach(async () => {
  store = await folder.open();
  [hashed, verified] = [[], []];
  [running, maxRunning] = [0, 0];
  meanwhile = () => new Promise(setImmediate);
  await store.transact(async (tx) => {
    await tx.insertUser({ ...user("ada"), password_hash: "right" });
    await tx.insertUser({ ...user("gone"), password_hash: "right", disabled: true });
  });
  const rate = { count: 10, period: 600_000 };
  auth = createAuthService({
    store,
    times: timesOf(() => now),
    passwords,
    guard: createLoginGuard({
      clock: () => now,
      queue: createHashingQueue({ concurrency: 2, maxWaiting: 100 }),
      pairRate: rate,
      addressRate: { count: 100, period: 600_000 },
    }),
    audit: { record: async () => undefined, attempted: async () => undefined },
    sessionIdle: 60_000,
    sessionLifetime: 60_000,
    onTouchError: (error) => {
      throw error;
    },
  });
});

const login = (username: string, password: string) => auth.login(username, password, from);
const codeOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => "opened",
    (error: unknown) => (error instanceof DomainError ? error.code : error),
  );

describe("a login", () => {
  it.each([
    ["a known name", "ada", "wrong"],
    ["an unknown name", "nobody", "wrong"],
    ["an unknown name, with somebody's password", "nobody", "right"],
    ["a disabled user, with the right password", "gone", "right"],
    ["a disabled user, with a wrong password", "gone", "wrong"],
  ])("of %s costs one check of a hash, and is refused the same way", async (_name, username, password) => {
    await expect(login(username, password)).rejects.toThrow("username or password is wrong");
    // A hash that was made as those of users are: checking it costs what checking theirs does.
    expect([[...hashed], ["right"]]).toContainEqual(verified);
  });

  it("that is right costs the same", async () => {
    expect(await login("ada", "right")).toMatchObject({ username: "ada", role: "writer" });
    expect(verified).toEqual(["right"]);
  });

  it("that is refused for its many failures costs no check", async () => {
    for (let time = 0; time < 10; time++) expect(await codeOf(login("ada", "wrong"))).toBe("invalid_credentials");
    await expect(login("ada", "right")).rejects.toThrow(RateLimited);
    expect(verified).toHaveLength(10);
  });

  it("waits for its turn: no more than two checks run at the same moment", async () => {
    await Promise.all(Array.from({ length: 30 }, () => login("ada", "right")));
    expect(maxRunning).toBe(2);
    expect(verified).toHaveLength(30);
  });

  it.each([
    [
      "is disabled",
      () => store.transact((tx) => tx.updateUser(user("ada").user_id, { role: "writer", disabled: true })),
    ],
    ["gets another password", () => store.transact((tx) => tx.updatePassword(user("ada").user_id, "another"))],
  ])("of a user who %s in the meantime begins no session", async (_name, change) => {
    meanwhile = change;
    expect(await codeOf(login("ada", "right"))).toBe("invalid_credentials");
  });
});

describe("a change of the own password", () => {
  it("is refused where somebody else changes it, or ends the session, in the meantime", async () => {
    const { session_id: token } = await login("ada", "right");
    const principal = await auth.authenticate(token);
    meanwhile = () => store.transact((tx) => tx.updatePassword(principal.userId, "another"));
    expect(await codeOf(auth.changePassword(principal, "right", "mine", from))).toBe("invalid_credentials");
    expect(await store.user(principal.userId)).toMatchObject({ password_hash: "another" });

    meanwhile = () => store.transact((tx) => tx.deleteSessionsOf(principal.userId));
    expect(await codeOf(auth.changePassword(principal, "another", "mine", from))).toBe("unauthenticated");
    expect(await codeOf(auth.authenticate(token))).toBe("unauthenticated");
  });
});

describe("uses at the same moment", () => {
  it("of a key are noted in one write", async () => {
    const token = newKeyToken();
    await store.transact((tx) =>
      tx.insertKey({
        key_id: "k",
        token_hash: hashToken(token),
        user_id: user("ada").user_id,
        name: "key",
        hint: "ecak_",
        role: "reader",
        modules: null,
        created_at: 1,
        expires_at: null,
        last_used_at: null,
      }),
    );
    const transact = vi.spyOn(store, "transact");
    await Promise.all(Array.from({ length: 100 }, () => auth.authenticate(token)));
    expect(transact).toHaveBeenCalledTimes(1);
    // A write that comes after the one in the background has been committed after it.
    await store.transact((tx) => tx.updatePassword(user("ada").user_id, "right"));
    expect(await store.key("k")).toMatchObject({ last_used_at: now });
  });
});
