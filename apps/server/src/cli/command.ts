import type { ParseArgsConfig } from "node:util";
import type { z } from "zod";
import { tellIssue } from "../errors/format-issue.js";

/** What a command meets of the world; tests bring their own. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where passwords come from: a person's keyboard, or a pipe. */
  readonly input: NodeJS.ReadStream | (NodeJS.ReadableStream & { readonly isTTY?: boolean });
  /** What is asked for, and nothing else, so that it can be piped on. */
  readonly print: (text: string) => void;
  /** What is told beside it. */
  readonly tell: (text: string) => void;
}

/** What stands behind a command's name. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

/** One subcommand. */
export interface Command {
  /** One or two words: `user add`. */
  readonly name: string;
  /** What follows the name: `<name> --role <role>`. */
  readonly usage: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** What more there is to know; lines without an end. */
  readonly details?: readonly string[];
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  /** How many words must follow that are no options. */
  readonly positionals: number;
  /** How many more may follow. */
  readonly optionalPositionals?: number;
  readonly run: (given: Arguments, terminal: Terminal) => Promise<void>;
}

/** The command line cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The value of an option that takes one; undefined where it was not given. */
export function textOf({ values }: Arguments, option: string): string | undefined {
  const value = values[option];
  return typeof value === "string" ? value : undefined;
}

/** The value of an option that must be given. @throws UsageError. */
export function requireText(given: Arguments, option: string): string {
  const value = textOf(given, option);
  if (value === undefined || value === "") throw new UsageError(`--${option} is missing`);
  return value;
}

/** The values of an option that may be repeated. */
export function textsOf({ values }: Arguments, option: string): string[] {
  const value = values[option];
  return Array.isArray(value) ? value.map(String) : [];
}

/** Whether an option without a value was given. */
export function isSet({ values }: Arguments, option: string): boolean {
  return values[option] === true;
}

/** What a schema of the contract makes of what was given. @throws UsageError that tells all that it finds wrong. */
export function requireValid<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${tellIssue(issue)}`).join("; "));
}
