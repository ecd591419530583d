import { z } from "zod";
import { maxCharacters, minCharacters } from "./characters.js";
import { c, policy, roles, routerOptions } from "./dsl.js";
import { createdAt, label, text, timestamp } from "./scalars.js";

export const role = z.enum(roles).meta({
  id: "Role",
  description:
    "What somebody may do: a `reader` reads, a `writer` writes too, an `admin` manages users and keys besides.",
  examples: ["writer"],
});

export const username = label.describe("The name to log in with; unique.");

/** Minimum length in characters of a password that can be set. */
export const minPasswordLength = 8;

/** A password that is compared. The bound is far above any in use; it keeps hashing from being fed megabytes. */
const givenPassword = maxCharacters(z.string(), 1024);

/** A password of a length that can be set. */
export const passwordOfLength = minCharacters(givenPassword, minPasswordLength);

const passwordRule =
  "Not of blanks alone, none of the most common passwords, and not the name of the user, in any case.";

/** A new password. The server refuses the most common ones besides, and the name of the user. */
export const password = passwordOfLength
  .regex(/[^\p{Cc}\p{Cf}\p{Z}]/u, { error: "must not be of blanks alone; take several words" })
  .describe(`The password. ${passwordRule}`);

export const login = z
  .object({
    username: maxCharacters(text, 1024).describe("The user's name."),
    password: givenPassword.describe("The user's password."),
  })
  .meta({
    id: "Login",
    description: "Who logs in.",
    examples: [{ username: "ada", password: "correct horse battery staple" }],
  });

export const passwordChange = z
  .object({
    current_password: givenPassword.describe("The password until now."),
    new_password: password.describe(`The password from now on. ${passwordRule}`),
  })
  .meta({
    id: "PasswordChange",
    description: "A new password, and the one until now as a proof of who asks.",
    examples: [{ current_password: "correct horse battery staple", new_password: "four other words in a row" }],
  });

/** Who a session or a key is for, in replies. */
export const ofUser = {
  user_id: z.string().describe("The user's id; it never changes."),
  username: z.string().describe("The user's name."),
} as const;

export const userExample = { user_id: "6f1f2c5e-6a55-4f0c-9a53-0d1c5a8e4f11", username: "ada" };

export const authResponse = z
  .object({
    role,
    session_id: z.string().describe("The token to send as `Authorization: Bearer <session_id>`; a secret."),
    ...ofUser,
  })
  .meta({
    id: "AuthResponse",
    description: "A new session.",
    examples: [{ role: "writer", session_id: "ecas_the-token-of-the-session", ...userExample }],
  });

export const session = z
  .object({
    ...ofUser,
    role,
    created_at: createdAt.describe("When the session began."),
    idle_expires_at: timestamp.describe("When the session ends if it is not used before."),
    expires_at: timestamp
      .nullable()
      .describe("When the session ends however much it is used; null where idleness alone ends it."),
  })
  .meta({
    id: "Session",
    description: "The session that the call was made with.",
    examples: [
      {
        ...userExample,
        role: "writer",
        created_at: "2026-03-02T08:15:00.250000Z",
        idle_expires_at: "2026-03-09T08:15:00.250000Z",
        expires_at: null,
      },
    ],
  });

export const authRouter = c.router(
  {
    login: {
      method: "POST",
      path: "/login",
      summary: "Log in",
      description:
        "Returns a `session_id`, to be sent as `Authorization: Bearer <session_id>` on every other call. Each log-in begins a session of " +
        "its own: it takes no `Idempotency-Key`, and ignores one.",
      body: login,
      responses: { 200: authResponse },
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
        "The token is dead as soon as this call returns. Replies with the session that ended. Repeated, it is 401: the session has ended.",
      body: c.noBody(),
      responses: { 200: session },
      metadata: policy.session,
    },
    changePassword: {
      method: "POST",
      path: "/password",
      summary: "Change the caller's own password",
      description:
        "Ends the caller's other sessions; this one and the caller's keys live on. After a lost reply, log in with the new password: " +
        "that succeeds if it was changed.",
      body: passwordChange,
      responses: { 200: session },
      metadata: { ...policy.session, rate: "login" },
    },
  },
  routerOptions,
);

export type Login = z.input<typeof login>;
export type PasswordChange = z.input<typeof passwordChange>;
export type AuthResponse = z.infer<typeof authResponse>;
export type Session = z.infer<typeof session>;
