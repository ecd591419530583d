import type {
  AuditEntry,
  Document,
  DocumentStatus,
  Embedding,
  Ess,
  Module,
  Response,
  Role,
  RowKind,
  Sequence,
} from "@eca/contract";
import type { Micros } from "../../clock.js";

/** A wire model as it rests in a store: instants in microseconds. */
type Stored<Wire extends { created_at: string; updated_at: string }> = Omit<Wire, "created_at" | "updated_at"> & {
  readonly created_at: Micros;
  readonly updated_at: Micros;
};

/**
 * A store's own stamp on a row: the revision of its module at its last write; of a row outside the
 * modules, the revision of its collection. The row's ETag.
 */
interface Revised {
  readonly revision: number;
}

/** A state; `state` holds `shape` 32-bit floats. */
export type EssRow = Readonly<Omit<Stored<Ess>, "state"> & { state: Float32Array } & Revised>;

/** What a writer says of a state; ids, instants and revisions are the store's to give. */
export type EssContent = Omit<EssRow, "id" | "module_id" | "created_at" | "updated_at" | "revision">;

/** `predicted` entries were stored by a prediction, and are not observations. */
export type SequenceRow = Readonly<Stored<Sequence> & { predicted: boolean } & Revised>;

/** What a writer says of an entry; whether it was predicted is settled when it is stored. */
export type SequenceContent = Omit<
  SequenceRow,
  "id" | "module_id" | "created_at" | "updated_at" | "revision" | "predicted"
>;

/** A text behind a state, with its writer's hash of it; the hash is unique in its module. */
export type EmbeddingRow = Readonly<Stored<Embedding> & Revised>;
export type EmbeddingContent = Omit<EmbeddingRow, "id" | "module_id" | "created_at" | "updated_at" | "revision">;

/** A text that questions find once it is embedded. Documents belong to no module. */
export type DocumentRow = Readonly<
  Omit<Stored<Document>, "status"> & { status: DocumentStatus; source: DocumentSource | null } & Revised
>;
export type DocumentContent = Omit<DocumentRow, "id" | "created_at" | "updated_at" | "revision">;

/** The row that a document was made of. */
export interface DocumentSource {
  readonly kind: Extract<RowKind, "ess" | "sequence">;
  readonly module_id: string;
  readonly id: number;
  /**
   * SHA-256 of what the row said when the document was last written. Empty where an older server made the document:
   * then that is its text.
   */
  readonly digest: Uint8Array;
}

/** A stored step of a prediction. Responses belong to no module. */
export type ResponseRow = Readonly<Stored<Response> & Revised>;
export type ResponseContent = Omit<ResponseRow, "id" | "created_at" | "updated_at" | "revision">;

/** `shape` is 0 until the module has its first state. */
export type ModuleRow = Readonly<
  Omit<Module, "created_at" | "last_activity_at"> & {
    created_at: Micros;
    last_activity_at: Micros;
    /** The revision of the newest write to the module's states; the search index catches up to it. */
    ess_revision: number;
  }
>;

/** A state that was given a valence by hand; the states near it may take that valence. */
export interface EmotifiedInstance {
  readonly id: number;
  readonly state: Float32Array;
  readonly valence: number;
}

/** What a configuration says of a module. */
export interface ModuleConfiguration {
  /** 0 while it is open. */
  readonly shape: number;
  readonly display_name: string | null;
  readonly emotified_instances: readonly EmotifiedInstance[];
}

/** What a committed write did; every write of a module leaves one. */
export const changeKinds = [
  // Is about no row: its row id is 0.
  "module_configured",
  "ess_created",
  "ess_updated",
  "sequence_created",
  "sequence_updated",
  "sequence_deleted",
  "embedding_created",
  "embedding_updated",
  "embedding_deleted",
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** One entry of a module's change log: revisions 1, 2, 3... in commit order, without a gap. */
export interface ChangeRow {
  readonly module_id: string;
  readonly revision: number;
  readonly kind: ChangeKind;
  readonly row_id: number;
  readonly at: Micros;
}

export interface UserRow {
  readonly user_id: string;
  readonly username: string;
  readonly role: Role;
  /** A self-describing hash, as `password/password.ts` writes it. */
  readonly password_hash: string;
  /** Neither the user's sessions nor their keys work while it is true. */
  readonly disabled: boolean;
  readonly created_at: Micros;
}

/** Lets a program call on behalf of a user. */
export interface KeyRow {
  readonly key_id: string;
  /** SHA-256 of the token; the token itself is never stored. */
  readonly token_hash: Uint8Array;
  readonly user_id: string;
  readonly name: string;
  /** How the token begins. */
  readonly hint: string;
  readonly role: Role;
  /** The only modules that the key may touch; null for all. */
  readonly modules: readonly string[] | null;
  readonly created_at: Micros;
  readonly expires_at: Micros | null;
  readonly last_used_at: Micros | null;
}

export interface SessionRow {
  /** SHA-256 of the token; the token itself is never stored. */
  readonly token_hash: Uint8Array;
  readonly user_id: string;
  readonly created_at: Micros;
  readonly last_used_at: Micros;
}

/** A reply that was given once, kept under the key that its caller gave, to be given again. */
export interface IdempotencyRow {
  /** Whose key it is; `session ` and a hash where it belongs to one session alone. */
  readonly user_id: string;
  /** The contract's name of the route: `ess.create`. */
  readonly route: string;
  readonly key: string;
  /** By which what was asked is known again: its SHA-256, or where it is sealed an HMAC of that. */
  readonly request_hash: Uint8Array;
  readonly status: number;
  /** By lower-case name; those that belong to the row and not to the reply. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or what `idempotency/seal.ts` makes of it. */
  readonly body: string;
  /** What the call wrote and a delete may take away; undefined where that is nothing, or an older server kept the reply. */
  readonly rows?: RowRange | undefined;
  readonly created_at: Micros;
}

/** One row, by its id. */
export interface RowReference {
  readonly kind: RowKind;
  /** Null for rows that belong to no module. */
  readonly module_id: string | null;
  readonly id: number | string;
}

/** Rows of one kind and module from one id to another, both included; a range of text ids holds one id. */
export interface RowRange extends Omit<RowReference, "id"> {
  readonly first: RowReference["id"];
  readonly last: RowReference["id"];
}

/** What is known of the clock that stamps rows; it is kept for the next start. */
export interface ClockRow {
  /** The time when this was kept. */
  readonly at: Micros;
  /** How far that is beyond the time that is borne out: the jumps that came in between. */
  readonly lag: Micros;
  /** Where the last of those jumps led to; null where there is none. */
  readonly jumped_at: Micros | null;
  /** Rows stamped from here on are known to be wrong, as the clock has returned since; null where none are. */
  readonly wrong_from: Micros | null;
  /** By how much they are ahead. */
  readonly wrong_by: Micros | null;
}

/** One entry of the audit log; ids count 1, 2, 3... in commit order. */
export type AuditRow = Readonly<Omit<AuditEntry, "at"> & { at: Micros }>;
export type AuditContent = Omit<AuditRow, "id">;
