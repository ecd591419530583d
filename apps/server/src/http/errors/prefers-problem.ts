/** Problem details as JSON (RFC 9457). */
export const problemType = "application/problem+json";

/**
 * Whether an `Accept` header asks for problem details (RFC 9110, section 12.5.1): it names their type, and
 * likes it no less than plain JSON. A wildcard names nothing, so that any type at all keeps the wire's own
 * shape; nor does a range with parameters, as the type has none.
 *
 * @param accept The header; undefined where there is none.
 */
export function prefersProblem(accept: string | undefined): boolean {
  // Nearly no call names it, and nothing else need be understood of theirs.
  if (accept === undefined || !accept.toLowerCase().includes(problemType)) return false;
  const qualities = qualitiesOf(accept);
  const problem = qualities.get(problemType) ?? 0;
  const plain = qualities.get("application/json") ?? qualities.get("application/*") ?? qualities.get("*/*") ?? 0;
  return problem > 0 && problem >= plain;
}

/** The quality of each media range without parameters, in lower case; the first one counts where it comes twice. */
function qualitiesOf(accept: string): Map<string, number> {
  const qualities = new Map<string, number>();
  for (const entry of accept.toLowerCase().split(",")) {
    const [range = "", ...parameters] = entry.split(";").map((part) => part.trim());
    const [first] = parameters;
    if (qualities.has(range) || (first !== undefined && !/^q\s*=/.test(first))) continue;
    qualities.set(range, first === undefined ? 1 : qualityOf(first));
  }
  return qualities;
}

/** @param parameter `q=0.5`; one that makes no sense likes nothing. */
function qualityOf(parameter: string): number {
  return Number(/^q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameter)?.[1] ?? 0);
}
