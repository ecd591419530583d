/** What a caller's own `X-Request-Id` must be for the server to take it over, and so what each reply's is. */
export const requestIdPattern = String.raw`^[\w.:-]{1,128}$`;
