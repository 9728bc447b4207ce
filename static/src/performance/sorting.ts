/** A table whose heads sort it. */

/** Sort by the row's value: numbers highest first, names from A; a second press turns the order. */
export function listenForSorting(table: HTMLTableElement, valueOf: (row: HTMLTableRowElement, key: string) => number | string): void {
  const body = table.tBodies[0];
  if (!body) return;
  for (const button of table.querySelectorAll<HTMLButtonElement>("th [data-sort]")) {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      if (!head) return;
      const key = button.dataset.sort ?? "";
      const was = head.getAttribute("aria-sort");
      const isText = key === "name";
      const order = was === "none" ? (isText ? "ascending" : "descending") : was === "ascending" ? "descending" : "ascending";
      for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows].sort((a, b) => {
        const [left, right] = [valueOf(a, key), valueOf(b, key)];
        return sign * (typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right)));
      });
      body.append(...rows);
    });
  }
}
