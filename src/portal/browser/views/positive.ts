import { ask, type PositiveRecord, send } from '../api.ts';
import { type Column, type Content, h, replace, table } from '../dom.ts';
import { instant, say } from '../language.ts';
import { guarded } from '../view.ts';

/** 正面信息: listed when asked for, since each listing stands in the log; each record is declined or taken back by a button. */
export function positivePanel(code: string): HTMLElement {
  const url = `/api/v1/enterprises/${encodeURIComponent(code)}/positive-records`;
  const said = h('div', { role: 'status' });
  const rows = h('div', {});
  const redraw = async (): Promise<void> => {
    const { records } = await ask<{ records: PositiveRecord[] }>(url);
    replace(
      rows,
      records.length === 0
        ? h('p', {}, say('nothing'))
        : table(say('positive'), columns(changeButton({ url, said, changed: redraw })), records),
    );
  };
  const list = h('button', { type: 'button', onclick: guarded(said, redraw) }, say('listPositive'));
  return h('div', {}, list, said, rows);
}

function columns(change: (one: PositiveRecord) => Content): Column<PositiveRecord>[] {
  return [
    { title: say('dataset'), cell: ({ name, contract }) => [name, h('small', { class: 'code' }, contract)] },
    { title: say('record'), cell: ({ title }) => title },
    { title: say('useByOthers'), cell: useOf },
    { title: say('decision'), cell: change },
  ];
}

function useOf({ isPositive, declinedSince }: PositiveRecord): string {
  if (declinedSince !== null) return say('declinedSince', { at: instant(declinedSince) });
  return isPositive ? say('usedByOthers') : say('notPositive');
}

type Change = { readonly url: string; readonly said: HTMLElement; readonly changed: () => Promise<void> };

function changeButton({ url, said, changed }: Change): (one: PositiveRecord) => Content {
  return ({ record, isPositive, declinedSince }) => {
    const isDeclined = declinedSince !== null;
    if (!isPositive && !isDeclined) return null;
    const work = async (): Promise<void> => {
      await send(isDeclined ? 'DELETE' : 'POST', `${url}/${encodeURIComponent(record)}/declined`);
      replace(said, say('decided'));
      await changed();
    };
    return h(
      'button',
      { type: 'button', class: 'plain', onclick: guarded(said, work) },
      say(isDeclined ? 'takeBack' : 'decline'),
    );
  };
}
