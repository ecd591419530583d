import { errorCode } from "@eca/contract";
import { errorTable } from "./error-table.js";

/** Paragraphs in front of the codes, with code between backticks as in Markdown. */
const introduction = [
  'The body of every error is `{"errors": ["..."]}`: texts for people, which name the field and the fix and may change. ' +
    "The body of an invalid aggregate has a key for each field instead. Programs use the header `X-Error-Code`; its values are these, " +
    "and they are stable. `X-Request-Id` leads to the call in the server's log.",
  "To callers that send `Accept: application/problem+json` the error is sent as RFC 9457 defines it: `type` (a reference to " +
    "the code on this page, at the server itself), `title`, `status`, `detail`, `instance`, `code` and " +
    "`errors: [{detail, pointer}]`, where `pointer` leads to the field in the body (`#/state/1`). The keys of an invalid " +
    "aggregate are beside these. A server that cannot read the headers of a request replies in the shape above.",
];

/** The codes and what to do about them, as Markdown. */
export function errorDocsMarkdown(): string {
  const sections = errorCode.options.flatMap((code) => {
    const { status, title, when, remedy } = errorTable[code];
    return [`## ${code}`, `**${status}** ${title}.`, `When: ${when}`, `What to do: ${remedy}`];
  });
  const note = "<!-- written by `pnpm errors` from apps/server/src/http/errors/error-table.ts -->";
  return `${[note, "# Errors", ...introduction, ...sections].join("\n\n")}\n`;
}

/** The same as a page without scripts, each code under its own fragment. */
export function errorDocsPage(): string {
  const sections = errorCode.options.map((code) => {
    const { status, title, when, remedy } = errorTable[code];
    return `    <section id="${code}">
      <h2><code>${code}</code></h2>
      <p><strong>${status}</strong> ${toHtml(title)}.</p>
      <p>When: ${toHtml(when)}</p>
      <p>What to do: ${toHtml(remedy)}</p>
    </section>
`;
  });
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>ECA errors</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <h1>Errors</h1>
${introduction.map((text) => `    <p>${toHtml(text)}</p>\n`).join("")}${sections.join("")}  </body>
</html>
`;
}

function toHtml(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped.replaceAll(/`([^`]*)`/g, "<code>$1</code>");
}
