import {
  COMPLAINT_WORDS,
  type ComplaintContent,
  type ComplaintRules,
  type ComplaintView,
  type StoredComplaint,
  TERM_WORDS,
} from '#rights';
import { toWire } from '../schemas.ts';

/** Who filed and who handles it are sides, not persons. */
function headOf({ kinds }: ComplaintRules, complaint: StoredComplaint) {
  const { complaintId, kind, against, disclosureId, state, filedAt } = complaint;
  const { answeredAt, outcome, decidedOutcome, receiptId } = complaint;
  const kindWords = kinds.find(({ id }) => id === kind)?.words ?? { zh: kind, en: kind };
  const said = { kind, kindWords, against, disclosureId, state, stateWords: COMPLAINT_WORDS[state] };
  return { complaintId, ...said, filedAt, answeredAt, outcome, decidedOutcome, receiptId };
}

export function ownComplaintOf(rules: ComplaintRules, complaint: StoredComplaint & ComplaintContent) {
  const { text, attachments, person } = complaint;
  return toWire({ ...headOf(rules, complaint), text, attachments: [...attachments], person });
}

export function handledComplaintOf(
  rules: ComplaintRules,
  complaint: StoredComplaint & { readonly code: string | null; readonly name: string },
) {
  const { code, name } = complaint;
  return toWire({ ...headOf(rules, complaint), code, name });
}

export function complaintViewOf(rules: ComplaintRules, view: ComplaintView) {
  const { code, name, steps } = view;
  const terms = view.terms.map(({ term, startedOn, dueOn, state, citation }) => ({
    term,
    words: TERM_WORDS[term],
    startedOn,
    dueOn,
    state,
    citation,
  }));
  return { ...ownComplaintOf(rules, view), code, name, terms, steps: toWire(steps) };
}
