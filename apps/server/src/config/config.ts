import { distance } from "fastest-levenshtein";
import type { z } from "zod";
import { type Setting, settings } from "./settings.js";
import { formatIssue } from "../errors/format-issue.js";

/** The validated configuration. Durations are milliseconds, sizes are bytes. */
export type Config = { readonly [Name in keyof typeof settings]: z.output<(typeof settings)[Name]["schema"]> };

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment cannot be understood; the message lists every error, one per line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Variables that programs which call a server take, the original's demos among them; a machine may have them set for all. */
const programVariables: readonly string[] = ["ECA_SERVER", "ECA_SECRET"];

/** The variables of an environment that are for programs which call a server, and so mean nothing to the server itself. */
export function variablesOfPrograms(environment: Environment): string[] {
  return programVariables.filter((variable) => given(environment, variable) !== undefined);
}

/**
 * Reads the configuration from an environment. An empty variable counts as absent.
 *
 * @throws ConfigError when a value is invalid or an `ECA_*` variable is unknown.
 */
export function readConfig(environment: Environment): Config {
  const known = Object.values(settings).map((setting): string => setting.variable);
  const issues = Object.keys(environment)
    .filter((variable) => variable.startsWith("ECA_") && ![...known, ...programVariables].includes(variable))
    .map((variable) => `${variable} is not a setting; ${meantBy(variable, known)}`);
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting>(settings)) {
    const parsed = setting.schema.safeParse(given(environment, setting.variable) ?? setting.fallback);
    if (parsed.success) config[name] = parsed.data;
    else issues.push(...parsed.error.issues.map((issue) => `${setting.variable}: ${formatIssue(issue)}`));
  }
  issues.push(...incompleteServices(environment));
  if (issues.length > 0) throw new ConfigError(issues.join("\n"));
  return config as Config;
}

/** An outside service takes an address and a model; one without the other is a mistake. */
function incompleteServices(environment: Environment): string[] {
  return ["ECA_LLM", "ECA_EMBEDDING"].flatMap((service) => {
    const has = (name: string): boolean => given(environment, `${service}_${name}`) !== undefined;
    if (has("URL")) return has("MODEL") ? [] : [`${service}_MODEL is missing: ${service}_URL needs it`];
    return has("MODEL") || has("KEY")
      ? [`${service}_URL is missing: ${service}_MODEL and ${service}_KEY go with it`]
      : [];
  });
}

/** The setting that a misspelled name is probably meant for, else the names of all settings. */
function meantBy(variable: string, known: readonly string[]): string {
  // What each name begins with says nothing of which one is meant.
  const own = variable.slice("ECA_".length);
  const slips = known.map((name) => ({ name, count: distance(own, name.slice("ECA_".length)) }));
  const fewest = Math.min(...slips.map(({ count }) => count));
  // Two transposed letters count as two typing errors.
  if (fewest > Math.max(2, own.length / 3)) return `known are ${known.join(", ")}`;
  const meant = slips.filter(({ count }) => count === fewest).map(({ name }) => name);
  return `did you mean ${meant.join(" or ")}?`;
}

function given(environment: Environment, variable: string): string | undefined {
  const value = environment[variable];
  return value === "" ? undefined : value;
}
