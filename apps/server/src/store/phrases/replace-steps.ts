/** The result of steps that are made one after the other. */
export function finish<Result>(steps: Generator<undefined, Result, undefined>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Characters that a step looks through. */
const windowLength = 4096;

/** How far before a match a pattern may look, and from its beginning on, but for what repeats without end; in characters. */
const lookBehind = 64;
const lookAhead = 256;

/** How far behind the end of a match a pattern may look for one that is longer. */
const lookFurther = 64;

/**
 * `replaceAll` in steps, where what `replace` gives nothing for stays. A window of the text is searched after the other: a match
 * that ends where the window does, or so near that what follows may decide, is looked for again with more of the text.
 *
 * @param pattern With the flags `g` and `u`; looks no further around its matches than the constants above say.
 */
export function* replaceSteps(
  text: string,
  pattern: RegExp,
  replace: (groups: Readonly<Record<string, string | undefined>>) => string | undefined,
): Generator<undefined, string, undefined> {
  let replaced = "";
  let kept = 0;
  for (let start = 0; start < text.length;) {
    const end = Math.min(text.length, start + windowLength);
    const base = characterStart(text, Math.max(0, start - lookBehind));
    let reach = characterStart(text, Math.min(text.length, end + lookAhead));
    let window = text.slice(base, reach);
    let next = end;
    pattern.lastIndex = start - base;
    for (let found = pattern.exec(window); found !== null; found = pattern.exec(window)) {
      const at = base + found.index;
      if (at >= end) break;
      const after = at + found[0].length;
      if (after > reach - lookFurther && reach < text.length) {
        reach = characterStart(text, Math.min(text.length, reach + windowLength));
        window = text.slice(base, reach);
        pattern.lastIndex = found.index;
        continue;
      }
      next = Math.max(end, after);
      const replacement = replace(found.groups ?? {});
      if (replacement === undefined) continue;
      replaced += text.slice(kept, at) + replacement;
      kept = after;
    }
    start = next;
    if (start < text.length) yield;
  }
  pattern.lastIndex = 0;
  return kept === 0 ? text : replaced + text.slice(kept);
}

/** The place of a character that begins there or just before. */
function characterStart(text: string, place: number): number {
  const unit = text.charCodeAt(place);
  return unit >= 0xdc00 && unit <= 0xdfff ? place - 1 : place;
}
