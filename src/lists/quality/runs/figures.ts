import {
  accuracy,
  completeness,
  consistency,
  coverage,
  type Dimension,
  freshnessDays,
  overall,
  type Share,
  timeliness,
  uniqueness,
} from '../formulas.ts';
import type { CrossEvidence } from '../cross/run-cross-rules.ts';
import type { DeliveryFacts, LatestFact } from './facts.ts';
import type { Weights } from './definitions.ts';

const SCOPES = ['delivery', 'dataset', 'provider', 'node'] as const;
export type Scope = (typeof SCOPES)[number];
export type ScoreDimension = Dimension | 'freshness' | 'overall';

/** One number of a run. `value` is parts per million for shares and days for freshness; rank 1 is best. */
export type Score = {
  readonly scope: Scope;
  /** Delivery id, contract id, provider, or `node`. */
  readonly subject: string;
  readonly contractId: string | null;
  readonly provider: string | null;
  readonly dimension: ScoreDimension;
  readonly numerator: number;
  readonly denominator: number;
  readonly value: number;
  readonly unit: 'ppm' | 'day';
  readonly rank: number | null;
  readonly previousValue: number | null;
};

/** An upheld contest: so many more (or fewer) good counts in one number and in every number that contains it. */
export type Correction = {
  readonly contestNo: string;
  readonly scope: Scope;
  readonly subject: string;
  readonly contractId: string | null;
  readonly provider: string | null;
  readonly dimension: Dimension;
  readonly delta: number;
};

export type FigureInputs = {
  readonly deliveries: readonly DeliveryFacts[];
  readonly cross: readonly CrossEvidence[];
  readonly latest: readonly LatestFact[];
  /** The day freshness is counted to: the last of the period, or today while it runs. */
  readonly today: string;
  readonly weights: Weights;
  readonly corrections: readonly Correction[];
  /** Value by `scoreKey` in the run this one is compared with. */
  readonly previous: ReadonlyMap<string, number>;
};

export function scoreKey({
  scope,
  subject,
  dimension,
}: Pick<Score, 'scope' | 'subject' | 'dimension'>): string {
  return `${scope} ${dimension} ${subject}`;
}

/** All numbers of a run from its evidence: pure, so that the same evidence gives the same numbers for ever. */
export function computeScores(inputs: FigureInputs): Score[] {
  const scores = groupsOf(inputs).flatMap((group) => scoresOf(group, inputs));
  return withRanks(scores).sort((a, b) => compareText(scoreKey(a), scoreKey(b)));
}

type Group = Pick<Score, 'scope' | 'subject' | 'contractId' | 'provider'> & {
  readonly deliveries: readonly DeliveryFacts[];
  readonly cross: readonly CrossEvidence[];
  readonly latest: readonly LatestFact[];
};

function groupsOf({ deliveries, cross, latest }: FigureInputs): Group[] {
  const all = [...deliveries, ...cross, ...latest];
  const contracts = new Map(all.map(({ contractId, provider }) => [contractId, provider]));
  const providers = new Set(contracts.values());
  const those = (isOf: (of: { contractId: string; provider: string }) => boolean) => ({
    deliveries: deliveries.filter(isOf),
    cross: cross.filter(isOf),
    latest: latest.filter(isOf),
  });
  return [
    ...deliveries.map((facts): Group => {
      const { deliveryId: subject, contractId, provider } = facts;
      return { scope: 'delivery', subject, contractId, provider, deliveries: [facts], cross: [], latest: [] };
    }),
    ...[...contracts].map(([contractId, provider]): Group => {
      const members = those((of) => of.contractId === contractId);
      return { scope: 'dataset', subject: contractId, contractId, provider, ...members };
    }),
    ...[...providers].map((provider): Group => {
      const members = those((of) => of.provider === provider);
      return { scope: 'provider', subject: provider, contractId: null, provider, ...members };
    }),
    { scope: 'node', subject: 'node', contractId: null, provider: null, deliveries, cross, latest },
  ];
}

function scoresOf(group: Group, inputs: FigureInputs): Score[] {
  const shares = sharesOf(group, inputs);
  const { scope, subject, contractId, provider } = group;
  const make = (dimension: ScoreDimension, share: Omit<Share, 'valuePpm'>, value: number): Score => ({
    scope,
    subject,
    contractId,
    provider,
    dimension,
    numerator: share.numerator,
    denominator: share.denominator,
    value,
    unit: dimension === 'freshness' ? 'day' : 'ppm',
    rank: null,
    previousValue: inputs.previous.get(scoreKey({ scope, subject, dimension })) ?? null,
  });
  const scores = [...shares].map(([dimension, share]) => make(dimension, share, share.valuePpm));
  // A city may give no weight to the only dimensions a group has: then it has no overall score.
  if ([...shares.keys()].some((dimension) => inputs.weights.weights[dimension] > 0)) {
    const total = overall(inputs.weights.weights, shares);
    scores.push(make('overall', total, total.valuePpm));
  }
  const latest = scope === 'dataset' ? group.latest[0]?.latest : undefined;
  if (latest !== undefined) {
    const days = freshnessDays({ today: inputs.today, latest });
    scores.push(make('freshness', { numerator: days, denominator: 1 }, days));
  }
  return scores;
}

/** Only figures that something was checked for; the formulas refuse the others. */
function sharesOf(group: Group, inputs: FigureInputs): Map<Dimension, Share> {
  const { deliveries } = group;
  const sum = (count: (facts: DeliveryFacts) => number) =>
    deliveries.reduce((total, facts) => total + count(facts), 0);
  const rows = sum((facts) => facts.rows);
  const cells = sum((facts) => facts.cells);
  const timedRows = sum((facts) => facts.timedRows);
  const comparedRows = sum((facts) => facts.comparedRows);
  const shares = new Map<Dimension, Share>();
  const put = (dimension: Dimension, count: number, figure: () => Share): void => {
    if (count > 0) shares.set(dimension, corrected(group, dimension, figure(), inputs.corrections));
  };
  put('accuracy', rows, () => {
    const failingRows = sum((facts) => facts.failingRows);
    return accuracy({
      rows,
      failingRows,
      upheldObjections: 0,
      objectionWeight: inputs.weights.objectionWeight,
    });
  });
  put('completeness', cells, () => completeness({ cells, emptyCells: sum((facts) => facts.emptyCells) }));
  put('timeliness', timedRows, () => timeliness({ timedRows, rowsOnTime: sum((facts) => facts.rowsOnTime) }));
  put('uniqueness', comparedRows, () => {
    return uniqueness({ rows: comparedRows, repeatedRows: sum((facts) => facts.repeatedRows) });
  });
  const consistent = sumCross(group.cross, 'consistency');
  put('consistency', consistent.checked, () => consistency(consistent));
  const covered = sumCross(group.cross, 'coverage');
  put('coverage', covered.checked, () => coverage({ expected: covered.checked, missing: covered.failed }));
  return shares;
}

function sumCross(
  cross: readonly CrossEvidence[],
  dimension: Dimension,
): { checked: number; failed: number } {
  const own = cross.filter((evidence) => evidence.dimension === dimension);
  return {
    checked: own.reduce((total, { checked }) => total + checked, 0),
    failed: own.reduce((total, { failed }) => total + failed, 0),
  };
}

function corrected(
  group: Group,
  dimension: Dimension,
  share: Share,
  corrections: readonly Correction[],
): Share {
  const delta = corrections
    .filter((correction) => correction.dimension === dimension && isWithin(correction, group))
    .reduce((total, correction) => total + correction.delta, 0);
  if (delta === 0) return share;
  const numerator = Math.min(share.denominator, Math.max(0, share.numerator + delta));
  const valuePpm = Number((BigInt(numerator) * 1_000_000n) / BigInt(share.denominator));
  return { numerator, denominator: share.denominator, valuePpm };
}

/** A correction reaches the number it was made for and the wider ones that number is counted in. */
function isWithin(correction: Correction, group: Group): boolean {
  if (group.scope === correction.scope) return group.subject === correction.subject;
  if (SCOPES.indexOf(group.scope) < SCOPES.indexOf(correction.scope)) return false;
  if (group.scope === 'dataset') return group.contractId === correction.contractId;
  return group.scope === 'node' || group.provider === correction.provider;
}

/** Datasets among datasets and providers among providers; equal values share a rank and the next one is skipped. */
function withRanks(scores: readonly Score[]): Score[] {
  const ranked = scores.filter(({ scope }) => scope === 'dataset' || scope === 'provider');
  const tables = new Map<string, number[]>();
  for (const { scope, dimension, value } of ranked) {
    const table = tables.get(`${scope} ${dimension}`) ?? [];
    table.push(value);
    tables.set(`${scope} ${dimension}`, table);
  }
  for (const [key, table] of tables) table.sort((a, b) => (key.endsWith(' freshness') ? a - b : b - a));
  return scores.map((score) => {
    const table = tables.get(`${score.scope} ${score.dimension}`);
    return { ...score, rank: table === undefined ? null : table.indexOf(score.value) + 1 };
  });
}

/** By code unit, as RFC 8785 orders keys: the same on every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
