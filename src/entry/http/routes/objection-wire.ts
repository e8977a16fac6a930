import {
  type HandledItem,
  ITEM_WORDS,
  type ObjectionHead,
  type ObjectionItem,
  type ObjectionRules,
  type ObjectionView,
  TERM_WORDS,
} from '#rights';
import { toWire } from '../schemas.ts';

/** An item as people read it: who decided is a side, not a person. */
function itemOf({ grounds }: ObjectionRules, item: ObjectionItem) {
  const {
    enterpriseId: _,
    objectionId: __,
    firstRecordId: ___,
    decidedBy: ____,
    isFollowed: _____,
    ...shown
  } = item;
  const words = grounds.find(({ id }) => id === item.ground)?.words;
  return {
    ...shown,
    groundWords: words ?? { zh: item.ground, en: item.ground },
    stateWords: ITEM_WORDS[item.state],
  };
}

export function headOf(rules: ObjectionRules, { items, ...head }: ObjectionHead) {
  const { objectionId, state, reason, attachments, appliedAt, receiptId } = head;
  const shown = items.map((item) => itemOf(rules, item));
  return toWire({ objectionId, state, reason, attachments, appliedAt, receiptId, items: shown });
}

export function viewOf(rules: ObjectionRules, view: ObjectionView) {
  const terms = view.terms.map(({ term, responsible, startedOn, dueOn, state, isExtended, citation }) => ({
    term,
    words: TERM_WORDS[term],
    responsible,
    startedOn,
    dueOn,
    state,
    isExtended,
    citation,
  }));
  const { code, name, steps } = view;
  return { ...headOf(rules, view), ...toWire({ code, name, terms, steps }) };
}

export function handledOf(rules: ObjectionRules, item: HandledItem) {
  const { objectionId, code, name, appliedAt, ...rest } = item;
  return toWire({ ...itemOf(rules, { ...rest, objectionId }), objectionId, code, name, appliedAt });
}
