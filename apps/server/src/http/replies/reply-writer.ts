import type { AppRoute } from "@eca/contract";
import type { Request, Response } from "express";
import type { z } from "zod";
import type { Reply } from "../../reply.js";

/** The call that a reply is for, as the contract has let it through. */
export interface ReplyCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly req: Request;
  readonly res: Response;
}

/** What ts-rest sends. */
export interface SentReply {
  readonly status: number;
  readonly body: unknown;
}

/** Writes the replies of one kind to the calls of a route. */
export type ReplyWriter<Kind extends Reply> = (reply: Kind, call: ReplyCall) => Promise<SentReply>;

/** What a route replies with where it succeeds. */
export interface Success {
  /** Its one status. */
  readonly status: number;
  /** What the contract says of the body. */
  readonly schema: z.ZodType;
}

/** What the contract says of a route's success. */
export function successOf({ responses }: AppRoute): Success {
  const status = Number(Object.keys(responses).find((each) => Number(each) < 300));
  return { status, schema: responses[status] as z.ZodType };
}
