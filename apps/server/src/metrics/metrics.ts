import { errorCode } from "@eca/contract";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { StateIndexStats } from "../search/state-index.js";
import type { CommitReport } from "../store/group-commit.js";
import type { DiskUsage } from "../store/port/store.js";
import { serverVersion } from "../version.js";

/** One request that has ended. */
interface RequestReport {
  /** The contract's name of the route, never a path: what callers write must not make series. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
  /** The `X-Error-Code` of a refusal. */
  readonly errorCode: string | undefined;
}

/** What is asked only when somebody collects. */
interface MetricSources {
  readonly index: () => StateIndexStats;
  /** Sessions that have not ended. */
  readonly sessions: () => Promise<number | undefined>;
  readonly diskUsage: () => Promise<DiskUsage>;
  /** Pages of the data that are damaged. */
  readonly damagedPages: () => number;
  readonly connections: () => ConnectionTotals;
  /** Live sockets that are open. */
  readonly liveSockets: () => number;
  /** Microseconds that the times of rows are ahead of the system's clock. */
  readonly clockAhead: () => number;
  /** Frames that live sockets left out. */
  readonly liveFramesLeftOut: () => number;
}

/** The connections of a server since it began to listen. */
export interface ConnectionTotals {
  readonly open: number;
  /** Closed at once, as there were as many as there may be. */
  readonly refused: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Counts what happens, and tells it in the Prometheus text format. */
export interface Metrics {
  requestBegan(): void;
  requestEnded(report: RequestReport): void;
  committed(report: CommitReport): void;
  searched(durationMs: number): void;
  /** The medium has failed the store, or an attempt to open it anew. */
  storeFailed(): void;
  /** The system's clock was set, or a start has found it to be off. */
  clockStepped(kind: string): void;
  /** Adds what is known only once the server is put together. */
  watch(sources: MetricSources): void;
  /** All metrics as text. */
  text(): Promise<string>;
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Metrics in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: "eca_build_info",
    help: "Always 1; the labels say which build runs.",
    labelNames: ["version", "node_version"] as const,
    registers,
  }).set({ version: serverVersion, node_version: process.versions.node }, 1);
  const requests = new Histogram({
    name: "eca_http_request_duration_seconds",
    help: "Time from a request's head to the end of its answer, by route, method and class of status. Its _count counts requests.",
    labelNames: ["route", "method", "status"] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const errors = new Counter({
    name: "eca_http_errors_total",
    help: "Refused and failed requests by the error's stable code.",
    labelNames: ["code"] as const,
    registers,
  });
  // Prometheus sees no increase in a counter that begins at 1, so that the first of its errors would go unseen.
  for (const code of errorCode.options) errors.inc({ code }, 0);
  let inFlight = 0;
  new Gauge({
    name: "eca_http_requests_in_flight",
    help: "Requests under way.",
    registers,
    collect() {
      this.set(inFlight);
    },
  });
  const commits = new Histogram({
    name: "eca_commit_duration_seconds",
    help: "Time of a commit until it is durable. Its _count counts commits.",
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const groups = new Histogram({
    name: "eca_commit_group_size",
    help: "Writes that shared a commit. Its _sum counts writes.",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  });
  const searches = new Histogram({
    name: "eca_search_duration_seconds",
    help: "Time of a search for the nearest states.",
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const failures = new Counter({
    name: "eca_store_failures_total",
    help: "Failures of the medium after which the data had to be opened anew, and attempts at that which failed.",
    registers,
  });
  const steps = new Counter({
    name: "eca_clock_steps_total",
    help: "Steps of the system's clock, and starts that found it off, by what came of it.",
    labelNames: ["kind"] as const,
    registers,
  });
  let watchesProcess = false;

  return {
    requestBegan: () => {
      inFlight += 1;
    },
    requestEnded: ({ route, method, status, durationMs, errorCode }) => {
      inFlight -= 1;
      const labels = {
        route,
        method: methods.has(method) ? method : "other",
        status: classes[(status / 100) | 0] ?? "other",
      };
      requests.observe(labels, durationMs / 1000);
      if (errorCode !== undefined) errors.inc({ code: errorCode });
    },
    committed: ({ size, durationMs }) => {
      commits.observe(durationMs / 1000);
      groups.observe(size);
    },
    storeFailed: () => failures.inc(),
    clockStepped: (kind) => steps.inc({ kind }),
    searched: (durationMs) => searches.observe(durationMs / 1000),
    watch: (sources) => watch(registry, sources),
    text: () => {
      // From the first look on: watching the event loop and the collector costs a little all the time.
      if (!watchesProcess) collectDefaultMetrics({ register: registry });
      watchesProcess = true;
      return registry.metrics();
    },
  };
}

const classes: readonly (string | undefined)[] = [undefined, "1xx", "2xx", "3xx", "4xx", "5xx"];

function watch(
  registry: Registry,
  { index, sessions, diskUsage, damagedPages, connections, liveSockets, clockAhead, liveFramesLeftOut }: MetricSources,
): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | undefined | Promise<number | undefined>): void => {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const value = await read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  gauge("eca_search_index_modules", "Modules in the search index.", () => index().modules);
  gauge("eca_search_index_rows", "States in the search index.", () => index().rows);
  gauge("eca_search_index_bytes", "Memory of the search index, which ECA_SEARCH_MEMORY bounds.", () => index().bytes);
  gauge("eca_sessions", "Sessions that have not ended.", sessions);
  gauge("eca_store_used_bytes", "What the data takes on the medium.", async () => (await diskUsage()).used);
  gauge("eca_store_free_bytes", "What the data can still grow by.", async () => (await diskUsage()).free);
  gauge("eca_store_damaged_pages", "Pages of the data that are damaged; above 0, restore a backup.", damagedPages);
  gauge("eca_live_sockets", "Live sockets that are open.", liveSockets);
  gauge(
    "eca_clock_ahead_seconds",
    "How far the times of rows are ahead of the system's clock.",
    () => clockAhead() / 1e6,
  );
  counter("eca_live_frames_left_out_total", "Frames left out for slow readers and limits.", liveFramesLeftOut);
  gauge("eca_http_connections", "Open connections.", () => connections().open);
  counter("eca_http_connections_refused_total", "Connections beyond the limit.", () => connections().refused);
  counter("eca_http_received_bytes_total", "Bytes that came over connections.", () => connections().receivedBytes);
  counter("eca_http_sent_bytes_total", "Bytes that went over connections.", () => connections().sentBytes);
}
