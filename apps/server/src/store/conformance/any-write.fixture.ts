import * as fc from "fast-check";
import type { Reader, Transaction } from "../port/store.js";
import {
  aggregateContent,
  documentContent,
  embeddingContent,
  essContent,
  responseContent,
  sequenceContent,
  user,
} from "./contents.fixture.js";

export type WriteName = Exclude<keyof Transaction, keyof Reader>;

/** What a write is about, by a small number, so that writes often meet. */
type Pick = 0 | 1 | 2 | 3;

export interface Write {
  readonly name: WriteName;
  readonly pick: Pick;
  readonly at: number;
}

const component = { module_id: "m0", id: 1 };
const bytes = (pick: number) => new Uint8Array(32).fill(pick);
const nobody = { user_id: null, username: null, key_id: null, address: null, request_id: null, route: null };
const nothing = { module_id: null, row_id: null, subject_id: null, detail: null };

/** Every write that a transaction knows: a new one does not compile until it is here. */
const writes: Record<WriteName, (tx: Transaction, pick: Pick, at: number) => Promise<unknown>> = {
  insertModule: (tx, pick, at) => tx.insertModule(`m${pick}`, pick === 3 ? 0 : 3, at),
  fixShape: (tx, pick) => tx.fixShape(`m${pick}`, 3),
  configureModule: (tx, pick, at) => {
    const instances = [{ id: at, state: Float32Array.of(at, 2, 3), valence: 9 }];
    return tx.configureModule(`m${pick}`, { shape: 3, display_name: `${at}`, emotified_instances: instances }, at);
  },
  insertEss: async (tx, pick, at) => {
    const isSum = pick === 2;
    const moduleId = isSum ? "m1" : `m${pick}`;
    await tx.fixShape(moduleId, 3);
    const content = isSum ? aggregateContent([component, component, component]) : essContent({ score: at });
    return tx.insertEss(moduleId, content, at);
  },
  updateEss: (tx, pick, at) => tx.updateEss("m0", pick, essContent({ score: at, embedding_input: pick }), at),
  insertSequence: (tx, pick, at) => {
    const content = { ...sequenceContent({ context: `${at}` }), predicted: at % 3 === 0 };
    return tx.insertSequence(`m${pick}`, content, at);
  },
  updateSequence: (tx, pick, at) => tx.updateSequence("m0", pick, sequenceContent({ status: `${at}` }), at),
  markPredicted: (tx, pick, at) => tx.markPredicted("m0", pick, at),
  deleteSequence: (tx, pick, at) => tx.deleteSequence("m0", pick, at),
  insertEmbedding: (tx, pick, at) => tx.insertEmbedding(`m${pick}`, embeddingContent({ hash: `${at % 9}` }), at),
  updateEmbedding: (tx, pick, at) => tx.updateEmbedding("m0", pick, embeddingContent({ hash: `${at % 9}` }), at),
  deleteEmbedding: (tx, pick, at) => tx.deleteEmbedding("m0", pick, at),
  insertDocument: (tx, pick, at) => {
    const status = pick % 2 === 0 ? "embedded" : "stored";
    return tx.insertDocument(documentContent({ text: `It was warm at ${at}.`, status }), at);
  },
  updateDocument: (tx, pick, at) => {
    return tx.updateDocument(pick, documentContent({ text: `It was cold at ${at}.`, status: "embedded" }), at);
  },
  deleteDocument: (tx, pick) => tx.deleteDocument(pick),
  putDocumentVector: (tx, pick, at) => tx.putDocumentVector(pick, "model", Float32Array.of(at, pick)),
  insertResponse: (tx, _pick, at) => tx.insertResponse(responseContent({ name: `${at}` }), at),
  insertSecret: (tx, pick, at) => tx.insertSecret(`secret ${pick}`, bytes(at)),
  putIdempotency: (tx, pick, at) => {
    const reply = { request_hash: bytes(at), status: 201, headers: {}, body: `${at}` };
    const rows = { kind: "sequence", module_id: "m0", first: pick, last: pick + (at % 3) } as const;
    return tx.putIdempotency({ user_id: "u", route: "r", key: `${pick}`, created_at: at, ...reply, rows }, at - 10);
  },
  deleteIdempotency: (tx, _pick, at) => tx.deleteIdempotency(at - 20, 2),
  forgetReplies: (tx, pick) => tx.forgetReplies({ kind: "sequence", module_id: "m0", id: pick }),
  insertUser: (tx, pick) => tx.insertUser(user(`u${pick}`)),
  updatePassword: (tx, pick, at) => tx.updatePassword(`id of u${pick}`, `hash ${at}`),
  updateUser: (tx, pick, at) => tx.updateUser(`id of u${pick}`, { role: "reader", disabled: at % 2 === 0 }),
  insertSession: (tx, pick, at) => {
    return tx.insertSession({ token_hash: bytes(at), user_id: `id of u${pick}`, created_at: at, last_used_at: at });
  },
  touchSession: (tx, pick, at) => tx.touchSession(bytes(at - pick), at),
  deleteSession: (tx, pick, at) => tx.deleteSession(bytes(at - pick)),
  deleteSessionsOf: (tx, pick) => tx.deleteSessionsOf(`id of u${pick}`),
  deleteExpiredSessions: (tx, pick, at) => tx.deleteExpiredSessions(at - 30, at - 10 * pick),
  insertKey: (tx, pick, at) => {
    const key = { name: "meter", hint: "ecak_abc", role: "reader", modules: null } as const;
    const times = { created_at: at, expires_at: null, last_used_at: null };
    return tx.insertKey({ key_id: `k${pick}`, token_hash: bytes(at), user_id: `id of u${pick}`, ...key, ...times });
  },
  replaceToken: (tx, pick, at) => tx.replaceToken(`k${pick}`, bytes(at), "ecak_new"),
  touchKey: (tx, pick, at) => tx.touchKey(`k${pick}`, at),
  deleteKey: (tx, pick) => tx.deleteKey(`k${pick}`),
  insertAudit: (tx, pick, at) => tx.insertAudit({ at, kind: "login_failed", count: pick, ...nobody, ...nothing }),
  putClock: (tx, pick, at) =>
    tx.putClock({ at, lag: pick, jumped_at: pick > 1 ? at : null, wrong_from: null, wrong_by: null }),
  repairTimes: (tx, pick, at) => tx.repairTimes({ after: at, by: 10 * pick + 1, now: at + 1 }),
  capTimes: (tx, _pick, at) => tx.capTimes(at),
  deleteAuditBefore: (tx, pick, at) => tx.deleteAuditBefore(at - 40, pick),
  deleteAuditBeyond: (tx, pick) => tx.deleteAuditBeyond(3, pick),
};

/** Any write at all. The units of work of a test set `at`, which grows. */
export const anyWrite = fc.record({
  name: fc.constantFrom(...(Object.keys(writes) as WriteName[])),
  pick: fc.constantFrom<Pick>(0, 1, 2, 3),
});

/** Rejects where the write is against the rules: a row that is there already, or one that is not. */
export async function performWrite(tx: Transaction, { name, pick, at }: Write): Promise<unknown> {
  return writes[name](tx, pick, at);
}
