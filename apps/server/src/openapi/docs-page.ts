/** Where the page is served; its parts lie below. */
export const docsPath = "/docs";

/** From the page to what lies below it: relative, as a proxy may put the server below a path of its own. */
const parts = docsPath.slice(1);

/** The page that browses the document: scripts and styles of its own server alone. */
export const docsPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>ECA API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${parts}/swagger-ui.css">
    <script src="${parts}/swagger-ui-bundle.js" defer></script>
    <script src="${parts}/start.js" defer></script>
  </head>
  <body>
    <noscript>This page needs JavaScript. The document itself is at <a href="v1/openapi.json">v1/openapi.json</a>.</noscript>
    <div id="docs"></div>
  </body>
</html>
`;

/**
 * Starts the page; a file of its own because the policy allows no script inside the page.
 *
 * @param document Where the document is, seen from the page.
 */
export function docsScript(document: string): string {
  const options = {
    dom_id: "#docs",
    deepLinking: true,
    displayOperationId: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    // Would ask a validator on the network.
    validatorUrl: null,
  };
  // Whole, as the servers of the document are resolved against it.
  const url = `new URL(${JSON.stringify(document)}, document.baseURI).href`;
  return `SwaggerUIBundle({ ...${JSON.stringify(options)}, url: ${url} });\n`;
}

/** Nothing from elsewhere; the style sheet carries its icons as `data:`. */
export const docsSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
