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

type Call = (...parameters: unknown[]) => unknown;

/** The same calls as promises, each through the gate. */
export function toPort<Port extends object>(calls: Synchronous<Port>, gate: Gate): Port {
  const port: Record<string, Call> = {};
  for (const [name, call] of Object.entries<Call>(calls as never)) {
    port[name] = async (...parameters) => pass(gate, call, parameters);
  }
  return port as Port;
}

/** Makes ports of the same calls, each with a gate of its own, at the cost of one small object. */
export function portMaker<Port extends object>(calls: Synchronous<Port>): (gate: Gate) => Port {
  class GatedPort {
    constructor(readonly gate: Gate) {}
  }
  const methods = GatedPort.prototype as unknown as Record<
    string,
    (this: GatedPort, ...parameters: unknown[]) => unknown
  >;
  for (const [name, call] of Object.entries<Call>(calls as never)) {
    methods[name] = async function method(...parameters) {
      return pass(this.gate, call, parameters);
    };
  }
  return (gate) => new GatedPort(gate) as unknown as Port;
}

function pass(gate: Gate, call: Call, parameters: unknown[]): unknown {
  gate.enter();
  try {
    return call(...parameters);
  } catch (error) {
    gate.failed?.(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
