import { beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "../caller/principal.js";
import { timesOf } from "../time/times-of.fixture.js";
import { type Credential, CredentialCache } from "./credential-cache.js";

const principal: Principal = {
  userId: "1",
  username: "ada",
  role: "reader",
  tokenHash: new Uint8Array(32),
  keyId: undefined,
  modules: undefined,
};
const credential: Credential = { principal, expiresAt: Infinity };

describe("a cache of credentials", () => {
  let now: number;
  let revocations: number;
  let cache: CredentialCache;

  beforeEach(() => {
    now = 1_700_000_000_000_000;
    revocations = 0;
    cache = new CredentialCache({ store: { revocations: () => revocations }, times: timesOf(() => now) });
  });

  const remember = (token: string, found = credential) => cache.find(token, async () => found);

  it("knows a token that was found a moment ago, and no other", async () => {
    expect(cache.cached("a")).toBeUndefined();
    expect(await remember("a")).toBe(principal);
    expect(cache.cached("a")).toBe(principal);
    expect(cache.cached("b")).toBeUndefined();
  });

  it("forgets within a second, however often it is asked", async () => {
    await remember("a");
    for (let elapsed = 0; elapsed < 1_000_000; elapsed += 10_000) {
      now += 10_000;
      cache.cached("a");
    }
    expect(cache.cached("a")).toBeUndefined();
  });

  it("forgets at once when anything is revoked", async () => {
    await remember("a");
    await remember("b");
    revocations += 1;
    expect(cache.cached("a")).toBeUndefined();
    await remember("b");
    expect(cache.cached("b")).toBe(principal);
    expect(cache.cached("a")).toBeUndefined();
  });

  it("does not keep what may have been read before a revocation", async () => {
    await cache.find("a", async () => {
      revocations += 1;
      return credential;
    });
    expect(cache.cached("a")).toBeUndefined();
  });

  it("keeps nothing that was not found", async () => {
    await expect(cache.find("a", () => Promise.reject(new Error("unknown")))).rejects.toThrow("unknown");
    expect(cache.cached("a")).toBeUndefined();
  });

  it("does not outlive the end of a session or a key", async () => {
    await remember("a", { principal, expiresAt: now + 100 });
    now += 99;
    expect(cache.cached("a")).toBe(principal);
    now += 1;
    expect(cache.cached("a")).toBeUndefined();
  });

  it("is bounded", async () => {
    for (let index = 0; index < 10_001; index++) await remember(`token ${index}`);
    expect(cache.cached("token 9999")).toBe(principal);
    expect(cache.cached("token 10000")).toBeUndefined();
  });
});
