// Swagger UI, with what a request from the browser needs: the session's cookie goes along, writes prove where they come from.

const element = document.getElementById("api-docs");
const { SwaggerUIBundle } = /** @type {any} */ (window);

/** @param {{ headers: Record<string, string> }} request */
function withCsrfToken(request) {
  request.headers["X-CSRFToken"] = element?.dataset.csrf ?? "";
  return request;
}

SwaggerUIBundle({
  url: element?.dataset.schema,
  domNode: element,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  requestInterceptor: withCsrfToken,
  syntaxHighlight: false,
  validatorUrl: null,
});
