/** What can stand inside an element; nothing is ever read as markup. */
export type Content = Node | string | number | null | undefined | false | readonly Content[];

type Listener = (event: Event) => void;
export type Attributes = Readonly<Record<string, string | number | boolean | undefined | Listener>>;

/** Makes an element: text becomes text nodes, functions become listeners, `false` and `undefined` are left out. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...content: Content[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/, ''), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  append(element, content);
  return element;
}

export function append(parent: Element, content: readonly Content[]): void {
  for (const part of content) {
    if (part === null || part === undefined || part === false) continue;
    if (part instanceof Node) parent.append(part);
    else if (typeof part === 'object') append(parent, part);
    else parent.append(String(part));
  }
}

export function replace(parent: Element, ...content: Content[]): void {
  parent.replaceChildren();
  append(parent, content);
}

export type Column<Row> = {
  readonly title: string;
  readonly cell: (row: Row) => Content;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
};

/**
 * A table that becomes one card per row on a narrow screen. Roles are written out, because browsers drop a table's
 * meaning when its layout changes.
 */
export function table<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): HTMLElement {
  const head = columns.map(({ title, isNumber }) =>
    h('th', { scope: 'col', role: 'columnheader', class: isNumber === true && 'number' }, title),
  );
  const body = rows.map((row) =>
    h(
      'tr',
      { role: 'row' },
      columns.map((column) => tableCell(column, row)),
    ),
  );
  return h(
    'table',
    { role: 'table', class: 'cards' },
    h('caption', { class: 'hidden' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)),
    h('tbody', { role: 'rowgroup' }, body),
  );
}

function tableCell<Row>({ title, cell, isNumber }: Column<Row>, row: Row): HTMLElement {
  return h(
    'td',
    { role: 'cell', 'data-title': title, class: isNumber === true && 'number' },
    h('span', {}, cell(row)),
  );
}

/** A form field with its label. */
export function field(label: string, control: HTMLElement, hint?: string): HTMLElement {
  return h(
    'label',
    { class: 'field' },
    h('span', {}, label),
    control,
    hint !== undefined && h('small', {}, hint),
  );
}
