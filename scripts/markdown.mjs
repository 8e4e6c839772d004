/** A Markdown table; `|` in a cell would end it. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Lines, and lists of lines, as one text. */
export function lines(...parts) {
  return parts.flat().join("\n");
}
