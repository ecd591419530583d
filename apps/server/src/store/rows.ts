import type { Ess, Module, Role, Sequence } from "@eca/contract";
import type { Micros } from "../clock.js";

/** A wire model as it rests in a store: instants in microseconds. */
type Stored<Wire extends { created_at: string; updated_at: string }> = Omit<Wire, "created_at" | "updated_at"> & {
  readonly created_at: Micros;
  readonly updated_at: Micros;
};

/** A store's own mark on a row: the module's revision at its last write. The row's ETag. */
interface Revised {
  readonly revision: number;
}

/** A state; `state` holds `shape` 32-bit floats. */
export type EssRow = Readonly<Omit<Stored<Ess>, "state"> & { state: Float32Array } & Revised>;

/** What a writer says of a state; ids, instants and revisions are the store's to give. */
export type EssContent = Omit<EssRow, "id" | "module_id" | "created_at" | "updated_at" | "revision">;

export type SequenceRow = Readonly<Stored<Sequence> & Revised>;
export type SequenceContent = Omit<SequenceRow, "id" | "module_id" | "created_at" | "updated_at" | "revision">;

export type ModuleRow = Readonly<
  Omit<Module, "created_at" | "last_activity_at"> & {
    created_at: Micros;
    last_activity_at: Micros;
    /** The revision of the newest write to the module's states; the search index catches up to it. */
    ess_revision: number;
  }
>;

/** What a committed write did; every write of a module leaves one. */
export const changeKinds = [
  "ess_created",
  "ess_updated",
  "sequence_created",
  "sequence_updated",
  "sequence_deleted",
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
  /** A self-describing hash, as `auth/password.ts` writes it. */
  readonly password_hash: string;
  readonly created_at: Micros;
}

export interface SessionRow {
  /** SHA-256 of the token; the token itself is never stored. */
  readonly token_hash: Uint8Array;
  readonly user_id: string;
  readonly created_at: Micros;
  readonly last_used_at: Micros;
}
