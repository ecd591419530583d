import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isAddressable } from "@eca/contract";
import type { EmotifiedInstance } from "../store/port/rows.js";
import { formatIssue } from "../errors/format-issue.js";
import { type ConfigIssues, toPlace } from "./config-issues.js";
import { findInstances } from "./find-instances.js";
import {
  emotifiedInstancesConfig,
  type Finding,
  findingsOf,
  type JsonPath,
  leftOut,
  type OriginalInstance,
  type OriginalTwin,
  roots,
} from "./original-config.js";

/** What a configuration says of a module; undefined where it says nothing. */
export interface ConfiguredModule {
  readonly moduleId: string;
  readonly shape: number | undefined;
  readonly displayName: string | undefined;
  readonly instances: readonly EmotifiedInstance[] | undefined;
  /** Where the module was first described. */
  readonly file: string;
  readonly path: JsonPath;
}

/** What a configuration file holds. */
export interface OriginalConfig {
  /** Each module once, in the order of the file. */
  readonly modules: readonly ConfiguredModule[];
  /** Keys that nothing is made of, as people read places. */
  readonly unused: readonly { readonly key: string; readonly place: string }[];
  /** What was read otherwise than it is written, a sentence each. */
  readonly notes: readonly string[];
}

/** What is gathered while files are read. */
interface Gathered {
  readonly issues: ConfigIssues;
  /** Where to look for files that the configuration names. */
  readonly folders: readonly string[];
  readonly unused: Map<string, { readonly key: string; readonly place: string }>;
  readonly notes: Set<string>;
}

/**
 * Reads a configuration file of an original server, and the files with emotified state instances that
 * it names.
 *
 * @param folders Where these are looked for before the places that `findInstances` describes.
 * @param issues Gets everything that is wrong with them.
 * @returns What could be read of them all the same.
 */
export async function readConfigFile(
  file: string,
  folders: readonly string[],
  issues: ConfigIssues,
): Promise<OriginalConfig> {
  const gathered: Gathered = { issues, folders, unused: new Map(), notes: new Set() };
  const modules = new Map<string, ConfiguredModule>();
  for (const finding of findingsInFile(await readJson(file, issues, file, []), file, issues)) {
    const { kind, path } = finding;
    if (kind === "unused") noteUnused(file, path, gathered);
    else if (kind === "misspelled") issues.add(file, path, `unknown key; did you mean ${finding.meant}?`);
    else if (kind === "issue") issues.add(file, path, formatIssue(finding.issue));
    else {
      const found = await toModule(finding.twin, { file, path }, gathered);
      const before = modules.get(found.moduleId);
      modules.set(found.moduleId, before === undefined ? found : merge(before, found, issues));
    }
  }
  return { modules: [...modules.values()], unused: [...gathered.unused.values()], notes: [...gathered.notes] };
}

function findingsInFile(json: unknown, file: string, issues: ConfigIssues): Iterable<Finding> {
  if (json === undefined) return [];
  if (typeof json === "object" && json !== null && roots.some((root) => root in json)) return findingsOf(json);
  issues.add(file, [], `is no configuration of a server; its key is one of ${roots.join(", ")}`);
  return [];
}

function noteUnused(file: string, path: JsonPath, { unused }: Pick<Gathered, "unused">): void {
  const place = toPlace(file, path);
  unused.set(place, { key: String(path.at(-1)), place });
}

/** The largest value of ECA_MAX_STATE_LENGTH. */
const maxNumbers = 2 ** 24;

interface Place {
  readonly file: string;
  readonly path: JsonPath;
}

async function toModule(twin: OriginalTwin, place: Place, gathered: Gathered): Promise<ConfiguredModule> {
  const { module_id: moduleId, display_name: displayName, ras_config: ras } = twin;
  const { issues } = gathered;
  for (const [key, text] of [["module_id", moduleId] as const, ["display_name", displayName ?? ""] as const]) {
    // Neither the API nor a store takes them.
    if (/\0|\p{Surrogate}/u.test(text)) issues.add(place.file, [...place.path, key], "is no well-formed text");
  }
  if (!isAddressable(moduleId)) issues.add(place.file, [...place.path, "module_id"], "is no name that a path can hold");
  const instances = ras?.file_path ? await readInstances(ras.file_path, place, gathered) : undefined;
  const width = instances?.[0]?.state.length;
  const shape = Array.isArray(twin.shape) ? twin.shape.reduce((product, side) => product * side, 1) : twin.shape;
  if (shape && shape > maxNumbers) {
    issues.add(place.file, [...place.path, "shape"], `is ${shape} numbers; no state may have more than ${maxNumbers}`);
  }
  if (shape && width !== undefined && width !== shape) {
    const text = `has states of ${width} ${width === 1 ? "number" : "numbers"}, the twin "${moduleId}" has shape ${shape}`;
    issues.add(place.file, [...place.path, "ras_config", "file_path"], text);
  }
  return {
    moduleId,
    shape: said(shape) ?? width,
    displayName: said(displayName),
    instances,
    ...place,
  };
}

/** The classes' own defaults, 0 and "", mean that nothing is set. */
function said<Value>(value: Value | null | undefined): Value | undefined {
  return value === null || value === 0 || value === "" ? undefined : value;
}

async function readInstances(name: string, { file: by, path }: Place, { issues, folders, unused, notes }: Gathered) {
  const place = [...path, "ras_config", "file_path"];
  const [file, ...others] = findInstances(name, by, folders);
  if (file === undefined) {
    const text = `${JSON.stringify(name)} is not there, nor beside the configuration`;
    issues.add(by, place, `${text}; give the folder of such files by --instances`);
    return undefined;
  }
  if (others.length > 0) {
    const files = [file, ...others].map((each) => relative("", each)).join(", ");
    issues.add(by, place, `${JSON.stringify(name)} may be any of ${files}; give its folder by --instances`);
    return undefined;
  }
  if (file !== resolve(dirname(by), name)) notes.add(`${JSON.stringify(name)} was read from ${relative("", file)}.`);
  const json = await readJson(file, issues, by, place);
  if (json === undefined) return undefined;
  const parsed = emotifiedInstancesConfig.safeParse(json);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) issues.add(file, issue.path, formatIssue(issue));
    return undefined;
  }
  for (const key of leftOut(json as object, parsed.data)) noteUnused(file, key, { unused });
  const given = parsed.data.emotified_instances.esi_vec;
  checkInstances(file, given, issues);
  const areNumbered = new Set(given.map(({ id }) => id)).size === given.length;
  if (!areNumbered) notes.add(`${relative("", file)} repeats an id; its instances are numbered in their order.`);
  return given
    .map((instance, index) => (areNumbered ? instance : { ...instance, id: index + 1 }))
    .map(({ id, state_vec, valence }): EmotifiedInstance => ({ id, state: Float32Array.from(state_vec), valence }))
    .toSorted((a, b) => a.id - b.id);
}

function checkInstances(file: string, given: readonly OriginalInstance[], issues: ConfigIssues): void {
  const width = given[0]?.state_vec.length;
  for (const [index, { state_vec }] of given.entries()) {
    const report = (text: string): void =>
      issues.add(file, ["emotified_instances", "esi_vec", index, "state_vec"], text);
    if (state_vec.length !== width) report(`has ${state_vec.length} numbers, the first one ${width}`);
    if (!state_vec.every((number) => Number.isFinite(Math.fround(number)))) {
      report("has a number beyond the range of a 32-bit float (±3.4028235e+38)");
    }
  }
}

/** @param by Where the file is named, for the error where it cannot be read. */
async function readJson(file: string, issues: ConfigIssues, by: string, path: JsonPath): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    issues.add(by, path, `cannot be read: ${(error as Error).message}`);
    return undefined;
  }
  try {
    // Editors on Windows put a byte order mark in front.
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch (error) {
    issues.add(file, [], `is not JSON: ${(error as Error).message}`);
    return undefined;
  }
}

/** A twin may be in several places. What one place says and another does not counts for both. */
function merge(before: ConfiguredModule, found: ConfiguredModule, issues: ConfigIssues): ConfiguredModule {
  const { moduleId, file, path } = found;
  const one = <Value>(key: string, first: Value | undefined, second: Value | undefined) => {
    if (first !== undefined && second !== undefined && !isDeepStrictEqual(first, second)) {
      issues.add(
        file,
        [...path, key],
        `the module "${moduleId}" has another one before, at ${toPlace(before.file, before.path)}`,
      );
    }
    return first ?? second;
  };
  return {
    ...before,
    shape: one("shape", before.shape, found.shape),
    displayName: one("display_name", before.displayName, found.displayName),
    instances: one("ras_config", before.instances, found.instances),
  };
}
