import { z } from "zod";
import { role } from "./auth.js";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { instant } from "./instant.js";
import { listQuery, paging } from "./paging.js";
import { accountId, label, moduleName, nullable, timestamp } from "./scalars.js";

/** Lets a program call without a login: it sends `Authorization: Bearer <token>`. */
export const keyInsert = z
  .object({
    /** Tells keys apart; need not be unique. */
    name: label,
    /** The user that the key belongs to; absent: the caller. */
    user_id: nullable(accountId),
    /** What the key may do: at most what its user may. "reader" keys only read. */
    role,
    /** The only modules that the key may touch, by their exact ids; absent: all. */
    modules: nullable(z.array(moduleName).min(1, { error: "must name a module; leave it out for all" }).max(1000)),
    /** When the key ends; absent: never. */
    expires_at: nullable(instant),
  })
  .meta({ id: "KeyInsert" });

export const key = z
  .object({
    key_id: z.string(),
    name: z.string(),
    user_id: z.string(),
    username: z.string(),
    role,
    modules: z.array(z.string()).nullable(),
    /** How the token begins, to tell which key a token is. */
    hint: z.string(),
    created_at: timestamp,
    expires_at: timestamp.nullable(),
    /** Exact to a minute; null before the first use. */
    last_used_at: timestamp.nullable(),
  })
  .meta({ id: "Key" });

/** A key with its token, which is shown this once and never again. */
export const issuedKey = key.extend({ token: z.string() }).meta({ id: "IssuedKey" });

const keyParams = z.object({ key_id: accountId });

export const keyRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/key",
      summary: "Create a key",
      description:
        "The answer alone holds the token; under an `Idempotency-Key` it is answered again to the session or key that " +
        "asked, and to no other. A key limited to modules is a reader's or a writer's.",
      headers: idempotencyKey,
      body: keyInsert,
      responses: { 201: issuedKey, ...idempotencyMismatch },
      metadata: { ...policy.admin, row: "key", secretReply: ["token", "hint"] },
    },
    getAll: {
      method: "GET",
      path: "/key",
      summary: "All keys, oldest first",
      description: `Expired ones too; revoked ones are gone. ${paging}`,
      query: listQuery,
      responses: { 200: z.array(key) },
      metadata: policy.admin,
    },
    getOne: {
      method: "GET",
      path: "/key/:key_id",
      summary: "One key",
      pathParams: keyParams,
      responses: { 200: key },
      metadata: policy.admin,
    },
    rotate: {
      method: "POST",
      path: "/key/:key_id/rotate",
      summary: "Give a key a new token",
      description:
        "The old token is dead as soon as this answers. All else of the key stays, its expiry too. " +
        "A key that rotates itself cannot repeat the call: its token is dead.",
      pathParams: keyParams,
      headers: idempotencyKey,
      body: c.noBody(),
      responses: { 200: issuedKey, ...idempotencyMismatch },
      metadata: { ...policy.admin, row: "key", secretReply: ["token", "hint"] },
    },
    revoke: {
      method: "DELETE",
      path: "/key/:key_id",
      summary: "Revoke a key",
      description: "It is dead as soon as this answers. Replies with the key that was revoked.",
      pathParams: keyParams,
      responses: { 200: key },
      metadata: policy.admin,
    },
  },
  routerOptions,
);

export type KeyInsert = z.input<typeof keyInsert>;
export type NewKey = z.output<typeof keyInsert>;
export type Key = z.infer<typeof key>;
export type IssuedKey = z.infer<typeof issuedKey>;
