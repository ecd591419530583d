/** How the process ends, as sysexits.h numbers it. */
export const exitCodes = {
  done: 0,
  /** The command line cannot be understood. */
  usage: 64,
  /** The command was understood and refused: there is no such user, the name is taken. */
  refused: 65,
  /** The data or the network cannot be used; the machine has to be looked at. */
  unavailable: 69,
  /** The environment is wrong. */
  configuration: 78,
} as const;
