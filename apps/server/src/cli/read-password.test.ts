import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { UsageError } from "./command.js";
import { generatePassword, readPassword } from "./read-password.js";

/** A keyboard or a pipe on which somebody writes, and what they see. */
function terminal(isTTY: boolean, typed: readonly string[]) {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined });
  const seen = { out: "", err: "" };
  let next = 0;
  const type = (): void => {
    const line = typed[next++];
    if (line === undefined) input.end();
    else input.write(line);
  };
  if (!isTTY) for (const line of typed) input.write(line);
  if (!isTTY) input.end();
  return {
    seen,
    terminal: {
      environment: {},
      input,
      writeOut: (text: string) => void (seen.out += text),
      writeErr: (text: string) => {
        seen.err += text;
        // Somebody at a keyboard answers what they are asked.
        if (isTTY && text.endsWith(": ")) setImmediate(type);
      },
    },
  };
}

describe("a password from a pipe", () => {
  it.each([
    ["its first line", ["my password\n", "more\n"], "my password"],
    ["a line that comes in pieces", ["my ", "pass", "word\n"], "my password"],
    ["all of it where no line ends", ["my password"], "my password"],
    ["without the line end of Windows", ["my password\r\n"], "my password"],
  ])("is %s", async (_name, typed, password) => {
    const { terminal: given, seen } = terminal(false, typed);
    expect(await readPassword(given)).toBe(password);
    expect(seen).toEqual({ out: "", err: "" });
  });

  it("must be there", async () => {
    await expect(readPassword(terminal(false, []).terminal)).rejects.toThrow(UsageError);
  });
});

describe("a password from a keyboard", () => {
  it("is asked for twice, and not shown", async () => {
    const { terminal: given, seen } = terminal(true, ["my password\r", "my password\r"]);
    expect(await readPassword(given)).toBe("my password");
    expect(seen).toEqual({ out: "", err: "New password: \nOnce more: \n" });
  });

  it("must be the same both times", async () => {
    await expect(readPassword(terminal(true, ["my password\r", "my passwort\r"]).terminal)).rejects.toThrow(
      "not the same",
    );
  });
});

it("a generated password has 120 random bits", () => {
  const passwords = Array.from({ length: 50 }, generatePassword);
  expect(new Set(passwords).size).toBe(50);
  for (const password of passwords) expect(password).toMatch(/^[\w-]{20}$/);
});
