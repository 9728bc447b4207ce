/** htmx as app.ts puts it on the window, for parts that a page's own script puts in. */
interface Window {
  htmx: { process(element: Element): void };
}
