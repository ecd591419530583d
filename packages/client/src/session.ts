/** Where the token of a client's calls comes from. */
export interface Session {
  /** The token to send; the first caller causes the log-in, all others wait for the same one. */
  token(): Promise<string>;
  /** Whether a refused token can be replaced. */
  readonly renewable: boolean;
  /** Forgets the token, unless it has been replaced already, so that the next `token()` is another one. */
  drop(token: string): void;
}

/** A token from elsewhere, which the client neither asks for nor renews. */
export function fixedSession(token: string): Session {
  return { renewable: false, token: () => Promise.resolve(token), drop: () => undefined };
}

/**
 * A session that logs in when a token is needed and there is none. At most one log-in is under way at any
 * time. One that fails rejects for all who wait for it and is not repeated: the next call tries again.
 */
export function loginSession(login: () => Promise<string>): Session {
  let current: string | undefined;
  let pending: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    try {
      current = await login();
      return current;
    } finally {
      pending = undefined;
    }
  };
  return {
    renewable: true,
    token: () => (current === undefined ? (pending ??= renew()) : Promise.resolve(current)),
    drop: (token) => {
      if (current === token) current = undefined;
    },
  };
}
