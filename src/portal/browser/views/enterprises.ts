import { ask, type Enterprise } from '../api.ts';
import { type Column, field, h, replace, table } from '../dom.ts';
import { say } from '../language.ts';
import { guarded, heading, type View } from '../view.ts';
import { reportPanel } from './report.ts';

/** The search, or one enterprise's report when the address names its code. */
export const enterprisesView: View = async (main, { rest }) => {
  if (rest !== '') return await reportView(main, rest);
  const question = h('input', { type: 'search', required: true, maxlength: 120, autocomplete: 'off' });
  const found = h('div', { role: 'status' });
  const submit = guarded(found, async () => {
    const { enterprises } = await find(question.value);
    replace(
      found,
      enterprises.length === 0
        ? h('p', {}, say('noneFound'))
        : table(say('enterprises'), columns(), enterprises),
    );
  });
  replace(
    main,
    heading(say('enterprises'), say('enterprisesLead')),
    h(
      'form',
      { class: 'bar', role: 'search', onsubmit: submit },
      field(say('searchFor'), question),
      h('button', { type: 'submit', class: 'main' }, say('search')),
    ),
    found,
  );
};

async function find(question: string): Promise<{ enterprises: Enterprise[] }> {
  return await ask(`/api/v1/enterprises?q=${encodeURIComponent(question)}`);
}

function columns(): Column<Enterprise>[] {
  return [
    { title: say('name'), cell: ({ name }) => h('strong', {}, name) },
    {
      title: say('code'),
      cell: ({ code, checksumOk }) => [
        h('span', { class: 'code' }, code ?? '—'),
        code !== null && !checksumOk && h('span', { class: 'tag returned' }, say('checksumWrong')),
      ],
    },
    { title: say('formerNames'), cell: ({ formerNames }) => formerNames.join('、') },
    { title: say('sizeClass'), cell: ({ sizeClass }) => sizeClass },
    {
      title: say('report'),
      cell: ({ code }) =>
        code !== null &&
        h('a', { class: 'button', href: `#/enterprises/${encodeURIComponent(code)}` }, say('openReport')),
    },
  ];
}

async function reportView(main: HTMLElement, code: string): Promise<void> {
  const { enterprises } = await find(code);
  const [enterprise] = enterprises;
  replace(
    main,
    h('p', {}, h('a', { href: '#/enterprises' }, `← ${say('back')}`)),
    heading(enterprise?.name ?? say('noneFound'), code),
    enterprise !== undefined && reportPanel(code, 'public_report'),
  );
}
