import assert from 'node:assert';
import { inTransaction, newId, type Tx } from '#kernel';
import { readKnownAt } from '#lists';
import { type Caller, decidePopulation, recordLeaf, type StatisticsFloor, unsafeBecause } from '#security';
import { compileIndicators } from '../indicators/compile/compile-indicators.ts';
import { computeValues } from '../indicators/compute/compute-values.ts';
import { readableIndicators } from '../indicators/compute/require-readable.ts';
import { seededRandom } from '../laboratory/statistics/random.ts';
import { PORTRAIT_LIMITS, type PortraitContext } from './portrait-context.ts';
import { portraitIndicators } from './portrait-indicators.ts';
import { quantilesOf, Sample } from './quantiles.ts';
import { readGroups, REGISTRATION } from './read-groups.ts';
import { refreshRelations } from './relations.ts';

export type PeerRefresh = {
  readonly runId: string;
  readonly knownAt: Date;
  readonly enterprises: number;
  readonly figures: number;
  readonly relationKeys: number;
};

/**
 * Computes anew what portraits compare with: quantiles of each indicator among the enterprises of one industry and size,
 * and what enterprises may have in common. Public records alone; groups below the floor are left out. One leaf.
 */
export async function refreshPeers(
  context: PortraitContext,
  { caller }: { readonly caller: Caller },
): Promise<PeerRefresh> {
  const runId = newId('pee', context.clock.now());
  const computed = await inTransaction(
    context.database,
    (tx) => computeFigures(tx, context, { caller, runId }),
    'snapshot',
  );
  return await inTransaction(context.database, async (tx) => {
    const { figures, ...run } = computed;
    await writeFigures(tx, computed);
    const relationKeys = await refreshRelations(tx, context, { caller, runId, knownAt: run.knownAt });
    const done = { runId, ...run, figures: figures.length, relationKeys };
    const body = { ...done, run: runId, what: 'peers', knownAt: run.knownAt.toISOString(), by: caller.id };
    await recordLeaf(tx, context.keys, { kind: 'evaluation_run', at: context.clock.now(), body });
    return done;
  });
}

type Figure = {
  readonly industry: string;
  readonly sizeClass: string;
  readonly indicator: string;
  readonly enterprises: number;
  readonly quantiles: readonly number[];
};
type Computed = { readonly knownAt: Date; readonly enterprises: number; readonly figures: readonly Figure[] };
type Asked = { readonly caller: Caller; readonly runId: string };

async function computeFigures(tx: Tx, context: PortraitContext, asked: Asked): Promise<Computed> {
  const registration = context.catalogue.contracts.get(REGISTRATION);
  assert(registration !== undefined, 'the lists have the registration');
  const all = compileIndicators(context.book, portraitIndicators(context.book));
  const contracts = [
    ...new Map(
      [registration, ...all.sources.map(({ contract }) => contract)].map((one) => [one.id, one]),
    ).values(),
  ];
  const knownAt = await readKnownAt(
    tx,
    contracts.map(({ id }) => id),
  );
  const permit = decidePopulation(tx, context.policies, {
    ...asked,
    purpose: 'evaluation',
    population: { kind: 'all' },
    contracts,
    asOf: { knownAt },
  });
  const compiled = compileIndicators(context.book, readableIndicators(permit, context.book, all.ids));
  const samples = new Samples(compiled.ids);
  let enterprises = 0;
  for await (const slice of computeValues(tx, permit, compiled)) {
    const ids = slice.map(({ enterpriseId }) => enterpriseId);
    const groups = await readGroups(tx, permit, { registration, ids });
    enterprises += ids.length;
    for (const { enterpriseId, values } of slice) {
      const { industry = null, sizeClass = 'unknown' } = groups.get(enterpriseId) ?? {};
      if (industry !== null)
        samples.add(
          `${industry} ${sizeClass}`,
          values.map(({ value }) => value),
        );
    }
  }
  return { knownAt, enterprises, figures: samples.figures(context.peersFloor) };
}

/** One bounded sample of each group and indicator. */
class Samples {
  readonly #ids: readonly string[];
  readonly #groups = new Map<string, Sample[]>();

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  add(group: string, values: readonly (number | null)[]): void {
    const samples = this.#groups.get(group) ?? this.#open(group);
    for (const [at, value] of values.entries()) if (value !== null) samples[at]?.add(value);
  }

  #open(group: string): Sample[] {
    const samples = this.#ids.map((id) => {
      return new Sample(PORTRAIT_LIMITS.groupSampleMax, seededRandom(`${group} ${id}`));
    });
    this.#groups.set(group, samples);
    return samples;
  }

  figures(floor: StatisticsFloor): Figure[] {
    return [...this.#groups].flatMap(([group, samples]) => {
      const [industry = '', sizeClass = ''] = group.split(' ');
      return samples.flatMap((sample, at): Figure[] => {
        // Each enterprise counts once, so that none dominates.
        const base = { subjects: sample.seen, largest: Math.min(1, sample.seen), total: sample.seen };
        if (sample.seen === 0 || unsafeBecause(base, floor) !== undefined) return [];
        const indicator = this.#ids[at] ?? '';
        return [
          { industry, sizeClass, indicator, enterprises: sample.seen, quantiles: quantilesOf(sample.values) },
        ];
      });
    });
  }
}

/** All at once: a portrait sees the figures of one run. */
async function writeFigures(tx: Tx, { knownAt, figures }: Computed): Promise<void> {
  await tx.rows('delete from evaluation.peer_figures');
  await tx.rows(
    `insert into evaluation.peer_figures (industry, size_class, indicator, enterprises, quantiles, known_at)
     select industry, "sizeClass", indicator, enterprises, quantiles, $2
     from json_to_recordset($1::json) as figure (industry text, "sizeClass" text, indicator text, enterprises integer,
       quantiles double precision[])`,
    [JSON.stringify(figures), knownAt],
  );
}

export type PeerFigure = { readonly enterprises: number; readonly quantiles: readonly number[] };

/** Figures of the group of one enterprise by indicator; empty: it has no industry, or too few have it. */
export async function readPeers(
  tx: Tx,
  { industry, sizeClass }: { industry: string | null; sizeClass: string },
): Promise<ReadonlyMap<string, PeerFigure>> {
  const rows = await tx.rows<PeerFigure & { indicator: string }>(
    'select indicator, enterprises, quantiles from evaluation.peer_figures where industry = $1 and size_class = $2',
    [industry, sizeClass],
  );
  return new Map(rows.map(({ indicator, ...figure }) => [indicator, figure]));
}
