// Runs commands of the built program, one after the other, in a process that loads it once: to load it for each took
// most of the time of the tests of commands. What only a process of its own can show is in `main.test.ts`.
import { Readable } from "node:stream";
import { describeFailure } from "../../dist/cli/describe-failure.js";
import { runCommand } from "../../dist/cli/run-command.js";

let last = Promise.resolve();

process.on("message", (call) => {
  last = last.then(() => run(call));
});

async function run({ id, words, folder, environment, input }) {
  const output = { code: 0, out: "", err: "" };
  // A relative path is one below the folder in which the command was given.
  process.chdir(folder);
  try {
    await runCommand(words, {
      environment,
      input: Readable.from(input === "" ? [] : [input]),
      writeOut: (text) => void (output.out += text),
      writeErr: (text) => void (output.err += text),
    });
  } catch (error) {
    const { text, exitCode } = describeFailure(error);
    output.code = exitCode;
    output.err += text;
  }
  process.send({ id, ...output });
}
