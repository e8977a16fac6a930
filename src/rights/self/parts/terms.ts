import { TERM_WORDS } from '../../time-limits/definition/term-kinds.ts';
import { readRunningTermsOf } from '../../time-limits/running/read-terms.ts';
import type { OwnItem, OwnPart } from '../own-part.ts';

/** 办理期限: by when something that the enterprise asked for must be done. */
export const termsPart: OwnPart = {
  id: 'terms',
  title: { zh: '正在计算的办理期限', en: 'Running time limits' },
  note: {
    zh: '本企业的异议、修复、投诉等事项今日正在计算的期限、到期日和依据。',
    en: 'Time limits running today in matters of the enterprise, with due days and citations.',
  },
  holdsRecords: false,
  read: async ({ tx, permit, context }) => {
    const terms = await readRunningTermsOf(tx, permit.subject, context.clock.now());
    return terms.map(({ matter: { kind, id: matterId }, ...term }): OwnItem => {
      const said = TERM_WORDS[term.term];
      return {
        id: `${matterId}:${term.term}:${term.responsible.id}`,
        at: null,
        receiptId: null,
        words: {
          zh: `${matterId}　${said.zh}　自 ${term.startedOn} 至 ${term.dueOn ?? '无限期'}　${term.citation.zh}`,
          en: `${matterId}: ${said.en}, due ${term.dueOn ?? 'without a day'}`,
        },
        facts: { ...term, matter: { kind, id: matterId }, words: said },
      };
    });
  },
};
