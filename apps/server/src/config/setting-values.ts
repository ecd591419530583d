import { readInstant } from "@eca/contract";
import { z } from "zod";
import { parseNetwork } from "../caller/address.js";
import { type Micros, parseInstant } from "../clock.js";
import type { Rate } from "../throttling/rate-limiter.js";

const maxDuration = 36_500 * 86_400_000;
const maxTimeout = 24 * 86_400_000;

/** A time as settings give it, in milliseconds: `500ms`, `30s`, `15m`, `12h`, `7d`. */
export const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, { error: "must be a number with a unit: 500ms, 30s, 15m, 12h or 7d" })
  .transform((value) => {
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[value.replace(/\d+/, "")] ?? 1;
    return Number.parseInt(value, 10) * unit;
  })
  .refine((milliseconds) => milliseconds > 0, { error: "must be longer than zero" })
  // Where sessions end and keys expire is an instant that has to be written with four digits of a year.
  .refine((milliseconds) => milliseconds <= maxDuration, { error: "must be at most 36500d" });

/** The same for what a timer waits for: beyond 2^31 milliseconds it would not wait at all. */
export const timeout = duration.refine((milliseconds) => milliseconds <= maxTimeout, {
  error: "must be at most 24d",
});

const sizeUnits: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A number without a unit below this is taken for one whose unit was forgotten. */
const minPlainBytes = 1024;

/** A size as settings give it, in bytes: `8192`, `512KiB`, `8MiB`, `2GiB`. */
export const size = z.string().transform((value, context): number => {
  const [, digits = "", unit] = /^(\d+)(B|KiB|MiB|GiB)?$/.exec(value) ?? [];
  const number = Number(digits);
  if (digits === "") context.addIssue("must be a number of bytes, or one with a unit: 512KiB, 8MiB, 2GiB");
  else if (number === 0) context.addIssue("must be more than zero");
  else if (unit === undefined && number < minPlainBytes) {
    const units = ["KiB", "MiB", "GiB"].map((unit) => `${number}${unit}`).join(", ");
    context.addIssue(`${number} bytes are hardly meant; give a unit: ${units}, or ${number}B`);
  } else return number * (sizeUnits[unit ?? "B"] ?? 1);
  return z.NEVER;
});

/** The same, or `off` for no limit. */
export const sizeLimit = z.string().transform((value, context): number | undefined => {
  if (value === "off") return undefined;
  const bytes = size.safeParse(value);
  if (bytes.success) return bytes.data;
  for (const { message } of bytes.error.issues) context.addIssue(`${message}; or off for no limit`);
  return z.NEVER;
});

/** Up to when a clock is believed: the end of a day in UTC, an instant, or any time at all. */
export const clockConfirmation = z.string().transform((value, context): Micros => {
  if (value === "always") return Number.MAX_SAFE_INTEGER;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(value);
  const instant = isDay ? `${value}T23:59:59.999999Z` : value;
  if (readInstant(instant) !== undefined) return parseInstant(instant);
  context.addIssue("must be a day such as 2026-11-30, an instant such as 2026-11-30T12:00:00Z, or always");
  return z.NEVER;
});

export const count = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, { error: "must be a whole number above zero" })
  .transform(Number);

export const countUpTo = (most: number) => count.refine((value) => value <= most, { error: `must be at most ${most}` });

export const serviceUrl = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return url;
  context.addIssue("must be an http or https address without a user or password, such as https://host/v1");
  return z.NEVER;
});

/** It is sent in a header. The message does not repeat it. */
export const serviceKey = z.string().regex(/^[!-~]+$/, { error: "must be one word of printable ASCII" });

export const port = z
  .string()
  .regex(/^\d{1,5}$/, { error: "must be a port number, 0 to 65535" })
  .transform(Number)
  .refine((value) => value <= 65_535, { error: "must be a port number, 0 to 65535" });

export const origins = z.string().transform((value, context) =>
  value
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => {
      if (origin === "") return false;
      if (origin !== "*" && !/^https?:\/\/[^/]+$/.test(origin)) {
        context.addIssue(`"${origin}" must be an origin such as https://console.example.org, or *`);
      }
      return true;
    }),
);

/** `5000/1s`: so many in so long a time, all at once or spread over it; `off` for no limit. */
export const rate = z
  .string()
  .regex(/^(off|\d{1,9}\/\d+(ms|s|m|h|d))$/, { error: "must be a number of calls in a time, such as 5000/1s, or off" })
  .transform((value, context): Rate | undefined => {
    if (value === "off") return undefined;
    const [count, period] = value.split("/");
    const milliseconds = duration.safeParse(period);
    if (Number(count) > 0 && milliseconds.success) return { count: Number(count), period: milliseconds.data };
    context.addIssue("must allow at least one call, in a time longer than zero");
    return z.NEVER;
  });

export const failureRate = rate.transform((value, context): Rate => {
  if (value !== undefined) return value;
  context.addIssue("cannot be off: passwords could be guessed without end");
  return z.NEVER;
});

export const networks = z.string().transform((value, context) =>
  value
    .split(",")
    .map((network) => network.trim())
    .filter((network) => {
      if (network === "") return false;
      if (parseNetwork(network) === undefined) {
        context.addIssue(`"${network}" must be an address or a network such as 10.0.0.0/8 or fd00::/8`);
      }
      return true;
    }),
);
