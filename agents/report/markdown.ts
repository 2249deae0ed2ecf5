/** A table whose cells may hold any text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const aligned = head.map((title) => (title.startsWith('>') ? '---:' : '---'));
  return [head.map((title) => title.replace(/^>/, '')), aligned, ...rows].map(tableRow).join('\n');
}

/** A picture inside the text, so that the report is one file. */
export function image(description: string, svg: string): string {
  return `![${description}](data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')})`;
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
