import { setImmediate } from "node:timers/promises";

/** A port of promises as a library without any gives it. */
export type Synchronous<Port> = {
  readonly [Name in keyof Port]: Port[Name] extends (...parameters: infer Parameters) => Promise<infer Result>
    ? (...parameters: Parameters) => Result
    : never;
};

/** The same, where those of these names may take several turns of the event loop. */
export type MostlySynchronous<Port, Long extends keyof Port> = Omit<Synchronous<Port>, Long> & {
  readonly [Name in Long]: Port[Name] extends (...parameters: infer Parameters) => Promise<infer Result>
    ? (...parameters: Parameters) => Result | Promise<Result>
    : never;
};

/** What every call of a port goes through. */
export interface Gate {
  /** Throws where no calls may be made. */
  enter(): void;
  /** Called with the error that a call throws. */
  failed(error: Error): void;
}

type Call = (...parameters: unknown[]) => unknown;

/**
 * After a call that took longer, in milliseconds, others have their turn: whoever made it does something with its result
 * that may take as long, or makes the next one.
 */
const longCall = 2;

function isLong(began: number): boolean {
  return performance.now() - began > longCall;
}

/**
 * The same calls as promises.
 *
 * @param current The calls to make now; throws where none may be made.
 * @param names The calls that there are.
 */
export function toPort<Port extends object>(current: () => Synchronous<Port>, names: readonly (keyof Port)[]): Port {
  const port: Partial<Record<keyof Port, Call>> = {};
  for (const name of names) {
    port[name] = async (...parameters) => {
      const began = performance.now();
      const result = (current()[name] as Call)(...parameters);
      if (isLong(began)) await setImmediate();
      return result;
    };
  }
  return port as Port;
}

/** Makes ports of the same calls, each with a gate of its own, at the cost of one small object. */
export function portMaker<Port extends object, Long extends keyof Port = never>(
  calls: MostlySynchronous<Port, Long>,
): (gate: Gate) => Port {
  class GatedPort {
    constructor(readonly gate: Gate) {}
  }
  const methods = GatedPort.prototype as unknown as Record<
    string,
    (this: GatedPort, ...parameters: unknown[]) => unknown
  >;
  for (const [name, call] of Object.entries<Call>(calls)) {
    methods[name] = async function method(...parameters) {
      return pass(this.gate, call, parameters);
    };
  }
  return (gate) => new GatedPort(gate) as unknown as Port;
}

function pass(gate: Gate, call: Call, parameters: unknown[]): unknown {
  gate.enter();
  const fail = (error: unknown): never => {
    gate.failed(error instanceof Error ? error : new Error(String(error)));
    throw error;
  };
  try {
    const began = performance.now();
    const result = call(...parameters);
    if (result instanceof Promise) return result.catch(fail);
    return isLong(began) ? setImmediate(result) : result;
  } catch (error) {
    return fail(error);
  }
}

/** A result that is valid once something has been done; at once where that was done at once. */
export function after<Result>(done: Promise<void> | undefined, result: Result): Result | Promise<Result> {
  return done === undefined ? result : done.then(() => result);
}
