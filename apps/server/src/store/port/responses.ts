import type { Micros } from "../../clock.js";
import type { ResponseContent, ResponseRow } from "./rows.js";
import type { Page, PageRows } from "./page.js";

/** What can be read of responses. */
export interface ResponseReads {
  response(id: number): Promise<ResponseRow | undefined>;
  responsePage(page: Page): Promise<PageRows<ResponseRow>>;
}

/** What can be written of responses. */
export interface ResponseWrites {
  insertResponse(content: ResponseContent, at: Micros): Promise<ResponseRow>;
}
