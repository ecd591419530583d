import type { Issue } from "../../errors/domain-error.js";

export type RequestPart = "path" | "header" | "query" | "body";

/**
 * What is wrong with a part of a request, and where.
 *
 * @param path The keys and indices that lead to it; empty for the whole part.
 */
export function requestIssue(part: RequestPart, path: readonly PropertyKey[], what: string): Issue {
  const keys = path.map(String);
  if (part === "header") return { detail: `header ${headerName(keys.join("."))}: ${what}` };
  if (part !== "body") return { detail: `${part} parameter ${keys.join(".")}: ${what}` };
  const pointer = keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  const where = keys.length === 0 ? "the body" : keys.join(".").replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]");
  return { detail: `${where}: ${what}`, pointer };
}

/** A header's name as it is usually written: `If-Match`. */
function headerName(name: string): string {
  return name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());
}
