import { z } from "zod";
import { c, policy, roles, routerOptions } from "./dsl.js";
import { text, timestamp } from "./scalars.js";

export const role = z.enum(roles).meta({ id: "Role" });

export const login = z.object({ username: text, password: z.string() }).meta({ id: "Login" });

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
    /** When the session ends however much it is used. */
    expires_at: timestamp,
  })
  .meta({ id: "Session" });

export const authRouter = c.router(
  {
    login: {
      method: "POST",
      path: "/login",
      summary: "Log in",
      description: "Answers a `session_id`, to be sent as `Authorization: Bearer <session_id>` on every other call.",
      body: login,
      responses: { 200: authResponse },
      metadata: policy.login,
    },
    session: {
      method: "GET",
      path: "/session",
      summary: "The caller's own session",
      responses: { 200: session },
      metadata: policy.read,
    },
    logout: {
      method: "POST",
      path: "/logout",
      summary: "End the caller's own session",
      description: "The token is dead as soon as this answers. Replies with the session that ended.",
      body: c.noBody(),
      responses: { 200: session },
      metadata: policy.read,
    },
  },
  routerOptions,
);

export type Login = z.input<typeof login>;
export type AuthResponse = z.infer<typeof authResponse>;
export type Session = z.infer<typeof session>;
