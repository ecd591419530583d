import { z } from "zod";
import { similarName } from "../text/similar-name.js";

/**
 * What is made use of in a twin of the configuration files of an original server, which the classes of the
 * Python SDK and newer programs write. A key that is absent or null takes its default, as in the classes.
 */
const twin = z.object({
  module_id: z.string().min(1, { error: "must not be empty" }),
  /** Numbers of a state, or the sides of the array that it is: `[3, 3]` is 9. */
  shape: z
    .union([z.int().min(0), z.array(z.int().min(1))], { error: "must be a whole number or an array of such, from 0" })
    .nullish(),
  display_name: z.string().nullish(),
  ras_config: z.object({ file_path: z.string().nullish() }).nullish(),
});

/** A file that gives states a valence by hand. */
export const emotifiedInstancesConfig = z.object({
  emotified_instances: z.object({
    esi_vec: z.array(z.object({ id: z.int(), state_vec: z.array(z.number()).min(1), valence: z.number() })),
  }),
});

export type OriginalTwin = z.infer<typeof twin>;
export type OriginalInstance = z.infer<typeof emotifiedInstancesConfig>["emotified_instances"]["esi_vec"][number];

/** A place in a file, as JSON paths name it: `["twin", "in_twins", 0]` is `$.twin.in_twins[0]`. */
export type JsonPath = readonly PropertyKey[];

/** The kinds of file, each named by its key. */
export const roots = ["server", "twin", "cortex", "document", "mono"] as const;

/** Something that a configuration holds, at a place of it. */
export type Finding =
  | { readonly kind: "twin"; readonly path: JsonPath; readonly twin: OriginalTwin }
  /** A key with a value that nothing is made of, nor of anything in it. */
  | { readonly kind: "unused"; readonly path: JsonPath }
  /** A misspelled key: the one that is meant is not there. */
  | { readonly kind: "misspelled"; readonly path: JsonPath; readonly meant: string }
  | { readonly kind: "issue"; readonly path: JsonPath; readonly issue: z.core.$ZodIssue };

/** The keys of one twin, and of several, wherever they are. */
const keysOfOne: ReadonlySet<string> = new Set(["twin", "twin_config"]);
const keysOfSeveral: ReadonlySet<string> = new Set(["twins", "twin_configs", "in_twins", "out_twins"]);
const keysOfTwins: ReadonlySet<string> = new Set([...keysOfOne, ...keysOfSeveral]);

const several = z.array(z.unknown());
const none: ReadonlySet<string> = new Set();
const inTwin: ReadonlySet<string> = new Set(Object.keys(twin.shape));
const inRas: ReadonlySet<string> = new Set(["file_path"]);

/** Every twin of a configuration, those inside others included, and every key that nothing is made of. */
export function* findingsOf(config: object): Generator<Finding> {
  for (const [key, value] of Object.entries(config) as [string, unknown][]) {
    const isRoot = (roots as readonly string[]).includes(key) && typeof value === "object" && value !== null;
    // Named even where it holds no twin: then everything in it is unused.
    yield* isRoot && key !== "twin" ? findingsIn(value, [key]) : findingsIn({ [key]: value }, []);
  }
}

function* findingsIn(value: object, path: JsonPath, used: ReadonlySet<string> = none): Generator<Finding> {
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    const key = Array.isArray(value) ? Number(name) : name;
    const place = [...path, key];
    if (isEmpty(inner)) continue;
    if (keysOfOne.has(name)) yield* findingsOfTwin(inner, place);
    else if (keysOfSeveral.has(name)) yield* findingsOfTwins(inner, place);
    else if (used === inTwin && name === "ras_config") yield* findingsOfRas(inner, place);
    else if (!used.has(name)) yield* findingsOfOther(inner, place, meantBy(name, value, used));
  }
}

function* findingsOfTwins(value: unknown, path: JsonPath): Generator<Finding> {
  const parsed = several.safeParse(value);
  for (const issue of parsed.error?.issues ?? []) yield { kind: "issue", path, issue };
  for (const [index, each] of parsed.data?.entries() ?? []) yield* findingsOfTwin(each, [...path, index]);
}

function* findingsOfTwin(value: unknown, path: JsonPath): Generator<Finding> {
  const parsed = twin.safeParse(value);
  for (const issue of parsed.error?.issues ?? []) yield { kind: "issue", path: [...path, ...issue.path], issue };
  if (parsed.success) yield { kind: "twin", path, twin: parsed.data };
  if (typeof value === "object" && value !== null) yield* findingsIn(value, path, inTwin);
}

function* findingsOfRas(value: unknown, path: JsonPath): Generator<Finding> {
  if (typeof value === "object" && value !== null) yield* findingsIn(value, path, inRas);
}

function* findingsOfOther(value: unknown, path: JsonPath, meant: string | undefined): Generator<Finding> {
  if (meant !== undefined) yield { kind: "misspelled", path, meant };
  else if (holdsTwins(value)) yield* findingsIn(value as object, path);
  else yield { kind: "unused", path };
}

/** The key that a name beside it may be meant for; undefined where that is there, or none is alike. */
function meantBy(name: string, beside: object, used: ReadonlySet<string>): string | undefined {
  const meant = Array.isArray(beside) ? undefined : similarName(name, [...used, ...keysOfTwins]);
  return meant === undefined || Object.hasOwn(beside, meant) ? undefined : meant;
}

function holdsTwins(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => !isEmpty(inner) && (keysOfTwins.has(key) || holdsTwins(inner)));
}

/** Whether a value says nothing, as the defaults of the classes do. */
function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}

/** The keys of a value that its parsed form has not, with their places. */
export function* leftOut(value: object, parsed: object, path: JsonPath = []): Generator<JsonPath> {
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    const place = [...path, Array.isArray(value) ? Number(name) : name];
    const kept = (parsed as Record<string, unknown>)[name];
    if (kept === undefined && !isEmpty(inner)) yield place;
    if (typeof kept === "object" && kept !== null) yield* leftOut(inner as object, kept, place);
  }
}
