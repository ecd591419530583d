import { z } from "zod";
import { ofUser, password, role, userExample, username } from "./auth.js";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { listQuery, paging } from "./paging.js";
import { accountId, createdAt } from "./scalars.js";

export const userInsert = z.object({ username, role, password }).meta({
  id: "UserInsert",
  description: "Somebody who may log in.",
  examples: [{ username: "ada", role: "writer", password: "correct horse battery staple" }],
});

export const userUpdate = z
  .object({
    role: role.nullish().describe("What the user may do from now on; their keys may do no more than that."),
    password: password.nullish().describe("A new password. Ends the user's sessions; their keys live on."),
    disabled: z
      .boolean()
      .nullish()
      .describe("Whether the user is kept out: ends their sessions, and their keys do not work while it is true."),
  })
  .meta({
    id: "UserUpdate",
    description: "What to change of a user. What is left out, or null, stays as it is.",
    examples: [{ role: "reader" }, { disabled: true }],
  });

export const user = z
  .object({
    ...ofUser,
    role,
    disabled: z.boolean().describe("Whether the user is kept out."),
    created_at: createdAt.describe("When the user was added."),
  })
  .meta({
    id: "User",
    description: "Somebody who may log in.",
    examples: [{ ...userExample, role: "writer", disabled: false, created_at: "2026-03-02T08:15:00.250000Z" }],
  });

const userParams = z.object({ user_id: accountId.describe("The user's id.") });

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
