import { DomainError } from "../errors/domain-error.js";
import { type List, listById } from "../lists/list.js";
import type { ResponseRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";

/** The stored steps of predictions. */
export interface ResponseService {
  /** All responses, by id. */
  list(): List<ResponseRow>;
  /** @throws DomainError `response_not_found`. */
  get(id: number): Promise<ResponseRow>;
}

export function createResponseService({ store }: { store: Reader }): ResponseService {
  return {
    list: () => listById("asc", (page) => store.responsePage(page)),
    get: async (id) => {
      const row = await store.response(id);
      if (row === undefined) throw new DomainError("response_not_found", `no response ${id}`);
      return row;
    },
  };
}
