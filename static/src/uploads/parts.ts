/** The drawer's parts, as templates/labeling/upload_drawer.html names them. */

/** The element below `root` that the selector names. Throws where the template has none. */
export function find<Kind extends Element = HTMLElement>(root: ParentNode, selector: string): Kind {
  const found = root.querySelector<Kind>(selector);
  if (found === null) throw new Error(`no ${selector} in this page`);
  return found;
}

/** The element with that data-part. */
export function part<Kind extends Element = HTMLElement>(root: ParentNode, name: string): Kind {
  return find<Kind>(root, `[data-part="${name}"]`);
}
