import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { type Terminal, UsageError } from "./command.js";

/** A password that nobody can guess: 120 random bits. */
export function generatePassword(): string {
  return randomBytes(15).toString("base64url");
}

/**
 * Reads a new password: from a keyboard twice and without an echo, else the first line of the input.
 * It is never taken from the command line, which other users of the machine can see.
 *
 * @throws UsageError when there is none, or the two are not the same.
 */
export async function readPassword(terminal: Terminal): Promise<string> {
  if (terminal.input.isTTY !== true) return firstLine(terminal);
  const lines = createInterface({ input: terminal.input, output: nowhere(), terminal: true });
  try {
    const ask = async (question: string): Promise<string> => {
      terminal.writeErr(question);
      const answer = await lines.question("");
      terminal.writeErr("\n");
      return answer;
    };
    const first = await ask("New password: ");
    if (first !== (await ask("Once more: "))) throw new UsageError("the two passwords are not the same");
    return first;
  } finally {
    lines.close();
  }
}

async function firstLine({ input }: Terminal): Promise<string> {
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
  }
  throw new UsageError("no password: write it to the standard input, or let --generate make one");
}

/** Swallows the echo of what is typed. */
function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
