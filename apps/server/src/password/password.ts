import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { HashingQueue } from "./hashing-queue.js";

/** How hard a password is to guess from its hash: scrypt's parameters (RFC 7914), N = 2^ln. */
export interface PasswordCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/**
 * 32 MiB and three passes: one of the equivalent minimum settings of the OWASP Password Storage
 * Cheat Sheet, chosen because logins at the same moment each take that much memory.
 */
export const owaspCost: PasswordCost = { ln: 15, r: 8, p: 3 };

/** Hashes passwords, and tells whether one belongs to a hash; both cost the same. */
export interface Passwords {
  /** Waits for its turn. @throws DomainError `rate_limited` when too many wait already. */
  hash(password: string): Promise<string>;
  /** Runs at once: a login guard holds the turn. @throws Error when the hash is not one of `hash`. */
  verify(password: string, stored: string): Promise<boolean>;
}

export function createPasswords(cost: PasswordCost, queue: HashingQueue): Passwords {
  return {
    hash: (password) => queue.run("known", () => hashPassword(password, cost)),
    verify: verifyPassword,
  };
}

const hashLength = 32;
const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

/** Hashes a password as `$scrypt$ln=15,r=8,p=3$<salt>$<hash>` (the PHC string format). */
export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password.normalize("NFKC"), salt, hashLength, options(cost));
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${encode(salt)}$${encode(hash)}`;
}

/**
 * Whether a password belongs to a hash of `hashPassword`, compared in constant time.
 *
 * @throws Error when the hash is not one of `hashPassword`.
 */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored);
  if (match === null) throw new Error("unknown password hash format");
  const [, ln, r, p, salt = "", hash = ""] = match;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const expected = Buffer.from(hash, "base64url");
  const actual = await derive(
    password.normalize("NFKC"),
    Buffer.from(salt, "base64url"),
    expected.length,
    options(cost),
  );
  return timingSafeEqual(actual, expected);
}

function options({ ln, r, p }: PasswordCost): object {
  const N = 2 ** ln;
  // Node refuses more than 32 MiB unless told; scrypt needs 128 * r * (N + p) bytes and a little more.
  return { N, r, p, maxmem: 128 * r * (N + p) + 1024 * 1024 };
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
