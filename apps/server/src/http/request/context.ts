import type { AppRoute } from "@eca/contract";
import type { UnknownField } from "../../errors/known-fields.js";
import type { Principal } from "../../caller/principal.js";

declare global {
  // Express takes additions to its request through this namespace alone.
  namespace Express {
    interface Request {
      /** Names the request in its reply and in the log. */
      id: string;
      /** The path that a trusted proxy puts the server below: `/eca`; undefined for none. */
      pathPrefix?: string;
      /** Where the call came from; set on all routes of the contract. */
      address?: string;
      /** The caller; set on all routes but the public ones. */
      principal?: Principal;
      /** The body as it came; kept where its bytes matter. */
      bodyBytes?: Uint8Array;
      /** What the body has that the contract does not know; set where it has any. */
      unknownFields?: readonly UnknownField[];
      /** The contract's own entry for the route; set by ts-rest. */
      tsRestRoute?: AppRoute;
    }
  }
}
