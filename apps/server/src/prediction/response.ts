import type { StateSource } from "../ess/parts.js";
import type { ResponseContent } from "../store/port/rows.js";

/**
 * One step of a prediction as it is stored: the percept is the state that was, the response the one
 * predicted to follow. An aggregate is told by its direct components, a plain state by itself; names
 * are those of their modules.
 */
export function toResponse(percept: StateSource, response: StateSource): ResponseContent {
  const { module_id: moduleId } = response;
  return {
    name: `${moduleId} ${percept.id} -> ${response.id}`,
    percept: percept.id,
    response: response.id,
    percept_ess_ids: essIds(percept),
    response_ess_ids: essIds(response),
    percept_names: moduleIds(percept),
    response_names: moduleIds(response),
    twin_module_id: moduleId,
    status: "n",
  };
}

function essIds({ id, aggregate_id: components }: StateSource): number[] {
  return components.length > 0 ? [...components] : [id];
}

function moduleIds({ module_id: moduleId, aggregate_module_id: components }: StateSource): string[] {
  return components.length > 0 ? [...components] : [moduleId];
}
