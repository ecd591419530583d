import { z } from "zod";
import { password, role, username } from "./auth.js";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { listQuery, paging } from "./paging.js";
import { accountId, timestamp } from "./scalars.js";

/** Someone who may log in. */
export const userInsert = z.object({ username, role, password }).meta({ id: "UserInsert" });

/** What is left out, or null, stays as it is. */
export const userUpdate = z
  .object({
    role: role.nullish(),
    /** Ends the user's sessions; their keys live on. */
    password: password.nullish(),
    /** Ends the user's sessions, and keeps their keys from working for as long as it is true. */
    disabled: z.boolean().nullish(),
  })
  .meta({ id: "UserUpdate" });

export const user = z
  .object({
    user_id: z.string(),
    username: z.string(),
    role,
    disabled: z.boolean(),
    created_at: timestamp,
  })
  .meta({ id: "User" });

const userParams = z.object({ user_id: accountId });

export const userRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/user",
      summary: "Add a user",
      headers: idempotencyKey,
      body: userInsert,
      responses: { 201: user, ...idempotencyMismatch },
      metadata: { ...policy.admin, row: "user", secretBody: true },
    },
    getAll: {
      method: "GET",
      path: "/user",
      summary: "All users, by name",
      description: paging,
      query: listQuery,
      responses: { 200: z.array(user) },
      metadata: policy.admin,
    },
    getOne: {
      method: "GET",
      path: "/user/:user_id",
      summary: "One user",
      pathParams: userParams,
      responses: { 200: user },
      metadata: policy.admin,
    },
    update: {
      method: "PATCH",
      path: "/user/:user_id",
      summary: "Change a user's role or password, disable or enable them",
      description: "What is left out stays as it is. The last administrator can be neither disabled nor demoted.",
      pathParams: userParams,
      body: userUpdate,
      responses: { 200: user },
      metadata: policy.admin,
    },
  },
  routerOptions,
);

export type UserInsert = z.input<typeof userInsert>;
export type NewUser = z.output<typeof userInsert>;
export type UserUpdate = z.input<typeof userUpdate>;
export type User = z.infer<typeof user>;
