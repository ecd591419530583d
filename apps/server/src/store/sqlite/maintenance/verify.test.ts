import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  addModule,
  aggregateContent,
  documentContent,
  embeddingContent,
  essContent,
  responseContent,
  sequenceContent,
  user,
} from "../../conformance/contents.fixture.js";
import { type Store, StoreUnusableError } from "../../port/store.js";
import { Connection } from "../database/connection.js";
import { applicationId } from "../database/migrate.js";
import { migrations } from "../migrations/migrations.js";
import type { Progress } from "../database/progress.js";
import { useFolder } from "../use-folder.fixture.js";
import { verifyDatabase } from "./verify.js";

const folder = useFolder();

/** Some of everything, with updates and deletions behind it. */
async function fill(store: Store): Promise<void> {
  const one = (value: number) => essContent({ state: Float32Array.of(value) });
  await store.transact(async (tx) => {
    for (const module of ["a'b", "c"]) {
      await addModule(tx, module, one(1));
      await tx.insertEss(module, one(2), 2);
      await tx.updateEss(module, 1, one(3), 3);
      for (const id of [1, 2, 3]) await tx.insertSequence(module, sequenceContent({ instance_id: (id % 2) + 1 }), 4);
      await tx.updateSequence(module, 1, sequenceContent({ status: "e" }), 5);
      await tx.deleteSequence(module, 2, 6);
      for (const hash of ["x", "y"]) await tx.insertEmbedding(module, embeddingContent({ hash }), 7);
      await tx.deleteEmbedding(module, 2, 8);
    }
    const parts = [
      { module_id: "a'b", id: 1 },
      { module_id: "c", id: 2 },
    ];
    await addModule(tx, "both", aggregateContent(parts));
    await tx.insertEss("both", aggregateContent([...parts, ...parts].slice(1, 3)), 9);
    await tx.updateEss("both", 2, aggregateContent(parts.toReversed()), 10);
    for (const doc_id of ["d", "e"]) await tx.insertDocument(documentContent({ doc_id }), 11);
    await tx.deleteDocument(1);
    await tx.insertResponse(responseContent(), 12);
    await tx.insertUser(user("ada"));
    await tx.insertSession({ token_hash: new Uint8Array(32), user_id: "id of ada", created_at: 1, last_used_at: 1 });
  });
}

let store: Store;

beforeEach(async () => {
  store = await folder.open();
  await fill(store);
});

/** Changes the database behind the store's back. */
async function tamper(sql: string): Promise<void> {
  await store.close();
  const connection = new Connection(folder.database);
  connection.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
  connection.close();
}

describe("a sound database", () => {
  it("has no issue, and is verified while it is open, in its folder or as a file", () => {
    const verification = verifyDatabase(folder.path);
    expect(verification).toMatchObject({ version: migrations.length, issues: [] });
    expect(verification.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(Object.fromEntries(verification.rows)).toMatchObject({
      module: 3,
      ess: 6,
      ess_component: 4,
      sequence: 4,
      embedding: 2,
      document: 1,
      response: 1,
      user: 1,
    });
    expect(verifyDatabase(folder.database)).toEqual(verification);
  });

  it("has none before its first write, nor when an older version has written it", async () => {
    const empty = await folder.open({ folder: join(folder.path, "empty") });
    await empty.close();
    expect(verifyDatabase(join(folder.path, "empty")).issues).toEqual([]);
    const old = new Connection(join(folder.path, "old.db"));
    old.exec(`${migrations[0]}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`);
    old.close();
    expect(verifyDatabase(join(folder.path, "old.db"))).toMatchObject({ version: 1, issues: [] });
  });
});

describe("a row at its limits", () => {
  /** The number of components that the largest state has numbers for. */
  const count = 65_536;

  // To compare each entry of one list with each of another took 44 s for a quarter as many.
  it("an aggregate is verified in a time that grows with its components, not with their square", async () => {
    const components = Array.from({ length: count }, (_, index) => ({
      module_id: index % 2 === 0 ? "a'b" : "c",
      id: ((index >> 1) % 2) + 1,
    }));
    await store.transact((tx) => addModule(tx, "wide", aggregateContent(components)));
    expect(verifyDatabase(folder.path)).toMatchObject({ issues: [], digest: expect.any(String) });
    await tamper("DELETE FROM ess_component WHERE module_id = 'wide' AND component_id = 2");
    expect(verifyDatabase(folder.path).issues).toEqual([
      "aggregate 1 of module 'wide' is not found by its component 2 of 'a''b'",
      "aggregate 1 of module 'wide' is not found by its component 2 of 'c'",
    ]);
  });
});

describe("the progress", () => {
  it("names each step, counts up within it, and ends with all rows of a step that counts rows", async () => {
    await store.transact(async (tx) => {
      for (let id = 0; id < 3000; id++) await tx.insertSequence("c", sequenceContent(), 9);
    });
    const reports: Progress[] = [];
    const { rows } = verifyDatabase(folder.path, (progress) => reports.push(progress));
    const steps = [...new Set(reports.map(({ step }) => step))];
    expect(steps).toEqual(["checking pages", "checking rules", "checking aggregates", "reading rows"]);
    for (const step of steps) {
      const counts = reports.filter((report) => report.step === step).map(({ done }) => done);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    }
    const read = reports.filter(({ step }) => step === "reading rows");
    const total = [...rows.values()].reduce((sum, count) => sum + count, 0);
    expect(read.map(({ done, total }) => [done, total])).toEqual(
      read.map((_, index) => [index * 1024, total] as const),
    );
    expect(read.length).toBe(1 + Math.floor(total / 1024));
  });
});

describe("the digest", () => {
  const digest = () => verifyDatabase(folder.path).digest;

  it("is the same however the rows lie in the file", async () => {
    const before = digest();
    await tamper("VACUUM; REINDEX");
    expect(digest()).toBe(before);
  });

  it("does not count who is logged in, kept replies, nor the use of a key", async () => {
    await store.transact((tx) =>
      tx.insertKey({
        key_id: "k",
        token_hash: new Uint8Array(32),
        user_id: "id of ada",
        name: "k",
        hint: "h",
        role: "reader",
        modules: null,
        created_at: 1,
        expires_at: null,
        last_used_at: null,
      }),
    );
    const before = digest();
    await store.transact(async (tx) => {
      await tx.touchKey("k", 5);
      await tx.deleteSessionsOf("id of ada");
      const reply = {
        user_id: "id of ada",
        route: "ess.create",
        key: "1",
        created_at: 1,
        request_hash: new Uint8Array(32),
        status: 201,
        headers: {},
        body: "{}",
      };
      expect(await tx.putIdempotency(reply, 0)).toBe(true);
    });
    expect(digest()).toBe(before);
  });

  it.each([
    ["a state, by one bit", "UPDATE ess SET state = x'0000a040' WHERE module_id = 'c' AND id = 2"],
    ["null and the empty text", "UPDATE sequence SET context = '' WHERE module_id = 'c' AND id = 1"],
    ["where one value ends and the next begins", "UPDATE user SET username = 'ad', role = 'awriter'"],
    ["an instant", "UPDATE document SET created_at = created_at + 1"],
    ["a secret of the server's", "INSERT INTO secret (name, value) VALUES ('cursor', x'00')"],
    ["a table of a later version", "CREATE TABLE later (id INTEGER PRIMARY KEY); INSERT INTO later VALUES (1)"],
  ])("differs between %s", async (_name, sql) => {
    const before = digest();
    await tamper(sql);
    expect(digest()).not.toBe(before);
  });
});

describe("an integrity check finds", () => {
  it.each([
    [
      "UPDATE module SET revision = revision + 1 WHERE module_id = 'c'",
      "module 'c' has revision 12, its change log has 11 entries up to 11",
    ],
    [
      "DELETE FROM change WHERE module_id = 'c' AND revision = 5",
      "module 'c' has revision 11, its change log has 10 entries up to 11",
    ],
    [
      "UPDATE module SET ess_revision = 1 WHERE module_id = 'c'",
      "module 'c' has ess_revision 1, its change log says 3",
    ],
    [
      "UPDATE change SET module_id = 'nowhere' WHERE module_id = 'both'",
      "the change log tells of module 'nowhere', which is not there",
    ],
    [
      "UPDATE ess SET state = x'00' WHERE module_id = 'c' AND id = 1",
      "ess 1 of module 'c' has 1 bytes, the module has shape 1",
    ],
    ["UPDATE module SET ess_count = 9 WHERE module_id = 'a''b'", "module 'a''b' has 2 rows of ess and counts 9"],
    ["UPDATE module SET sequence_count = 9 WHERE module_id = 'c'", "module 'c' has 2 rows of sequence and counts 9"],
    [
      "UPDATE module SET last_embedding_id = 9 WHERE module_id = 'c'",
      "module 'c' gave 9 ids of embedding, its change log tells of 2",
    ],
    [
      "UPDATE change SET row_id = 7 WHERE module_id = 'c' AND kind = 'sequence_created' AND row_id = 3",
      "module 'c': the ids of sequence have a gap before 7",
    ],
    [
      "DELETE FROM ess WHERE module_id = 'c' AND id = 2",
      "ess 2 of module 'c' is not there, though its change log has it",
    ],
    ["DELETE FROM ess WHERE module_id = 'c' AND id = 2", "a row of sequence refers to a row of ess that is not there"],
    [
      "DELETE FROM ess WHERE module_id = 'c' AND id = 2",
      "aggregate 1 of module 'both' names component 2 of 'c', which is not there",
    ],
    [
      "UPDATE sequence SET revision = 5 WHERE module_id = 'c' AND id = 1",
      "sequence 1 of module 'c' is of revision 5 at 5, its change log says sequence_updated in revision 7 at 5",
    ],
    [
      "UPDATE embedding SET updated_at = 99 WHERE module_id = 'c' AND id = 1",
      "embedding 1 of module 'c' is of revision 9 at 99, its change log says embedding_created in revision 9 at 7",
    ],
    [
      "UPDATE change SET kind = 'ess_deleted' WHERE module_id = 'c' AND revision = 3",
      "the change log tells of a deleted ess 1 of module 'c'",
    ],
    [
      "DELETE FROM ess_component WHERE aggregate_id = 2 AND component_module_id = 'c'",
      "aggregate 2 of module 'both' is not found by its component 2 of 'c'",
    ],
    [
      "INSERT INTO ess_component VALUES ('both', 'c', 1, 1)",
      "component 1 of 'c' finds aggregate 1 of module 'both', which does not name it",
    ],
    [
      `UPDATE ess SET aggregate = json_set(aggregate, '$.aggregate_shape', json('[1, 2]')) WHERE module_id = 'both' AND id = 1`,
      "the parts of aggregate 1 of module 'both' have 3 numbers, its state has 2",
    ],
    [
      "UPDATE sequence SET long_context_bytes = 2000 WHERE module_id = 'c' AND id = 1",
      "the context of sequence 1 of module 'c' has 0 bytes, the entry says 2000",
    ],
    [
      "INSERT INTO long_context VALUES ('c', 9, 'left over')",
      "there is a context of sequence 9 of module 'c', which is not there",
    ],
    ["UPDATE collection SET last_id = 1 WHERE name = 'document'", "document has 1 rows up to id 2 and counts up to 1"],
    [
      "INSERT INTO audit_count VALUES ('login_failed', 9)",
      "the audit log has 0 entries of kind login_failed and counts 9",
    ],
    [
      "INSERT INTO audit (id, at, kind, count) VALUES (1, 1, 'login_failed', 1)",
      "the audit log does not count its entries of kind login_failed",
    ],
    ["DELETE FROM user", "a row of session refers to a row of user that is not there"],
    ["DELETE FROM module WHERE module_id = 'c'", "sequence 1 belongs to module 'c', which is not there"],
  ])("%s", async (sql, issue) => {
    await tamper(sql);
    const { issues, digest } = verifyDatabase(folder.path);
    expect(issues).toContain(issue);
    expect(digest).toBeUndefined();
  });

  it("damage in the pages themselves", async () => {
    const damaged = join(folder.path, "damaged.db");
    await tamper(`VACUUM INTO '${damaged}'`);
    const copy = new Connection(damaged);
    const pages = copy.prepare("SELECT pageno FROM dbstat WHERE name <> 'sqlite_schema' ORDER BY pageno DESC").all([]);
    copy.close();
    const bytes = await readFile(damaged);
    // The heads of pages; without its schema it would be no database at all.
    for (const [page] of pages.slice(0, pages.length / 2)) {
      const offset = (Number(page) - 1) * 4096;
      bytes.fill(0xaa, offset, offset + 100);
    }
    await writeFile(damaged, bytes);
    expect(verifyDatabase(damaged).issues.length).toBeGreaterThan(0);
  });
});

describe("verifying what is no database of this server", () => {
  const errorOf = (path: string): string => {
    try {
      verifyDatabase(path);
    } catch (error) {
      if (error instanceof StoreUnusableError) return error.message;
      throw error;
    }
    return "";
  };

  it("fails with a text that says why", async () => {
    expect(errorOf(join(folder.path, "nowhere"))).toContain("holds no data");
    await writeFile(join(folder.path, "text.db"), "this is no database, however long it may be. ".repeat(100));
    expect(errorOf(join(folder.path, "text.db"))).toContain("is damaged or no database");
    await writeFile(join(folder.path, "empty.db"), "");
    expect(errorOf(join(folder.path, "empty.db"))).toContain("holds no data: it is empty");
    const other = new Connection(join(folder.path, "other.db"));
    other.exec("CREATE TABLE t (x)");
    other.close();
    expect(errorOf(join(folder.path, "other.db"))).toContain("the database of another program");
    await store.close();
    await copyFile(folder.database, join(folder.path, "newer.db"));
    const newer = new Connection(join(folder.path, "newer.db"));
    newer.exec("PRAGMA user_version = 1000");
    newer.close();
    expect(errorOf(join(folder.path, "newer.db"))).toContain("a newer server has written it");
  });
});
