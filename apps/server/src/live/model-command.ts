import { type LiveObject, modelCommand } from "@eca/contract";
import { DomainError, type Issue } from "../errors/domain-error.js";
import { createFindUnknownFields, hintOf } from "../errors/known-fields.js";
import { formatIssue } from "../errors/format-issue.js";
import { parseGoDuration } from "./go-duration.js";

/** What a caller wants to watch, parsed and within bounds. */
export interface Watch {
  readonly object: LiveObject;
  readonly moduleId: string;
  readonly pretty: boolean;
  /** Ends with the first row. */
  readonly once: boolean;
  /** Milliseconds between two rows. */
  readonly rate: number;
}

const findUnknownFields = createFindUnknownFields(modelCommand);

/** Bounds of `sync_rate`, in milliseconds: ten rows a second, one a day. */
const syncRateBounds = { min: 100, max: 86_400_000 } as const;

/**
 * Reads the text of a frame: `/model {"object":"ess","module_id":"m","sync_rate":"1s"}`.
 *
 * @throws DomainError `invalid_request`, `invalid_json`.
 */
export function parseModelCommand(text: string): Watch {
  const [, json] = /^\s*\/model\s(.*)$/s.exec(text) ?? [];
  if (json === undefined) {
    const detail = 'the frame is no command; send /model {"object":"ess","module_id":"...","sync_rate":"1s"}';
    throw new DomainError("invalid_request", detail);
  }
  const given = parseJson(json);
  const parsed = modelCommand.safeParse(given);
  if (!parsed.success) {
    const unknown = findUnknownFields(given);
    const issues = parsed.error.issues.map((issue): Issue => {
      const where = issue.path.length === 0 ? "/model" : issue.path.join(".");
      return { detail: `${where}: ${formatIssue(issue)}${hintOf(unknown, given, issue.path)}` };
    });
    throw new DomainError("invalid_request", issues);
  }
  const { object, module_id: moduleId, sync_once: once, sync_rate: rate, pretty } = parsed.data;
  if (object === "sequence" && pretty) {
    throw new DomainError("invalid_request", "pretty: an entry of a sequence has no texts; take the object ess");
  }
  return { object, moduleId, pretty, once, rate: readRate(rate) };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new DomainError("invalid_json", `what follows /model is not JSON: ${(error as Error).message}`);
  }
}

function readRate(text: string): number {
  const rate = parseGoDuration(text);
  if (rate === undefined) {
    throw new DomainError("invalid_request", `sync_rate: "${text}" is no duration such as 500ms, 1s or 1m30s`);
  }
  if (rate < syncRateBounds.min || rate > syncRateBounds.max) {
    throw new DomainError("invalid_request", `sync_rate: "${text}" does not lie between 100ms and 24h`);
  }
  return rate;
}
