import { ask, type Delivery, type DeliveryReceipt, type ListLine, type Session } from '../api.ts';
import { type Column, type Content, h, replace, table } from '../dom.ts';
import { count, day, instant, label, pick, say, share } from '../language.ts';
import { heading, type View } from '../view.ts';
import { uploadForm } from './upload.ts';

/** The latest deliveries, or one receipt when the address names it. */
export const deliveriesView: View = async (main, { session, rest }) => {
  if (rest !== '') return await receiptView(main, rest);
  const { lists } = await ask<{ lists: ListLine[] }>('/api/v1/lists');
  const names = new Map(lists.map(({ id, name }) => [id, name]));
  const rows = h('div', {});
  const redraw = async (): Promise<void> => {
    const { deliveries } = await ask<{ deliveries: Delivery[] }>('/api/v1/deliveries?limit=100');
    replace(
      rows,
      deliveries.length === 0
        ? h('p', {}, say('nothing'))
        : table(say('deliveries'), columns(names), deliveries),
    );
  };
  const own = lists.filter((line) => mayDeliver(session, line));
  replace(
    main,
    heading(say('deliveries'), say('deliveriesLead')),
    own.length > 0 && uploadForm(own, redraw),
    rows,
  );
  await redraw();
};

function mayDeliver({ kind, roles, organisation }: Session, { provider, sharingModes }: ListLine): boolean {
  if (!sharingModes.includes('replicated')) return false;
  return (
    roles.includes('data_admin') ||
    (kind === 'provider' && roles.includes('deliverer') && organisation === provider)
  );
}

function columns(names: ReadonlyMap<string, string>): Column<Delivery>[] {
  return [
    {
      title: say('receivedAt'),
      cell: ({ receivedAt, delivery }) => h('a', { href: `#/deliveries/${delivery}` }, instant(receivedAt)),
    },
    {
      title: say('dataset'),
      cell: ({ contract }) => [
        h('strong', {}, names.get(contract) ?? contract),
        h('small', { class: 'code' }, contract),
      ],
    },
    { title: say('provider'), cell: ({ provider }) => provider },
    { title: say('state'), cell: ({ state }) => stateTag(state) },
    { title: say('rows'), cell: ({ rows }) => count(rows), isNumber: true },
    { title: say('newRows'), cell: (row) => count(row.new), isNumber: true },
    { title: say('changedRows'), cell: ({ changed }) => count(changed), isNumber: true },
    { title: say('heldRows'), cell: ({ held }) => count(held), isNumber: true },
    { title: say('quarantinedRows'), cell: quarantine, isNumber: true },
    { title: say('passShare'), cell: passShare, isNumber: true },
  ];
}

function stateTag(state: string): HTMLElement {
  return h('span', { class: `tag ${state}` }, label('state', state));
}

function quarantine({ delivery, quarantined }: Delivery): Content {
  if (quarantined === null || quarantined === 0) return count(quarantined);
  const title = `${say('quarantinedRows')} ${quarantined}: ${say('download')}`;
  return h(
    'a',
    { href: `/api/v1/deliveries/${delivery}/quarantine.csv`, download: true, 'aria-label': title },
    `${count(quarantined)} ↓`,
  );
}

/** Rows that were not quarantined; the full quality score is computed by month and season. */
function passShare({ rows, quarantined }: Delivery): string {
  return rows === null || rows === 0 || quarantined === null ? '—' : share(1 - quarantined / rows);
}

async function receiptView(main: HTMLElement, id: string): Promise<void> {
  const receipt = await ask<DeliveryReceipt>(`/api/v1/deliveries/${encodeURIComponent(id)}`);
  replace(
    main,
    h('p', {}, h('a', { href: '#/deliveries' }, `← ${say('back')}`)),
    heading(`${say('receipt')} ${receipt.contract}`, receipt.provider),
    h(
      'dl',
      { class: 'facts' },
      factsOf(receipt).map(([title, value]) => h('div', {}, h('dt', {}, title), h('dd', {}, value))),
    ),
    receipt.refusal !== null &&
      h(
        'p',
        { class: 'problem' },
        h('strong', {}, pick(receipt.refusal.message)),
        ' ',
        pick(receipt.refusal.remedy),
      ),
    receipt.returnDueOn !== null &&
      h('p', { class: 'problem' }, say('returnDue', { day: day(receipt.returnDueOn) })),
    receipt.defects.length > 0 && defectsOf(receipt),
  );
}

function factsOf(receipt: DeliveryReceipt): (readonly [string, Content])[] {
  return [
    [say('state'), stateTag(receipt.state)],
    [say('receivedAt'), instant(receipt.receivedAt)],
    [say('file'), receipt.file],
    [say('rows'), count(receipt.rows)],
    [say('newRows'), count(receipt.new)],
    [say('changedRows'), count(receipt.changed)],
    [say('unchangedRows'), count(receipt.unchanged)],
    [say('heldRows'), count(receipt.held)],
    [say('quarantinedRows'), quarantine(receipt)],
    [say('duplicateRows'), count(receipt.duplicateInFile)],
    [
      say('receipt'),
      receipt.receipt === null
        ? '—'
        : h('a', { class: 'code', href: `/api/v1/receipts/${receipt.receipt.id}` }, receipt.receipt.id),
    ],
  ];
}

function defectsOf({ defects, defectsTotal }: DeliveryReceipt): Content {
  const columnsOfDefects: Column<DeliveryReceipt['defects'][number]>[] = [
    { title: say('row'), cell: ({ row }) => count(row), isNumber: true },
    { title: say('fieldName'), cell: ({ field }) => h('span', { class: 'code' }, field) },
    { title: say('problem'), cell: ({ message }) => message },
  ];
  return [
    h('h2', {}, say('defects')),
    h(
      'p',
      { class: 'quiet' },
      say('defectsShown', { total: count(defectsTotal), count: count(defects.length) }),
    ),
    table(say('defects'), columnsOfDefects, defects),
  ];
}
