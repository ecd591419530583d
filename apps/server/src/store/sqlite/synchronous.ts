/** A port of promises as a library without any gives it. */
export type Synchronous<Port> = {
  readonly [Name in keyof Port]: Port[Name] extends (...parameters: infer Parameters) => Promise<infer Result>
    ? (...parameters: Parameters) => Result
    : never;
};

/** What every call of a port passes. */
export interface Gate {
  /** Throws where calls are refused. */
  enter(): void;
  /** Hears of the error that a call throws. */
  failed?(error: Error): void;
}

/** The same calls as promises, each through the gate. */
export function toPort<Port extends object>(calls: Synchronous<Port>, gate: Gate): Port {
  const port: Record<string, (...parameters: unknown[]) => Promise<unknown>> = {};
  for (const [name, call] of Object.entries<(...parameters: unknown[]) => unknown>(calls as never)) {
    port[name] = async (...parameters) => {
      gate.enter();
      try {
        return call(...parameters);
      } catch (error) {
        gate.failed?.(error instanceof Error ? error : new Error(String(error)));
        throw error;
      }
    };
  }
  return port as Port;
}
