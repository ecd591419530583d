import { relative } from "node:path";
import { DomainError } from "../errors/domain-error.js";
import type { JsonPath } from "./original-config.js";

/** Everything that is wrong with configuration files, in themselves or beside the data that is there, a line each. */
export class ConfigIssues {
  readonly #lines = new Set<string>();

  add(file: string, path: JsonPath, text: string): void {
    this.#lines.add(`${toPlace(file, path)}: ${text}`);
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** @throws DomainError `invalid_request` with all lines, where there are any. */
  require(): void {
    if (this.isEmpty) return;
    const lines = [...this.#lines].map((line) => `\n  ${line}`);
    throw new DomainError("invalid_request", `nothing was imported${lines.join("")}`);
  }
}

/** A place in a file as people read it: `server.json: $.server.cortex_config`. */
export function toPlace(file: string, path: JsonPath): string {
  return `${relative("", file)}: ${toJsonPath(path)}`;
}

/** `$.twin.in_twins[0]["odd key"]` */
function toJsonPath(path: JsonPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return /^[a-z_]\w*$/i.test(String(key)) ? `${text}.${String(key)}` : `${text}[${JSON.stringify(key)}]`;
  }, "$");
}
