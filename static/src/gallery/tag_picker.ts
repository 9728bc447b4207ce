/** The box in which a tag is typed, with completion; a name that is no tag yet makes one. */

import { closeDialogs, openDialog } from "../dialogs.ts";
import { element, tagLabel } from "../edits/elements.ts";
import type { PageTag, TagPicking } from "./types.ts";

/** Tags whose name holds what was typed: the very one first, then those that begin with it. */
export function matching(tags: readonly PageTag[], typed: string): PageTag[] {
  const wanted = typed.trim().toLowerCase();
  const rank = ({ name }: PageTag): number => {
    const lower = name.toLowerCase();
    return lower === wanted ? 0 : lower.startsWith(wanted) ? 1 : 2;
  };
  return tags.filter(({ name }) => name.toLowerCase().includes(wanted)).sort((a, b) => rank(a) - rank(b));
}

export function pickTag(
  tags: readonly PageTag[],
  options: TagPicking,
  create: (name: string) => Promise<PageTag>,
): Promise<PageTag | null> {
  return new Promise((settle) => {
    const title = element("h2", "", options.title);
    title.id = "dialog-title";
    const field = element("input", "input");
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-label", "Tag");
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", "tag-picker-list");
    field.autocomplete = "off";
    field.autofocus = true;
    field.placeholder = options.canCreate ? "Type a tag, Enter adds it" : "Type a tag";
    const list = element("ul", "list");
    list.id = "tag-picker-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Tags");
    const problem = element("p", "small bad");
    problem.setAttribute("role", "alert");
    const body = element("div", "body tag-picker", field, list, problem);
    let at = 0;
    let isDone = false;
    let shown: (PageTag | null)[] = [];

    const finish = (tag: PageTag | null): void => {
      if (isDone) return;
      isDone = true;
      closeDialogs();
      settle(tag);
    };
    const choose = async (tag: PageTag | null | undefined): Promise<void> => {
      if (tag === undefined) return;
      if (tag !== null) return finish(tag);
      try {
        finish(await create(field.value.trim()));
      } catch (error) {
        problem.textContent = error instanceof Error ? error.message : "The tag was not made.";
      }
    };
    const draw = (): void => {
      const typed = field.value.trim();
      const found = matching(tags, typed);
      const isNew = options.canCreate && typed !== "" && !tags.some(({ name }) => name.toLowerCase() === typed.toLowerCase());
      shown = isNew ? [...found, null] : found;
      at = Math.min(at, Math.max(0, shown.length - 1));
      list.replaceChildren(...shown.map((tag, index) => {
        const label = tag === null ? element("span", "row", `New tag “${typed}”`) : tagLabel(tag);
        const option = element("li", "item", label);
        option.id = `tag-option-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", String(index === at));
        if (tag !== null && options.chosen.includes(tag.id)) option.append(element("span", "count", "on"));
        option.addEventListener("click", () => void choose(tag));
        return option;
      }));
      list.children[at]?.scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", shown.length > 0 ? `tag-option-${at}` : "");
    };
    field.addEventListener("input", () => {
      at = 0;
      draw();
    });
    field.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step !== 0 && shown.length > 0) {
        event.preventDefault();
        at = (at + step + shown.length) % shown.length;
        draw();
      } else if (event.key === "Enter") {
        event.preventDefault();
        void choose(shown[at]);
      }
    });
    draw();
    const content = document.createDocumentFragment();
    content.append(element("header", "", title), body);
    openDialog(content).addEventListener("close", () => finish(null), { once: true });
  });
}
