import { z } from "zod";
import { maxCharacters, minCharacters } from "./characters.js";
import { c, policy, roles, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { label, text, timestamp } from "./scalars.js";

export const role = z.enum(roles).meta({ id: "Role" });

/** The name of a new user. */
export const username = label;

/** Characters of the shortest password that can be set. */
export const minPasswordLength = 8;

/** A password that is compared. The bound is far above any in use; it keeps hashing from being fed megabytes. */
const givenPassword = maxCharacters(z.string(), 1024);

/** A password of a length that can be set. */
export const passwordOfLength = minCharacters(givenPassword, minPasswordLength);

/** A new password. The server refuses the most common ones besides, and the name of the user. */
export const password = passwordOfLength
  .regex(/[^\p{Cc}\p{Cf}\p{Z}]/u, { error: "must not be of blanks alone; take several words" })
  .meta({
    description: "Not of blanks alone, none of the most common passwords, and not the name of the user, in any case.",
  });

export const login = z.object({ username: maxCharacters(text, 1024), password: givenPassword }).meta({ id: "Login" });

export const passwordChange = z
  .object({ current_password: givenPassword, new_password: password })
  .meta({ id: "PasswordChange" });

export const authResponse = z
  .object({ role, session_id: z.string(), user_id: z.string(), username: z.string() })
  .meta({ id: "AuthResponse" });

export const session = z
  .object({
    user_id: z.string(),
    username: z.string(),
    role,
    created_at: timestamp,
    /** When the session ends if it is not used before. */
    idle_expires_at: timestamp,
    /** When the session ends however much it is used; null where idleness alone ends it. */
    expires_at: timestamp.nullable(),
  })
  .meta({ id: "Session" });

export const authRouter = c.router(
  {
    login: {
      method: "POST",
      path: "/login",
      summary: "Log in",
      description:
        "Answers a `session_id`, to be sent as `Authorization: Bearer <session_id>` on every other call. Under an `Idempotency-Key` the " +
        "same session is answered again while it lasts and the server runs; the password is checked each time.",
      headers: idempotencyKey,
      body: login,
      responses: { 200: authResponse, ...idempotencyMismatch },
      metadata: policy.login,
    },
    session: {
      method: "GET",
      path: "/session",
      summary: "The caller's own session",
      responses: { 200: session },
      metadata: policy.session,
    },
    logout: {
      method: "POST",
      path: "/logout",
      summary: "End the caller's own session",
      description:
        "The token is dead as soon as this answers. Replies with the session that ended. Under an `Idempotency-Key` " +
        "it answers the dead token again; without one that is 401.",
      headers: idempotencyKey,
      body: c.noBody(),
      responses: { 200: session, ...idempotencyMismatch },
      metadata: { ...policy.session, endsSession: true },
    },
    changePassword: {
      method: "POST",
      path: "/password",
      summary: "Change the caller's own password",
      description: "Ends the caller's other sessions; this one and the caller's keys live on.",
      headers: idempotencyKey,
      body: passwordChange,
      responses: { 200: session, ...idempotencyMismatch },
      metadata: { ...policy.session, rate: "login", secretBody: true },
    },
  },
  routerOptions,
);

export type Login = z.input<typeof login>;
export type PasswordChange = z.input<typeof passwordChange>;
export type AuthResponse = z.infer<typeof authResponse>;
export type Session = z.infer<typeof session>;
