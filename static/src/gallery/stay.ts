/** A session that ends: what the page asks by itself must not take the person, and their undo, to the sign-in page. */

interface Answered {
  xhr: XMLHttpRequest;
  requestConfig: { triggeringEvent?: Event };
}

/** Leave answers "sign in" to requests that nobody asked for: the save state says it, and signs in in another tab. */
export function stayWhenSignedOut(): void {
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = (event as CustomEvent<Answered>).detail;
    const isAsked = requestConfig.triggeringEvent?.isTrusted ?? false;
    if (!isAsked && xhr.getResponseHeader("HX-Redirect") !== null) event.preventDefault();
  });
}
