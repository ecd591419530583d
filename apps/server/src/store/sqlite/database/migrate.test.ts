import { describe, expect, it } from "vitest";
import { addModule, documentContent, embeddingContent, essContent } from "../../conformance/contents.fixture.js";
import { StoreUnusableError } from "../../port/store.js";
import { Connection } from "./connection.js";
import { applicationId, migrate } from "./migrate.js";
import { migrations } from "../migrations/migrations.js";
import { useFolder } from "../use-folder.fixture.js";
import { verifyDatabase } from "../maintenance/verify.js";

const folder = useFolder();

/** Runs `use` on a connection of its own. */
function connected<T>(use: (connection: Connection) => T): T {
  const connection = new Connection(folder.database);
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}

const versionOf = (connection: Connection) => connection.value("PRAGMA user_version");

describe("the schema", () => {
  it("is stamped with our application id and its version", async () => {
    await folder.open();
    connected((connection) => {
      expect(versionOf(connection)).toBe(migrations.length);
      expect(connection.value("PRAGMA application_id")).toBe(applicationId);
    });
  });

  it("has strict tables alone, and the data of modules begins its primary keys with module_id", async () => {
    await folder.open();
    const tables = connected((connection) =>
      connection
        .prepare(
          `SELECT list.name, list.strict, info.name FROM pragma_table_list AS list
           JOIN pragma_table_info(list.name) AS info ON info.pk = 1
           WHERE list.schema = 'main' AND list.type = 'table' AND list.name NOT LIKE 'sqlite_%' ORDER BY list.name`,
        )
        .all([]),
    );
    expect(tables).toEqual([
      ["api_key", 1, "key_id"],
      ["audit", 1, "id"],
      ["audit_count", 1, "kind"],
      ["change", 1, "module_id"],
      ["clock", 1, "id"],
      ["collection", 1, "name"],
      ["document", 1, "id"],
      ["document_vector", 1, "document_id"],
      ["embedding", 1, "module_id"],
      ["emotified_instance", 1, "module_id"],
      ["ess", 1, "module_id"],
      ["ess_component", 1, "module_id"],
      ["idempotency", 1, "user_id"],
      ["long_context", 1, "module_id"],
      ["module", 1, "module_id"],
      ["predicted_run", 1, "module_id"],
      ["response", 1, "id"],
      ["secret", 1, "name"],
      ["sequence", 1, "module_id"],
      ["session", 1, "token_hash"],
      ["user", 1, "user_id"],
    ]);
  });
});

describe("a table in the order of its keys", () => {
  // Long contexts of entries are kept in a table of their own.
  it("has no column that may be long: each row that is passed on the way to another one is read whole", async () => {
    await folder.open();
    const columns = connected((connection) =>
      connection
        .prepare(
          `SELECT DISTINCT info.name FROM pragma_table_list AS list JOIN pragma_table_info(list.name) AS info
           WHERE list.schema = 'main' AND list.type = 'table' AND list.wr = 1 AND info.type NOT IN ('INTEGER', 'REAL') ORDER BY info.name`,
        )
        .all([])
        .map(([name]) => name),
    );
    expect(columns).toEqual([
      "component_module_id",
      "context",
      "display_name",
      "kind",
      "module_id",
      "name",
      "password_hash",
      "role",
      "status",
      "token_hash",
      "user_id",
      "username",
      "value",
    ]);
  });
});

/** How many steps come before the one that makes the sources of documents known. */
const sourcesOfDocuments = migrations.findIndex((step) => step.includes("document_by_source"));

describe("migrations", () => {
  const next = "ALTER TABLE module ADD COLUMN colour TEXT";

  it("apply the missing ones once and keep the data", async () => {
    const store = await folder.open();
    await store.transact((tx) => addModule(tx, "m"));
    await store.close();
    connected((connection) => {
      migrate(connection, folder.database, [...migrations, next]);
      migrate(connection, folder.database, [...migrations, next]);
      expect(versionOf(connection)).toBe(migrations.length + 1);
      expect(connection.value("SELECT module_id FROM module WHERE colour IS NULL")).toBe("m");
    });
  });

  it("keep the data of the first version usable, with later tables beside it", async () => {
    connected((connection) => {
      migrate(connection, folder.database, migrations.slice(0, 1));
      connection.exec(`
        INSERT INTO module VALUES ('m', 1, 1, 0, 1, 0, 1, 1, 5, 5);
        INSERT INTO ess VALUES ('m', 1, 1, 5, 5, 50, 0, 0, 0, 0, NULL, NULL, NULL, X'0000803F');
        INSERT INTO change VALUES ('m', 1, 'ess_created', 1, 5);
      `);
    });
    const store = await folder.open();
    expect(await store.ess("m", 1)).toMatchObject(essContent({ state: Float32Array.of(1) }));
    const { embedding, document } = await store.transact(async (tx) => ({
      embedding: await tx.insertEmbedding("m", embeddingContent(), 6),
      document: await tx.insertDocument(documentContent(), 6),
    }));
    expect(embedding).toMatchObject({ id: 1, revision: 2 });
    expect(document).toMatchObject({ id: 1, revision: 1 });
    expect(await store.module("m")).toMatchObject({ shape: 1, ess_count: 1, embedding_count: 1, revision: 2 });
  });

  it("entries and keys stay as they were when their long texts are put aside", async () => {
    const before = migrations.findIndex((step) => step.includes("long_context"));
    connected((connection) => {
      migrate(connection, folder.database, migrations.slice(0, before));
      connection.exec(`
        INSERT INTO module (module_id, shape, last_ess_id, last_sequence_id, ess_count, sequence_count, revision,
          ess_revision, created_at, last_activity_at) VALUES ('m', 1, 1, 3, 1, 2, 4, 1, 5, 8);
        INSERT INTO ess (module_id, id, revision, created_at, updated_at, valence, score, avg_ess_valence, avg_ess_score,
          total_ess_score, state) VALUES ('m', 1, 1, 5, 5, 50, 0, 0, 0, 0, X'0000803F');
        INSERT INTO sequence (module_id, id, instance_id, status, context, created_at, updated_at, revision, predicted)
          VALUES ('m', 3, 1, 'p', '${"é".repeat(600)}', 8, 8, 4, 1), ('m', 1, 1, 'n', 'warm', 6, 7, 3, 0);
        INSERT INTO user (user_id, username, role, password_hash, created_at) VALUES ('u', 'ada', 'writer', 'x', 5);
        INSERT INTO api_key (key_id, token_hash, user_id, name, hint, role, modules, created_at)
          VALUES ('k', X'01', 'u', 'k', 'h', 'reader', '["m"]', 6);
      `);
    });
    const store = await folder.open();
    const times = { created_at: 6, updated_at: 7, revision: 3 };
    const first = { id: 1, module_id: "m", instance_id: 1, status: "n", context: "warm", ...times, predicted: false };
    expect(await store.sequence("m", 1)).toEqual(first);
    expect(
      (await store.sequencePage("m", { order: "asc", limit: 9 }, { predicted: "only" })).map(({ id }) => id),
    ).toEqual([3]);
    expect(await store.sequence("m", 3)).toMatchObject({ context: "é".repeat(600), predicted: true });
    expect(await store.observationPage("m", { order: "desc", limit: 9 })).toEqual([{ id: 1, instance_id: 1 }]);
    expect(await store.key("k")).toMatchObject({ key_id: "k", user_id: "u", modules: ["m"], created_at: 6 });
    const added = { instance_id: 1, status: "n", context: null };
    expect(await store.transact((tx) => tx.insertSequence("m", added, 9))).toMatchObject({ id: 4, revision: 5 });
  });

  it("the newest time is found among the documents, responses and audit entries that are there", async () => {
    connected((connection) => {
      migrate(connection, folder.database, migrations.slice(0, 7));
      connection.exec(`
        INSERT INTO document VALUES (1, 1, 5, 90, 'stored', 'd', 'text'), (2, 2, 6, 6, 'stored', 'd', 'text');
        UPDATE collection SET last_id = 2, revision = 2 WHERE name = 'document';
      `);
    });
    const store = await folder.open();
    expect(await store.newestTime()).toBe(90);
  });

  it("documents that were made of rows are known again, and stay as they were", async () => {
    const ess = (id: number, module: string) => `It was warm.\nThis is ESS ${id} of module ${module} (in words).`;
    const entry = (id: number, module: string) =>
      `This is sequence entry ${id} of module ${module}, which refers to ESS 1.`;
    const documents: [doc_id: string, text: string, status?: string, updated_at?: number][] = [
      ["ess/m/1", ess(1, "m")],
      ["ess/m/1", ess(1, "m")],
      ["sequence/m/1", entry(1, "m")],
      ["sequence/m/2", entry(2, "m")],
      ["sequence/m/2", entry(2, "m")],
      ["ess/a/b 2/7", ess(7, "a/b 2")],
      // These are callers' own.
      ["ess/m/2", "This is a text of my own."],
      ["ess/m/3", ess(3, "m"), "embedded", 9],
      ["ess/m/4", ess(4, "m"), "stored"],
      ["ess/m/05", ess(5, "m")],
      ["ess/m", ess(6, "m")],
      ["ess//7", ess(7, "")],
      ["note/m/8", ess(8, "m")],
      ["ess/m/x9", ess(9, "m")],
    ];
    connected((connection) => {
      migrate(connection, folder.database, migrations.slice(0, sourcesOfDocuments));
      connection.exec(`
        INSERT INTO module (module_id, shape, last_ess_id, ess_count, last_sequence_id, sequence_count, revision, ess_revision,
          created_at, last_activity_at) VALUES ('m', 1, 1, 1, 2, 1, 4, 1, 5, 5);
        INSERT INTO ess VALUES ('m', 1, 1, 5, 5, 50, 0, 0, 0, 0, NULL, NULL, NULL, X'0000803F');
        INSERT INTO sequence (module_id, id, instance_id, status, context, created_at, updated_at, revision)
          VALUES ('m', 1, 1, 'n', NULL, 5, 5, 2);
        UPDATE collection SET last_id = ${documents.length}, revision = ${documents.length} WHERE name = 'document';
      `);
      const insert = connection.prepare("INSERT INTO document VALUES (?1, ?1, 5, ?2, ?3, ?4, ?5)");
      for (const [index, [doc_id, text, status = "embedded", updated_at = 5]] of documents.entries()) {
        insert.run([index + 1, updated_at, status, doc_id, text]);
        const vector = `INSERT INTO document_vector VALUES (${index + 1}, 'model', X'0000803F')`;
        if (status === "embedded") connection.exec(vector);
      }
    });
    const store = await folder.open();
    const rows = await store.documentPage({ order: "asc", limit: 100 });
    const source = (kind: string, id: number, module_id = "m") => ({ kind, module_id, id, digest: new Uint8Array() });
    expect(rows.map(({ source: made }) => made)).toEqual([
      source("ess", 1),
      source("ess", 1),
      source("sequence", 1),
      source("sequence", 2),
      source("sequence", 2),
      source("ess", 7, "a/b 2"),
      ...documents.slice(6).map(() => null),
    ]);
    // What is listed and found is the same as before.
    expect(
      rows.map(({ doc_id, text, status, updated_at, revision }) => [doc_id, text, status, updated_at, revision]),
    ).toEqual(
      documents.map(([doc_id, text, status = "embedded", updated_at = 5], index) => [
        doc_id,
        text,
        status,
        updated_at,
        index + 1,
      ]),
    );
    expect((await store.documentsOf(source("ess", 1) as never, 9)).map(({ id }) => id)).toEqual([2, 1]);
    const embedded = rows.filter(({ status }) => status === "embedded").map(({ id }) => id);
    const withVector = await store.documentVectors("model", 1, { limit: 100 });
    expect(withVector.map(({ document_id: id }) => id)).toEqual(embedded);
    const next = await store.transact((tx) => tx.insertDocument(documentContent(), 9));
    expect(next).toMatchObject({ id: documents.length + 1, revision: documents.length + 1 });
  });

  it("replies that were kept before they named their rows stay, and no delete removes them", async () => {
    connected((connection) => {
      migrate(connection, folder.database, migrations.slice(0, 8));
      connection.exec(`INSERT INTO idempotency VALUES ('u', 'document.create', 'k', 5, X'01', 201, '{}', '{"id":1}')`);
    });
    const store = await folder.open();
    const reply = { status: 201, headers: {}, body: '{"id":1}', created_at: 5, rows: undefined };
    expect(await store.idempotency("u", "document.create", "k")).toMatchObject(reply);
    const rows = { kind: "document", module_id: null, first: 1, last: 1 } as const;
    const forget = () => store.transact((tx) => tx.forgetReplies({ kind: "document", module_id: null, id: 1 }));
    expect(await forget()).toBe(0);
    const hash = Uint8Array.of(2);
    const newer = {
      user_id: "u",
      route: "document.create",
      key: "k",
      request_hash: hash,
      ...reply,
      rows,
      created_at: 9,
    };
    expect(await store.transact((tx) => tx.putIdempotency(newer, 6))).toBe(true);
    expect(await forget()).toBe(1);
  });

  it("entries from before predictions were marked stay observations, and lists show them as before", async () => {
    connected((connection) => {
      migrate(connection, folder.database, migrations.slice(0, 10));
      connection.exec(`
        INSERT INTO module (module_id, shape, ess_count, last_ess_id, revision, ess_revision, created_at, last_activity_at)
        VALUES ('m', 1, 1, 1, 1, 1, 5, 5);
        INSERT INTO ess VALUES ('m', 1, 1, 5, 5, 50, 0, 0, 0, 0, NULL, NULL, NULL, X'0000803F');
        INSERT INTO change VALUES ('m', 1, 'ess_created', 1, 5);
        UPDATE module SET sequence_count = 3, last_sequence_id = 3, revision = 4;
        INSERT INTO sequence VALUES ('m', 1, 1, 'n', NULL, 6, 6, 2), ('m', 2, 1, 'p', 'c', 7, 7, 3), ('m', 3, 1, 'p', NULL, 8, 8, 4);
        INSERT INTO change VALUES ('m', 2, 'sequence_created', 1, 6), ('m', 3, 'sequence_created', 2, 7),
          ('m', 4, 'sequence_created', 3, 8);
      `);
    });
    const store = await folder.open();
    const all = { order: "asc", limit: 9 } as const;
    const entry = { module_id: "m", instance_id: 1, context: null, predicted: false };
    const entries = [
      { ...entry, id: 1, status: "n", created_at: 6, updated_at: 6, revision: 2 },
      { ...entry, id: 2, status: "p", context: "c", created_at: 7, updated_at: 7, revision: 3 },
      { ...entry, id: 3, status: "p", created_at: 8, updated_at: 8, revision: 4 },
    ];
    expect(await store.sequencePage("m", all)).toEqual(entries);
    expect(await store.sequencePage("m", all, { predicted: "exclude" })).toEqual(entries);
    expect(await store.sequencePage("m", all, { status: "p" })).toEqual(entries.slice(1));
    expect(await store.sequencesBetween("m", { from: 7, to: 8 }, all)).toEqual([entries[1]]);
    expect(await store.latestSequence("m")).toEqual(entries[2]);
    expect(verifyDatabase(folder.path).issues).toEqual([]);
  });

  it("observations among predictions are found as before", async () => {
    connected((connection) => {
      migrate(connection, folder.database, migrations.slice(0, 14));
      const predicted = [0, 1, 1, 0, 0, 1, 0, 1, 1, 1];
      connection.exec(`
        INSERT INTO module (module_id, shape, ess_count, last_ess_id, revision, ess_revision, created_at, last_activity_at)
        VALUES ('m', 1, 1, 1, 1, 1, 5, 5);
        INSERT INTO ess VALUES ('m', 1, 1, 5, 5, 50, 0, 0, 0, 0, NULL, NULL, NULL, X'0000803F');
        INSERT INTO change VALUES ('m', 1, 'ess_created', 1, 5);
        UPDATE module SET sequence_count = 10, last_sequence_id = 10, revision = 11;
      `);
      for (const [index, mark] of predicted.entries()) {
        const [id, revision, at] = [index + 1, index + 2, index + 6];
        connection.exec(`
          INSERT INTO sequence (module_id, id, instance_id, status, created_at, updated_at, revision, predicted)
          VALUES ('m', ${id}, 1, 'n', ${at}, ${at}, ${revision}, ${mark});
          INSERT INTO change VALUES ('m', ${revision}, 'sequence_created', ${id}, ${at});
        `);
      }
    });
    const store = await folder.open();
    const idsOf = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);
    for (const order of ["asc", "desc"] as const) {
      const observed = order === "asc" ? [1, 4, 5, 7] : [7, 5, 4, 1];
      expect(idsOf(await store.sequencePage("m", { order, limit: 20 }, { predicted: "exclude" }))).toEqual(observed);
      expect(idsOf(await store.observationPage("m", { order, limit: 20 }))).toEqual(observed);
    }
    expect(await store.latestSequence("m")).toMatchObject({ id: 7 });
    await store.transact((tx) => tx.deleteSequence("m", 7, 30));
    expect(await store.latestSequence("m")).toMatchObject({ id: 5 });
    expect(verifyDatabase(folder.path).issues).toEqual([]);
    connected((connection) => {
      const runs = connection.prepare("SELECT first_id, last_id FROM predicted_run ORDER BY first_id").all([]);
      expect(runs).toEqual([
        [2, 3],
        [6, 10],
      ]);
    });
  });

  it("one that fails leaves the version before it intact", async () => {
    await (await folder.open()).close();
    connected((connection) => {
      const steps = [...migrations, next, `CREATE TABLE half (id INTEGER) STRICT; DROP TABLE absent`];
      expect(() => migrate(connection, folder.database, steps)).toThrow(/absent/);
      expect(versionOf(connection)).toBe(migrations.length + 1);
      expect(connection.value("SELECT count(*) FROM sqlite_schema WHERE name = 'half'")).toBe(0);
      expect(connection.inTransaction).toBe(false);
    });
  });

  it("an older server fails to open the data of a newer one, and changes nothing", async () => {
    const store = await folder.open();
    await store.transact((tx) => addModule(tx, "m"));
    await store.close();
    connected((connection) => connection.exec("PRAGMA user_version = 99"));
    const opening = folder.open();
    await expect(opening).rejects.toThrow(StoreUnusableError);
    await expect(opening).rejects.toThrow(
      `${folder.database} has schema version 99, this server knows versions up to ${migrations.length}`,
    );
    connected((connection) => connection.exec(`PRAGMA user_version = ${migrations.length}`));
    expect(await (await folder.open()).ess("m", 1)).toMatchObject(essContent());
  });

  it("the database of another program is not opened and not changed", async () => {
    connected((connection) => connection.exec("CREATE TABLE theirs (a); PRAGMA user_version = 1"));
    const opening = folder.open();
    await expect(opening).rejects.toThrow(StoreUnusableError);
    await expect(opening).rejects.toThrow(`${folder.database} is the database of another program`);
    connected((connection) => {
      expect(connection.value("SELECT group_concat(name) FROM sqlite_schema")).toBe("theirs");
      expect(connection.value("PRAGMA journal_mode")).toBe("delete");
    });
  });
});
