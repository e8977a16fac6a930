import { ask, type Contract, type ListLine } from '../api.ts';
import { type Column, field, h, replace, table } from '../dom.ts';
import { count, day, label, say } from '../language.ts';
import { heading, type View } from '../view.ts';

const LISTS = ['national', 'beijing', 'voluntary'] as const;

/** All datasets, or one contract when the address names it. */
export const listsView: View = async (main, { rest }) => {
  if (rest !== '') return await contractView(main, rest);
  const { lists } = await ask<{ lists: ListLine[] }>('/api/v1/lists');
  const text = h('input', { type: 'search', placeholder: say('filterHint') });
  const list = h(
    'select',
    {},
    h('option', { value: '' }, say('allLists')),
    LISTS.map((name) => h('option', { value: name }, label('list', name))),
  );
  const shown = h('p', { class: 'quiet', role: 'status' });
  const rows = h('div', {});
  const redraw = (): void => {
    const found = lists.filter(
      (line) => matches(line, text.value) && (list.value === '' || line.list === list.value),
    );
    replace(shown, say('shown', { count: found.length }));
    replace(rows, table(say('lists'), columns(), found));
  };
  text.addEventListener('input', redraw);
  list.addEventListener('change', redraw);
  replace(
    main,
    heading(say('lists'), say('listsLead')),
    figures(lists),
    h('div', { class: 'bar' }, field(say('filter'), text), field(say('lists'), list), shown),
    rows,
  );
  redraw();
};

function matches({ id, name, provider }: ListLine, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [id, name, provider].some((part) => part.toLowerCase().includes(wanted));
}

function figures(lists: readonly ListLine[]): HTMLElement {
  const collected = lists.filter(({ lastDeliveryAt }) => lastDeliveryAt !== null).length;
  const records = lists.reduce((total, line) => total + line.records, 0);
  const pairs = [
    [say('datasets'), lists.length],
    [say('collected'), collected],
    [say('recordsTotal'), records],
  ] as const;
  return h(
    'dl',
    { class: 'figures' },
    pairs.map(([title, value]) => h('div', {}, h('dt', {}, title), h('dd', {}, count(value)))),
  );
}

function columns(): Column<ListLine>[] {
  return [
    { title: say('id'), cell: ({ id }) => h('a', { href: `#/lists/${id}`, class: 'code' }, id) },
    {
      title: say('name'),
      cell: ({ name, list }) => [h('strong', {}, name), h('small', {}, label('list', list))],
    },
    { title: say('provider'), cell: ({ provider }) => provider },
    {
      title: say('sharing'),
      cell: ({ sharingModes }) => sharingModes.map((mode) => label('sharing', mode)).join('、'),
    },
    { title: say('disclosure'), cell: ({ disclosures }) => disclosures.map((name) => tag(name)) },
    { title: say('frequency'), cell: ({ frequency }) => label('frequency', frequency) },
    { title: say('lastDelivery'), cell: ({ lastDeliveryAt }) => day(lastDeliveryAt) },
    {
      title: say('records'),
      cell: ({ records, lastDeliveryAt }) => (lastDeliveryAt === null ? '—' : count(records)),
      isNumber: true,
    },
  ];
}

function tag(disclosure: string): HTMLElement {
  return h('span', { class: `tag ${disclosure}` }, label('disclosure', disclosure));
}

async function contractView(main: HTMLElement, id: string): Promise<void> {
  const contract = await ask<Contract>(`/api/v1/lists/${encodeURIComponent(id)}`);
  const facts = [
    [say('provider'), contract.provider],
    [say('duty'), contract.duty.name],
    [say('basis'), contract.duty.basis],
    [say('purpose'), contract.purpose],
    [say('usage'), contract.usage],
    [say('limitations'), contract.limitations],
    [say('sharing'), contract.sharingModes.map((mode) => label('sharing', mode)).join('、')],
    [say('version'), contract.version],
  ] as const;
  const fieldColumns: Column<Contract['fields'][number]>[] = [
    { title: say('name'), cell: ({ businessName }) => businessName },
    { title: say('fieldName'), cell: ({ name }) => h('span', { class: 'code' }, name) },
    { title: say('kind'), cell: ({ kind }) => kind },
    { title: say('required'), cell: ({ required }) => (required ? say('yes') : '') },
    { title: say('disclosure'), cell: ({ disclosure }) => tag(disclosure) },
    { title: say('source'), cell: ({ source }) => source },
  ];
  replace(
    main,
    h('p', {}, h('a', { href: '#/lists' }, `← ${say('back')}`)),
    heading(`${contract.name} ${contract.id}`, label('list', contract.list)),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([title, value]) => h('div', {}, h('dt', {}, title), h('dd', {}, value))),
    ),
    h('h2', {}, say('fields')),
    table(say('fields'), fieldColumns, contract.fields),
  );
}
