import type { Answer } from "../test-server.fixture.js";

/** The reference in a `Link` header with `rel="next"`; undefined where there is none. */
export function nextLink({ headers }: Answer): string | undefined {
  const { link } = headers;
  if (link === undefined) return undefined;
  const reference = /^<(\/[^<>]*)>; rel="next"$/.exec(String(link))?.[1];
  if (reference === undefined) throw new Error(`Link: ${String(link)}`);
  return reference;
}

/** All rows of a list, read page by page from this path on. */
export async function readPages<Row>(
  get: (path: string) => Promise<Answer>,
  path: string,
  onPage: (rows: Row[]) => void = () => {},
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const answer: Answer = await get(next);
    if (answer.status !== 200) throw new Error(`${next}: ${answer.status} ${answer.text}`);
    onPage(answer.json as Row[]);
    rows.push(...(answer.json as Row[]));
    next = nextLink(answer);
  }
  return rows;
}
