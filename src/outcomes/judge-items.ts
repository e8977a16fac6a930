import assert from 'node:assert';
import type { EnterpriseId } from '#kernel';
import type { DisclosureParty } from '#security';
import { checkItem, type KnownLoan } from './check-item.ts';
import { decideFate, type FateOfFact, type Statement } from './decide-fate.ts';
import { type FactOf, nameOf, type NewVersion } from './fact-sql.ts';
import { type Fact, factsOf, foldNumber } from './facts.ts';
import { makeFault } from './faults.ts';
import type { ReasonTable } from './reasons.ts';
import {
  FATES,
  type Fault,
  type FactKind,
  type Fate,
  type ItemResult,
  type OutcomeItem,
  type ReportedItem,
} from './shape.ts';

export type JudgeParts = {
  /** Disclosures that this reporter may speak of. */
  readonly parties: ReadonlyMap<string, DisclosureParty>;
  /** What all channels say now, by `nameOf`. */
  readonly live: ReadonlyMap<string, readonly Statement[]>;
  readonly channel: string;
  readonly reasons: ReasonTable;
  /** Beijing date. */
  readonly today: string;
};

export type Judged = {
  readonly results: readonly ItemResult[];
  readonly versions: readonly NewVersion[];
  readonly conflicting: readonly FactOf[];
  readonly agreed: readonly FactOf[];
};

/** What earlier items of the batch said; a later one may repeat it but not contradict it. */
type Said = Map<string, Fact>;

type Taken = {
  readonly about: FactOf;
  readonly fact: Fact;
  readonly fate: Exclude<FateOfFact, { contradicted: string }>;
};

/** Decides item by item, in order; an item is taken whole or refused whole. Pure. */
export function judgeItems(items: readonly ReportedItem[], parts: JudgeParts): Judged {
  const said: Said = new Map();
  const results: ItemResult[] = [];
  const versions: NewVersion[] = [];
  const taken: Taken[] = [];
  for (const reported of items) {
    const judged = judgeItem(reported, parts, said);
    results.push(judged.result);
    for (const one of judged.taken) {
      said.set(nameOf(one.about.enterpriseId, one.fact), one.fact);
      taken.push(one);
      if (one.fate.version !== undefined) versions.push(versionOf(reported, one, one.fate.version));
    }
  }
  const conflicting = taken.filter(({ fate }) => fate.fate === 'conflicting').map(({ about }) => about);
  const agreed = taken.filter(({ fate }) => fate.isAgreed).map(({ about }) => about);
  return { results, versions, conflicting, agreed };
}

function judgeItem(
  reported: ReportedItem,
  parts: JudgeParts,
  said: Said,
): { result: ItemResult; taken: readonly Taken[] } {
  const { row } = reported;
  if (!('item' in reported)) return refuse(row, reported.faults);
  const { item } = reported;
  const party = parts.parties.get(item.disclosureId);
  const loanOf = (loanId: string) => findLoan({ item, parts, said, subject: party?.enterpriseId }, loanId);
  const faults = checkItem(row, item, { reasons: parts.reasons, today: parts.today, loanOf });
  if (party === undefined) faults.unshift(makeFault(row, 'disclosureId', 'disclosure_unknown'));
  if (party === undefined || faults.length > 0) return refuse(row, faults);
  const fates = factsOf(item).map((fact) => ({ fact, fate: fateOf(fact, { item, parts, said, party }) }));
  const wrong = fates.flatMap(({ fact, fate }) => faultOf(row, fact, fate));
  if (wrong.length > 0) return refuse(row, wrong);
  const taken = fates.flatMap(({ fact, fate }): Taken[] =>
    fate === 'twice' || fate === 'said' || 'contradicted' in fate
      ? []
      : [{ about: { enterpriseId: party.enterpriseId, fact }, fact, fate }],
  );
  return { result: { row, ...summarise(fates), faults: [] }, taken };
}

function refuse(row: number, faults: readonly Fault[]): { result: ItemResult; taken: readonly Taken[] } {
  assert(faults.length > 0, 'a refused item says why');
  return { result: { row, fate: 'refused', facts: [], faults }, taken: [] };
}

/** `said`: an earlier item of the batch says the same; `twice`: it says otherwise. */
type Outcome = FateOfFact | 'said' | 'twice';

type Judging = {
  readonly item: OutcomeItem;
  readonly parts: JudgeParts;
  readonly said: Said;
  readonly party: DisclosureParty;
};

function fateOf(fact: Fact, { item, parts, said, party }: Judging): Outcome {
  const name = nameOf(party.enterpriseId, fact);
  const earlier = said.get(name);
  if (earlier !== undefined) return earlier.contentHash === fact.contentHash ? 'said' : 'twice';
  const arriving = { fact, channel: parts.channel, isCorrection: item.isCorrection === true };
  return decideFate(parts.live.get(name) ?? [], arriving);
}

function faultOf(row: number, { kind }: Fact, outcome: Outcome): Fault[] {
  if (outcome === 'twice') return [makeFault(row, kind, 'twice_in_batch')];
  if (outcome === 'said' || !('contradicted' in outcome)) return [];
  return [makeFault(row, FIELDS[outcome.contradicted] ?? kind, 'correction_not_stated')];
}

/** The item's fields by the columns that do not change by themselves. */
const FIELDS: Readonly<Record<string, string>> = {
  applied_on: 'application.appliedOn',
  requested_fen: 'application.requestedFen',
  decision: 'decision.result',
  decided_on: 'decision.decidedOn',
  amount_fen: 'loan.amountFen',
  is_first_loan: 'loan.isFirstLoan',
  disbursed_on: 'loan.disbursedOn',
  balance_fen: 'balance.balanceFen',
  overdue: 'balance.overdue',
  is_bad: 'balance.isBad',
  settled_on: 'balance.settledOn',
};

function summarise(fates: readonly { fact: Fact; fate: Outcome }[]): Pick<ItemResult, 'fate' | 'facts'> {
  const facts = fates.map(({ fact, fate }): { kind: FactKind; fate: Fate } => ({
    kind: fact.kind,
    fate: typeof fate === 'object' && 'fate' in fate ? fate.fate : 'unchanged',
  }));
  const strongest = facts.reduce((most, { fate }) => Math.max(most, FATES.indexOf(fate)), 0);
  return { fate: FATES[strongest] ?? 'unchanged', facts };
}

function versionOf(
  reported: ReportedItem,
  { about, fact }: Taken,
  version: { isStanding: boolean; endsEarlier: boolean },
): NewVersion {
  assert('item' in reported, 'only an item that was read has versions');
  const { item, row } = reported;
  return {
    enterpriseId: about.enterpriseId,
    fact,
    disclosureId: item.disclosureId,
    itemNo: row,
    isCorrection: item.isCorrection === true && version.endsEarlier,
    ...version,
  };
}

type LoanSearch = {
  readonly item: OutcomeItem;
  readonly parts: JudgeParts;
  readonly said: Said;
  readonly subject: EnterpriseId | undefined;
};

/** The loan as this item tells it, or an earlier item of the batch, or what stands. */
function findLoan({ item, parts, said, subject }: LoanSearch, loanId: string): KnownLoan | undefined {
  if (item.loan !== undefined && foldNumber(item.loan.id) === foldNumber(loanId)) return item.loan;
  if (subject === undefined) return undefined;
  const name = nameOf(subject, { kind: 'loan', key: { loan_no: foldNumber(loanId) } });
  const standing = (parts.live.get(name) ?? []).find(({ isStanding }) => isStanding);
  const content = said.get(name)?.content ?? standing?.content;
  return content === undefined
    ? undefined
    : { amountFen: Number(content['amount_fen']), disbursedOn: String(content['disbursed_on']) };
}
