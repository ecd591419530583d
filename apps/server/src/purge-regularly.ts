import type { Logger } from "pino";
import type { AuditLog } from "./audit/audit-log.js";
import type { AuthService } from "./auth/service.js";
import type { IdempotencyService } from "./idempotency/service.js";
import type { Store } from "./store/port/store.js";
import type { Times } from "./time/times.js";

interface Purged {
  readonly store: Pick<Store, "transact">;
  readonly times: Pick<Times, "now">;
  readonly auth: Pick<AuthService, "purge">;
  readonly audit: Pick<AuditLog, "purge">;
  readonly idempotency: Pick<IdempotencyService, "purge">;
}

const purgeInterval = 3_600_000;

/** Deletes what has had its time, now and then every hour: a server need not run for an hour at a stretch. */
export function purgeRegularly({ store, times, auth, audit, idempotency }: Purged, logger: Logger): () => void {
  let isStopped = false;
  const attempt = (work: () => Promise<unknown>, complaint: string): void => {
    work().catch((error: unknown) => {
      // The store is closed under a purge that goes on for longer than the requests.
      if (!isStopped) logger.warn({ err: error }, complaint);
    });
  };
  const purge = (): void => {
    attempt(() => store.transact((tx) => tx.capTimes(times.now())), "times that lie ahead could not be brought back");
    attempt(() => auth.purge(), "expired sessions could not be deleted");
    attempt(() => audit.purge(), "old audit entries could not be deleted");
    attempt(() => idempotency.purge(), "old replies could not be deleted");
  };
  purge();
  const timer = setInterval(purge, purgeInterval).unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}
