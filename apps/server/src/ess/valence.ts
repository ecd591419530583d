import type { NewEss } from "@eca/contract";
import { DomainError } from "../errors/domain-error.js";
import { squaredDistance } from "../search/distance.js";
import { NearestList } from "../search/nearest-list.js";
import type { EmotifiedInstance } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";

/** A state to write, with a valence. */
export type ValuedEss = Omit<NewEss, "valence"> & { readonly valence: number };

/**
 * The emotified state instances that a state without a valence takes one from; undefined where one was
 * sent.
 *
 * @throws DomainError `invalid_request` where none was sent and the module has no instances.
 */
export async function instancesFor(
  reader: Reader,
  { module_id: moduleId, valence }: NewEss,
): Promise<readonly EmotifiedInstance[] | undefined> {
  if (typeof valence === "number") return undefined;
  const instances = await reader.emotifiedInstances(moduleId);
  if (instances.length > 0) return instances;
  // In the words of the contract, which asks for a number wherever nothing else gives one.
  const detail = `valence: ${valence === null ? "must be a number, not null" : "is missing; must be a number"}`;
  throw new DomainError("invalid_request", [{ detail, pointer: "/valence" }]);
}

/**
 * The valence of the instance that is nearest to a state by Euclidean distance; of equally near ones
 * that of the lowest id.
 *
 * @param instances At least one, by their id, each as long as the state.
 */
export function nearestValence(instances: readonly EmotifiedInstance[], state: Float32Array): number {
  const nearest = new NearestList(state, 1);
  // By their places, which are in the order of their ids.
  for (const [place, instance] of instances.entries()) {
    nearest.offer(place, squaredDistance(state, instance.state, 0), instance.state, 0);
  }
  return (instances[nearest.toArray()[0]?.id ?? 0] as EmotifiedInstance).valence;
}
