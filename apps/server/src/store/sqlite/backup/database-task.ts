import type { Verification } from "../maintenance/verify.js";
import type { Progress } from "../database/progress.js";

/** A task on a database that runs in a process of its own. */
export type DatabaseTask =
  | {
      readonly kind: "verify";
      /** A database file. */
      readonly path: string;
    }
  | {
      readonly kind: "copy";
      /** A database file that others may be writing to. */
      readonly source: string;
      /** Must not be there yet. */
      readonly target: string;
      /** Whether the copy is to be the database of a data folder: nobody is logged in there, and its pages have sums. */
      readonly asFolder: boolean;
    };

/** What the process says. */
export type TaskMessage =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "done"; readonly verification: Verification }
  | { readonly kind: "failed"; readonly name: string; readonly message: string; readonly stack: string | undefined };
