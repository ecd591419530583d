import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isAddressable } from "@eca/contract";
import type { EmotifiedInstance } from "../store/rows.js";
import { Faults, toPlace } from "./faults.js";
import {
  emotifiedInstancesConfig,
  type JsonPath,
  originalConfigs,
  type OriginalInstance,
  type OriginalTwin,
  twinsOf,
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

/**
 * Reads a configuration file of an original server, and the files with emotified state instances that
 * it names, by paths that begin at its own folder.
 *
 * @returns Each module once, in the order of the file.
 * @throws DomainError `invalid_request` with everything that is wrong with them, a line each.
 */
export async function readConfigFile(file: string): Promise<ConfiguredModule[]> {
  const faults = new Faults();
  const config = parseConfig(file, await readJson(file, faults, file, []), faults);
  const modules = new Map<string, ConfiguredModule>();
  for (const [twin, path] of twinsOf(config)) {
    const found = await toModule(twin, { file, path }, faults);
    const before = modules.get(found.moduleId);
    modules.set(found.moduleId, before === undefined ? found : merge(before, found, faults));
  }
  faults.require();
  return [...modules.values()];
}

function parseConfig(file: string, json: unknown, faults: Faults): unknown {
  if (json === undefined) return undefined;
  const keys = Object.keys(originalConfigs) as (keyof typeof originalConfigs)[];
  const kind = keys.find((key) => typeof json === "object" && json !== null && key in json);
  if (kind === undefined) {
    faults.add(file, [], `is no configuration of a server; its key is one of ${keys.join(", ")}`);
    return undefined;
  }
  const parsed = originalConfigs[kind].safeParse(json);
  if (parsed.success) return parsed.data;
  faults.addIssues(file, parsed.error.issues);
  return undefined;
}

interface Place {
  readonly file: string;
  readonly path: JsonPath;
}

async function toModule(twin: OriginalTwin, place: Place, faults: Faults): Promise<ConfiguredModule> {
  const { module_id: moduleId, shape, display_name: displayName, ras_config: ras } = twin;
  for (const [key, text] of [["module_id", moduleId] as const, ["display_name", displayName ?? ""] as const]) {
    // Neither the API nor a store takes them.
    if (/\0|\p{Surrogate}/u.test(text)) faults.add(place.file, [...place.path, key], "is no well-formed text");
  }
  if (!isAddressable(moduleId)) faults.add(place.file, [...place.path, "module_id"], "is no name that a path can hold");
  const instances = ras?.file_path
    ? await readInstances(resolve(dirname(place.file), ras.file_path), place, faults)
    : undefined;
  const width = instances?.[0]?.state.length;
  if (shape && width !== undefined && width !== shape) {
    const text = `has states of ${width} numbers, the twin "${moduleId}" has shape ${shape}`;
    faults.add(place.file, [...place.path, "ras_config", "file_path"], text);
  }
  return {
    moduleId,
    shape: said(shape) ?? width,
    displayName: said(displayName),
    instances,
    ...place,
  };
}

/** What the classes' own defaults stand for: 0 and "" say nothing. */
function said<Value>(value: Value | null | undefined): Value | undefined {
  return value === null || value === 0 || value === "" ? undefined : value;
}

async function readInstances(file: string, { file: by, path }: Place, faults: Faults) {
  const json = await readJson(file, faults, by, [...path, "ras_config", "file_path"]);
  if (json === undefined) return undefined;
  const parsed = emotifiedInstancesConfig.safeParse(json);
  if (!parsed.success) {
    faults.addIssues(file, parsed.error.issues);
    return undefined;
  }
  const given = parsed.data.emotified_instances.esi_vec;
  checkInstances(file, given, faults);
  return given
    .map(({ id, state_vec, valence }): EmotifiedInstance => ({ id, state: Float32Array.from(state_vec), valence }))
    .toSorted((a, b) => a.id - b.id);
}

function checkInstances(file: string, given: readonly OriginalInstance[], faults: Faults): void {
  const ids = new Set<number>();
  const width = given[0]?.state_vec.length;
  for (const [index, { id, state_vec }] of given.entries()) {
    const report = (key: string, text: string): void =>
      faults.add(file, ["emotified_instances", "esi_vec", index, key], text);
    if (ids.has(id)) report("id", `${id} is there twice`);
    ids.add(id);
    if (state_vec.length !== width) report("state_vec", `has ${state_vec.length} numbers, the first one ${width}`);
    if (!state_vec.every((number) => Number.isFinite(Math.fround(number)))) {
      report("state_vec", "has a number beyond the range of a 32-bit float (±3.4028235e+38)");
    }
  }
}

/** @param by Where the file is named, to be told when it cannot be read. */
async function readJson(file: string, faults: Faults, by: string, path: JsonPath): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    faults.add(by, path, `cannot be read: ${(error as Error).message}`);
    return undefined;
  }
  try {
    // Editors on Windows put a byte order mark in front.
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch (error) {
    faults.add(file, [], `is not JSON: ${(error as Error).message}`);
    return undefined;
  }
}

/** A twin may stand in several places; what one place says and another does not counts for both. */
function merge(before: ConfiguredModule, found: ConfiguredModule, faults: Faults): ConfiguredModule {
  const { moduleId, file, path } = found;
  const one = <Value>(key: string, first: Value | undefined, second: Value | undefined) => {
    if (first !== undefined && second !== undefined && !isDeepStrictEqual(first, second)) {
      faults.add(
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
