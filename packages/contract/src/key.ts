import { z } from "zod";
import { ofUser, role, userExample } from "./auth.js";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { instant } from "./instant.js";
import { listQuery, paging } from "./paging.js";
import { accountId, createdAt, label, moduleName, nullable, timestamp } from "./scalars.js";

const meanings = {
  name: "A name to know the key by; need not be unique.",
  modules: "The only modules that the key may touch, by their exact ids; null for all.",
  expires_at: "When the key stops working; null for never.",
} as const;

export const keyInsert = z
  .object({
    name: label.describe(meanings.name),
    user_id: nullable(accountId).describe("The user that the key belongs to; null, or none at all, for the caller."),
    role: role.describe("What the key may do: at most what its user may. A `reader` key only reads."),
    modules: nullable(
      z.array(moduleName).min(1, { error: "must name a module; leave it out for all" }).max(1000),
    ).describe(meanings.modules),
    expires_at: nullable(instant).describe(meanings.expires_at),
  })
  .meta({
    id: "KeyInsert",
    description: "A key, by which a program calls without a login: it sends `Authorization: Bearer <token>`.",
    examples: [{ name: "gateway, hall 2", role: "writer", modules: ["temperature", "occupancy"] }],
  });

const keyExample = {
  key_id: "0d0f3c1a-8f0b-4d51-b6a5-3a2c9c1d7e20",
  name: "gateway, hall 2",
  ...userExample,
  role: "writer",
  modules: ["temperature", "occupancy"],
  hint: "ecak_R4nD0m",
  created_at: "2026-03-02T08:15:00.250000Z",
  expires_at: null,
  last_used_at: "2026-03-30T08:10:00.000000Z",
};

export const key = z
  .object({
    key_id: z.string().describe("The key's id; it never changes."),
    name: z.string().describe(meanings.name),
    ...ofUser,
    role: role.describe("What the key may do, as long as its user may."),
    modules: z.array(z.string()).nullable().describe(meanings.modules),
    hint: z.string().describe("How the token begins, to see which key a token is."),
    created_at: createdAt.describe("When the key was created."),
    expires_at: timestamp.nullable().describe(meanings.expires_at),
    last_used_at: timestamp
      .nullable()
      .describe("When it was last used, accurate to a minute; null before the first use."),
  })
  .meta({ id: "Key", description: "A program's way in, on behalf of a user.", examples: [keyExample] });

export const issuedKey = key
  .extend({ token: z.string().describe("The secret to send as `Authorization: Bearer <token>`.") })
  .meta({
    id: "IssuedKey",
    description: "A key with its token, which is shown this once and never again.",
    examples: [{ ...keyExample, last_used_at: null, token: "ecak_R4nD0m-the-rest-of-the-token" }],
  });

const keyParams = z.object({ key_id: accountId.describe("The key's id.") });

export const keyRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/key",
      summary: "Create a key",
      description:
        "Only this reply holds the token; under an `Idempotency-Key` it is returned again to the session or key that " +
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
        "The old token is dead as soon as this call returns. All else of the key stays, its expiry too. " +
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
      description: "It is dead as soon as this call returns. Replies with the key that was revoked.",
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
