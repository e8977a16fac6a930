import { ask, type ReviewItem, send } from '../api.ts';
import { type Column, type Content, field, h, replace, table } from '../dom.ts';
import { count, label, say } from '../language.ts';
import { guarded, heading, type View } from '../view.ts';

const STATES = ['open', 'accepted', 'rejected'] as const;

/** 待核事项: what a person must decide, and what was decided. */
export const reviewView: View = async (main) => {
  const state = h(
    'select',
    {},
    STATES.map((name) => h('option', { value: name }, label('review', name))),
  );
  const said = h('div', { role: 'status' });
  const rows = h('div', {});
  const redraw = async (): Promise<void> => {
    const { items } = await ask<{ items: ReviewItem[] }>(`/api/v1/register/review?state=${state.value}`);
    const decide = { said, isOpen: state.value === 'open', decided: redraw };
    replace(
      rows,
      items.length === 0 ? h('p', {}, say('nothing')) : table(say('review'), columns(decide), items),
    );
  };
  state.addEventListener('change', guarded(said, redraw));
  replace(
    main,
    heading(say('review'), say('reviewLead')),
    h('div', { class: 'bar' }, field(say('state'), state)),
    said,
    rows,
  );
  await redraw();
};

type Decide = { readonly said: HTMLElement; readonly isOpen: boolean; readonly decided: () => Promise<void> };

function columns(decide: Decide): Column<ReviewItem>[] {
  return [
    {
      title: say('reason'),
      cell: ({ reason }) => h('span', { class: 'tag returned' }, label('reason', reason)),
    },
    {
      title: say('subject'),
      cell: ({ subjectName, subjectCode }) => [
        h('strong', {}, subjectName),
        h('small', { class: 'code' }, subjectCode),
      ],
    },
    {
      title: say('candidates'),
      cell: ({ candidates }) =>
        candidates.map(({ name, code }) => h('small', {}, `${name ?? ''} ${code ?? ''}`)),
    },
    { title: say('heldRows'), cell: ({ heldRows }) => count(heldRows), isNumber: true },
    { title: say('decision'), cell: (item) => decisions(item, decide) },
  ];
}

function decisions({ reviewNo, candidates }: ReviewItem, { said, isOpen, decided }: Decide): Content {
  const act = (text: string, name: 'accept' | 'reject' | 'undo', body?: object): HTMLElement =>
    h(
      'button',
      {
        type: 'button',
        onclick: guarded(said, async () => {
          await send('POST', `/api/v1/register/review/${reviewNo}/${name}`, body);
          replace(said, say('decided'));
          await decided();
        }),
      },
      text,
    );
  if (!isOpen) return act(say('undo'), 'undo');
  const known = candidates.filter(({ code }) => code !== null);
  return h(
    'div',
    { class: 'actions' },
    known.map(({ name, code }) =>
      act(say('acceptAs', { name: name ?? code ?? '' }), 'accept', { enterpriseCode: code ?? '' }),
    ),
    act(say('acceptNew'), 'accept', { isNew: true }),
    act(say('reject'), 'reject'),
  );
}
