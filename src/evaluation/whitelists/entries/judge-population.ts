import assert from 'node:assert';
import { beijingDate, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { type Contract, MerkleTree } from '#lists';
import { type Caller, decidePopulation, type PopulationPermit } from '#security';
import { compileIndicators, type CompiledIndicators } from '../../indicators/compile/compile-indicators.ts';
import { computeValues, type EnterpriseValues } from '../../indicators/compute/compute-values.ts';
import { type Groups, readGroups, REGISTRATION } from '../../portrait/read-groups.ts';
import { judge, type ValueOf, type Verdict } from '../definition/judge.ts';
import type { RuleSet } from '../definition/rule-set.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';

/** What a rule set says of one enterprise, with what its slices look at. */
export type Judged = {
  readonly enterpriseId: EnterpriseId;
  readonly verdict: Verdict;
  readonly groups: Groups;
  readonly valueOf: ValueOf;
};

/** Reads for one rule set at one instant: the Permit, and what it was given for. */
export type RuleReading = {
  readonly permit: PopulationPermit;
  readonly compiled: CompiledIndicators;
  readonly registration: Contract;
  readonly contracts: readonly Contract[];
  /** Beijing day that is judged. */
  readonly asOf: string;
};

/** Decides to read everything that a rule set looks at, of every enterprise, as known at an instant. */
export function decideRuleReading(
  tx: Tx,
  context: WhitelistsContext,
  asked: {
    readonly ruleSet: RuleSet;
    readonly caller: Caller;
    readonly knownAt: Date;
    readonly runId: string;
    /** A Beijing day before it; absent: the day of `knownAt`. */
    readonly asOf?: string;
  },
): RuleReading {
  const { caller, knownAt, runId, asOf = beijingDate(knownAt) } = asked;
  const compiled = compileIndicators(context.book, asked.ruleSet.indicators);
  const registration = context.catalogue.contracts.get(REGISTRATION);
  assert(registration !== undefined, 'the lists have the registration');
  const contracts = contractsBehind(context, asked.ruleSet);
  const permit = decidePopulation(tx, context.policies, {
    caller,
    purpose: 'evaluation',
    population: { kind: 'all' },
    contracts: [...new Map([...contracts, registration].map((one) => [one.id, one])).values()],
    asOf: { knownAt },
    runId,
  });
  return { permit, compiled, registration, contracts, asOf };
}

/** The datasets that the rules look at, by id. */
export function contractsBehind(
  { book }: Pick<WhitelistsContext, 'book'>,
  { indicators }: Pick<RuleSet, 'indicators'>,
): Contract[] {
  const { sources } = compileIndicators(book, indicators);
  return sources.map(({ contract }) => contract).sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Judges every enterprise, slice after slice in the order of their numbers; in a snapshot transaction. */
export async function* judgePopulation(
  tx: Tx,
  { readGrades }: Pick<WhitelistsContext, 'readGrades'>,
  { ruleSet, reading }: { readonly ruleSet: RuleSet; readonly reading: RuleReading },
): AsyncGenerator<readonly Judged[]> {
  const { permit, compiled, registration, asOf } = reading;
  for await (const slice of computeValues(tx, permit, compiled, { asOf })) {
    const ids = slice.map(({ enterpriseId }) => enterpriseId);
    if (ids.length === 0) continue;
    const groups = await readGroups(tx, permit, { registration, ids });
    const grades = ruleSet.grades === undefined ? undefined : await readGrades(tx, permit, ids);
    yield slice.map((one) =>
      judgeOne(ruleSet, {
        ...one,
        ids: compiled.ids,
        grade: grades?.get(one.enterpriseId),
        groups: groups.get(one.enterpriseId) ?? { district: null, industry: null, sizeClass: 'unknown' },
      }),
    );
  }
}

/** The size classes that a list is for are the first of its rules. */
const SIZE_RULE = 'size';

function judgeOne(
  ruleSet: RuleSet,
  about: EnterpriseValues & {
    readonly ids: readonly string[];
    readonly grade: string | undefined;
    readonly groups: Groups;
  },
): Judged {
  const { enterpriseId, ids, values, grade, groups } = about;
  const valueOf: ValueOf = (id) => {
    const value = values[ids.indexOf(id)];
    assert(value !== undefined, `${id} was computed`);
    return value;
  };
  const { sizes } = ruleSet.definition;
  const isOfSize = sizes === undefined || sizes.includes(groups.sizeClass);
  const verdict: Verdict = isOfSize
    ? judge(ruleSet, { valueOf, grade })
    : { isMet: false, reason: 'rule_not_met', rules: [SIZE_RULE] };
  return { enterpriseId, verdict, groups, valueOf };
}

/** Root over the numbers of the enterprises that a run read, in their order; each leaf is the number in decimal. */
export class ReadTree {
  readonly #tree = new MerkleTree();

  add(id: EnterpriseId): void {
    this.#tree.add(Buffer.from(toEnterpriseId(id)));
  }

  get size(): number {
    return this.#tree.size;
  }

  root(): string {
    return this.#tree.root();
  }
}
