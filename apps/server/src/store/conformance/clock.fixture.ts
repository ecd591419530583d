import { expect, it } from "vitest";
import { hashToken } from "../../auth/token.js";
import type { ClockRow } from "../port/rows.js";
import { user } from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

/** What is known of the clock, and of times that a wrong one has left. */
export function describeClock(open: OpenStore): void {
  const subject = useStore(open);

  it("the clock that was kept last is read back", async () => {
    expect(await subject.store.clock()).toBeUndefined();
    const rows: ClockRow[] = [
      { at: 1_700_000_000_000_001, lag: 0, jumped_at: null, wrong_from: null, wrong_by: null },
      { at: 2_000_000_000_000_001, lag: 3, jumped_at: 1_999_999_999_999_999, wrong_from: 5, wrong_by: 6 },
      { at: 7, lag: 0, jumped_at: null, wrong_from: null, wrong_by: 8 },
    ];
    for (const row of rows) {
      await subject.store.transact((tx) => tx.putClock(row));
      expect(await subject.store.clock()).toEqual(row);
      await subject.reopen();
      expect(await subject.store.clock()).toEqual(row);
    }
  });

  it("times of sessions, keys and kept replies that lie ahead are capped, and no others change", async () => {
    const { store } = subject;
    const ada = user("ada");
    const hashes = [1, 2, 3].map((number) => hashToken(`token ${number}`));
    const reply = { route: "r", request_hash: hashes[0]!, status: 201, headers: {}, body: "{}" };
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      for (const [index, token_hash] of hashes.entries()) {
        const at = 90 + 10 * index;
        await tx.insertSession({ token_hash, user_id: ada.user_id, created_at: at - 5, last_used_at: at });
        const key = {
          key_id: `${index}`,
          token_hash,
          user_id: ada.user_id,
          name: "n",
          hint: "h",
          role: "reader" as const,
        };
        await tx.insertKey({ ...key, modules: null, created_at: at, expires_at: at + 50, last_used_at: at });
        await tx.putIdempotency({ ...reply, user_id: "u", key: `${index}`, created_at: at }, 0);
      }
    });
    await store.transact((tx) => tx.capTimes(104));
    const sessions = await Promise.all(hashes.map((hash) => store.session(hash)));
    expect(sessions.map((found) => [found?.session.created_at, found?.session.last_used_at])).toEqual([
      [85, 90],
      [95, 100],
      [104, 104],
    ]);
    const keys = await store.keys({ order: "asc", limit: 9 });
    expect(keys.map(({ created_at, expires_at, last_used_at }) => [created_at, expires_at, last_used_at])).toEqual([
      [90, 140, 90],
      [100, 150, 100],
      // Nothing goes by when it was made, and when it ends is not for a clock to say.
      [110, 160, 104],
    ]);
    const replies = await Promise.all(["0", "1", "2"].map((key) => store.idempotency("u", "r", key)));
    expect(replies.map((kept) => kept?.created_at)).toEqual([90, 100, 104]);
  });
}
