import { readMergedIds } from '#lists';
import { describeCallers } from '#platform';
import type { EntryState } from '../../window/store/tables.ts';
import { selectEntries } from '../../window/store/entry.ts';
import { ACT_WORDS } from '../../window/store/act-words.ts';
import { begunBy, type OwnItem, type OwnPart, type OwnReading, type Words } from '../own-part.ts';
import { SELF_LIMITS } from '../self-limits.ts';

const STATE_WORDS: Readonly<Record<EntryState, Words>> = {
  entered: { zh: '待复核，尚未生效', en: 'waits for its check, without effect' },
  in_effect: { zh: '已生效，待复核', en: 'has effect and waits for its check' },
  acting: { zh: '复核通过，办理中', en: 'checked, under way' },
  done: { zh: '复核通过', en: 'checked' },
  rejected: { zh: '复核退回，未生效或已撤销', en: 'rejected; without effect or undone' },
  lapsed: { zh: '逾期未复核，未生效或已撤销', en: 'not checked in time; without effect or undone' },
};

/** 窗口办理: who entered what for whom at the window, on which paper, and who checked it. */
export const windowPart: OwnPart = {
  id: 'window',
  title: { zh: '窗口办理', en: 'At the window' },
  note: {
    zh: '窗口受理员为到场人录入的事项，含退回和逾期的：录入人、复核人、扫描件摘要。',
    en: 'What clerks of the window entered for a person present, rejected and lapsed entries included.',
  },
  holdsRecords: false,
  read: readEntries,
};

async function readEntries(reading: OwnReading): Promise<OwnItem[]> {
  const { tx, permit } = reading;
  const ids = await readMergedIds(tx, permit.subject);
  const all = await selectEntries(tx, ids, SELF_LIMITS.itemsPerReadMax);
  const clerks = await describeCallers(tx, [
    ...new Set(
      all.flatMap(({ enteredBy, decidedBy }) => [enteredBy, ...(decidedBy === null ? [] : [decidedBy])]),
    ),
  ]);
  const nameOf = (id: string | null): Words | null => (id === null ? null : (clerks.get(id) ?? null));
  return begunBy(reading, all, ({ enteredAt }) => enteredAt).map((entry): OwnItem => {
    const { enterpriseId: _own, act, state, enteredBy, decidedBy, ...shown } = entry;
    const [act_, state_, by, checkedBy] = [
      ACT_WORDS[act],
      STATE_WORDS[state],
      nameOf(enteredBy),
      nameOf(decidedBy),
    ];
    return {
      id: entry.entryId,
      at: entry.enteredAt,
      receiptId: entry.receiptId,
      words: {
        zh: `${entry.entryId}　${act_.zh}　${state_.zh}　录入 ${by?.zh ?? ''}　复核 ${checkedBy?.zh ?? '无'}　扫描件 ${entry.scanDigest.slice(0, 16)}`,
        en: `${entry.entryId}: ${act_.en}, ${state_.en}; entered by ${by?.en ?? ''}, checked by ${checkedBy?.en ?? 'nobody'}`,
      },
      facts: {
        ...shown,
        act: { code: act, ...act_ },
        state: { code: state, ...state_ },
        enteredBy: by,
        decidedBy: checkedBy,
      },
    };
  });
}
