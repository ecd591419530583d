import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { role } from "@eca/contract";
import type { z } from "zod";
import { formatIssue } from "../errors/format-issue.js";

/** What a command reads from and writes to; tests bring their own. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where passwords come from: a person's keyboard, or a pipe. */
  readonly input: NodeJS.ReadStream | (NodeJS.ReadableStream & { readonly isTTY?: boolean });
  /** Standard output: the result of the command and nothing else, so that it can be piped on. */
  readonly writeOut: (text: string) => void;
  /** Standard error: messages for the user. */
  readonly writeErr: (text: string) => void;
}

/** Adds commands below a program, or below the first of two words: `add` below `user`. */
export type AddCommands = (program: CommandUnknownOpts, terminal: Terminal) => void;

/** The command line cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Adds a command. Arguments and values with `file` or `folder` in their names are completed as such.
 *
 * @param summary What it does, in a line.
 * @param details What more there is to know.
 */
export function addCommand(parent: CommandUnknownOpts, name: string, summary: string, ...details: string[]): Command {
  const command = new Command(name).summary(summary).description([summary, ...details].join("\n\n"));
  parent.addCommand(command);
  return command;
}

/** A command and all below it. */
export function allOf(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap(allOf)];
}

/** The option that must name a role. */
export const roleOption = () =>
  new Option("--role <reader|writer|admin>", "what it may do").choices(role.options).makeOptionMandatory();

/** Gathers the values of an option that may be repeated. */
export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What a schema of the contract makes of what was given. @throws UsageError that lists all that it finds wrong. */
export function requireValid<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${formatIssue(issue)}`).join("; "));
}
