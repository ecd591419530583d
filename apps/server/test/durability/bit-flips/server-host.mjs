import { fork } from "node:child_process";

/**
 * Starts servers on data folders, one after the other, in a process of its own, which the database engine may end. A
 * process for each would take most of the time.
 */
export class ServerHost {
  #child;
  #answer = () => {};

  /**
   * @param {string} data
   * @returns {Promise<{ url?: string, error?: { name: string, message: string } }>}
   */
  start(data) {
    this.#child ??= this.#fork();
    return this.#ask({ start: true, data });
  }

  stop() {
    return this.#ask({ start: false });
  }

  #ask(order) {
    return new Promise((resolve) => {
      this.#answer = resolve;
      if (this.#child === undefined) resolve({ error: { name: "ended", message: "the process has ended" } });
      else this.#child.send(order);
    });
  }

  #fork() {
    const child = fork(new URL("server-process.mjs", import.meta.url), {
      // Those of a test runner lead to the sources of packages.
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.on("message", (message) => this.#answer(message));
    child.once("exit", (code, signal) => {
      this.#child = undefined;
      this.#answer({ error: { name: "ended", message: `the process that served it ended by ${signal ?? code}` } });
    });
    return child;
  }

  async end() {
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
}
