import { type Access, ask, type Enterprise, type Receipt } from '../api.ts';
import { type Column, h, replace, table } from '../dom.ts';
import { count, instant, label, pick, say } from '../language.ts';
import { guarded, heading, type View } from '../view.ts';
import { positivePanel } from './positive.ts';
import { reportPanel } from './report.ts';

/** 我的信用: the enterprise's own report, its positive records, and who looked. */
export const ownView: View = async (main) => {
  const enterprise = await ask<Enterprise>('/api/v1/enterprises/self');
  const code = enterprise.code ?? '';
  const { accesses } = await ask<{ accesses: Access[] }>(
    `/api/v1/enterprises/${encodeURIComponent(code)}/accesses`,
  );
  replace(
    main,
    heading(say('own'), say('ownLead')),
    h('p', {}, h('strong', {}, enterprise.name), ' ', h('span', { class: 'code' }, code)),
    h('h2', {}, say('ownReport')),
    reportPanel(code, 'self'),
    h('h2', {}, say('positive')),
    h('p', { class: 'quiet' }, say('positiveLead')),
    positivePanel(code),
    h('h2', {}, say('accesses')),
    h('p', { class: 'quiet' }, say('accessesLead')),
    accesses.length === 0 ? h('p', {}, say('nothing')) : table(say('accesses'), columns(), accesses),
  );
};

function columns(): Column<Access>[] {
  return [
    { title: say('at'), cell: ({ at }) => instant(at) },
    { title: say('what'), cell: ({ kind }) => label('access', kind) },
    { title: say('purpose'), cell: ({ purpose }) => label('purpose', purpose) },
    {
      title: say('who'),
      cell: ({ institution, by }) => institution ?? pick(by),
    },
    {
      title: say('unused'),
      cell: ({ unusedSince }) =>
        unusedSince === null ? '' : say('unusedSince', { at: instant(unusedSince) }),
    },
    { title: say('receipt'), cell: ({ receiptId }) => receiptCell(receiptId) },
  ];
}

function receiptCell(id: string): HTMLElement {
  const said = h('span', { role: 'status' });
  const check = guarded(said, async () => {
    const { included } = await ask<Receipt>(`/api/v1/receipts/${id}`);
    const index = count((included?.index ?? 0) + 1);
    replace(said, included === null ? say('notInLog') : say('inLog', { index, size: count(included.size) }));
  });
  return h(
    'span',
    { class: 'receipt' },
    h('a', { class: 'code', href: `/api/v1/receipts/${id}` }, id),
    h('button', { type: 'button', class: 'plain', onclick: check }, say('checkReceipt')),
    said,
  );
}
