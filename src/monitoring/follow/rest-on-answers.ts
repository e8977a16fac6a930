import { createHash } from 'node:crypto';
import { canonicalJson, drawBytes } from '#kernel';
import type { SourceAnswer } from '#lists';
import type { Rule, RuleBook } from '../rules/rule.ts';
import type { Found } from '../signals/signal.ts';
import { type AskOutcome, isUsable } from './followings.ts';

/** A row that does not hold may be the one that counts: a part of an answer neither raises nor clears anything. */
export function outcomeOf({ outcome, rowsRefused }: SourceAnswer): AskOutcome {
  return isUsable(outcome) && rowsRefused > 0 ? 'not_whole' : outcome;
}

/** Rules all of whose datasets were answered. */
export function onlyOn(rules: readonly Rule[], answers: readonly SourceAnswer[]): Rule[] {
  const answered = new Set(answers.map(({ contract }) => contract.id));
  return rules.filter(({ contracts }) => contracts.every((id) => answered.has(id)));
}

/**
 * Of an answer nothing is kept but a salted digest. Nor is anything late: the node asks in its own time, and a source that
 * is asked knew the fact before.
 */
export function restOnAnswers(
  { signals, episodes }: Found,
  { rules, answers }: { readonly rules: RuleBook; readonly answers: readonly SourceAnswer[] },
): Found {
  const resting = signals.map((signal) => {
    const contracts = rules.rules.get(signal.ruleId)?.contracts ?? [];
    const behind = answers.filter(({ contract }) => contracts.includes(contract.id));
    return { ...signal, evidence: [], isLate: false, answerDigest: digestOf(behind) };
  });
  return { signals: resting, episodes };
}

function digestOf(answers: readonly SourceAnswer[]): string {
  const salt = drawBytes(16).toString('hex');
  const said = answers.map(({ contract, values, sourceAt }) => ({
    contract: contract.id,
    sourceAt: sourceAt.toISOString(),
    values,
  }));
  const digest = createHash('sha256')
    .update(`${salt}.${canonicalJson(said)}`)
    .digest('hex');
  return `${salt}.${digest}`;
}
