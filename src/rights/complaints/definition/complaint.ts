import type { Words } from '../../time-limits/definition/term-kinds.ts';
import type { AgainstKind } from './load-complaint-rules.ts';

/** Where a complaint is. */
export const COMPLAINT_STATES = [
  'submitted',
  'handling',
  'asked_back',
  'answered',
  'escalated',
  'decided',
  'withdrawn',
  'closed',
] as const;
export type ComplaintState = (typeof COMPLAINT_STATES)[number];

export const COMPLAINT_WORDS: Readonly<Record<ComplaintState, Words>> = {
  submitted: { zh: '已提交', en: 'submitted' },
  handling: { zh: '办理中', en: 'being handled' },
  asked_back: { zh: '待补充', en: 'asked back' },
  answered: { zh: '已答复', en: 'answered' },
  escalated: { zh: '已转监管部门', en: 'before the supervisor' },
  decided: { zh: '监管部门已决定', en: 'decided by the supervisor' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
  closed: { zh: '已办结', en: 'closed' },
};

/** What somebody is still owed something of. */
export const OPEN_STATES: readonly ComplaintState[] = ['submitted', 'handling', 'asked_back', 'escalated'];

export const COMPLAINT_OUTCOMES = ['upheld', 'partly_upheld', 'rejected'] as const;
export type ComplaintOutcome = (typeof COMPLAINT_OUTCOMES)[number];

export const COMPLAINT_ACTS = [
  'acknowledge',
  'take_over',
  'ask_back',
  'complete',
  'go_on',
  'state',
  'answer',
  'accept',
  'escalate',
  'decide',
  'withdraw',
  'lapse',
] as const;
export type ComplaintAct = (typeof COMPLAINT_ACTS)[number];

/** About whom; spelt as `Responsible` of time limits, with platforms apart. */
export type Against = { readonly kind: AgainstKind; readonly id: string };

type Course = Readonly<Partial<Record<ComplaintState, ComplaintState>>>;

/** From which state each act begins, and where it leads. */
const COURSES: Readonly<Record<ComplaintAct, Course>> = {
  acknowledge: { submitted: 'handling' },
  take_over: { handling: 'handling', asked_back: 'asked_back' },
  ask_back: { handling: 'asked_back' },
  complete: { asked_back: 'handling' },
  // Nothing came back in time.
  go_on: { asked_back: 'handling' },
  // The body complained about is heard.
  state: { handling: 'handling', asked_back: 'asked_back', escalated: 'escalated' },
  answer: { handling: 'answered' },
  accept: { answered: 'closed' },
  escalate: { answered: 'escalated' },
  decide: { escalated: 'decided' },
  // Taken back from the supervisor, the answer stands.
  withdraw: { submitted: 'withdrawn', handling: 'withdrawn', asked_back: 'withdrawn', escalated: 'closed' },
  lapse: { answered: 'closed' },
};

/** Pure. Undefined: the act is not possible in this state. */
export function stateAfter(state: ComplaintState, act: ComplaintAct): ComplaintState | undefined {
  return COURSES[act][state];
}

/** Whether whom it is about may see it: not before somebody else has it in hand. */
export function isShownToAgainst({
  state,
  assignedTo,
}: {
  state: ComplaintState;
  assignedTo: string | null;
}): boolean {
  return state !== 'submitted' && assignedTo !== null;
}
