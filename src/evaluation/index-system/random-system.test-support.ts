import type { Random } from '../laboratory/statistics/random.ts';
import type { IndicatorFacts } from './definition/indicator-facts.ts';
import type { Grading, IndexSystem } from './definition/index-system.ts';
import { readGrading, readSystem } from './definition/load-index-systems.ts';
import type { IndicatorValue } from '../indicators/indicator.ts';

const WORDS = { zh: '词', en: 'word' };
const FACTS: IndicatorFacts = { coverage: 'replicated', direction: 'neutral', uses: ['grade'] };
const GRADES = ['A+', 'A', 'B', 'C', 'D'];

/** A system and grading of chance, small unless asked for, read through the same functions as the files. */
export function makeRandomRules(
  random: Random,
  leafCount = 3 + Math.floor(random() * 5),
): { system: IndexSystem; grading: Grading } {
  const facts = new Map<string, IndicatorFacts>(
    Array.from({ length: leafCount }, (_, at) => [`i${at}`, FACTS]),
  );
  facts.set('listed', FACTS);
  const leaves = Array.from({ length: leafCount }, (_, at) => makeLeaf(random, at));
  const cut = 1 + Math.floor(random() * (leafCount - 1));
  const fullMarks = leafCount * 100;
  const group = (id: string, own: typeof leaves) => ({
    id,
    name: WORDS,
    fullMarks: own.length * 100,
    groups: [{ id: `${id}_1`, name: WORDS, weight: 1, leaves: own }],
  });
  const head = {
    version: '1.0.0',
    name: WORDS,
    source: 'test',
    effectiveFrom: '2026-01-01',
    basis: ['测试'],
  };
  const system = readSystem(
    'random.yaml',
    {
      kind: 'index-system',
      id: 'random',
      ...head,
      reach: 'full_coverage',
      fullMarks,
      dimensions: [group('one', leaves.slice(0, cut)), group('two', leaves.slice(cut))],
    },
    facts,
  );
  return { system, grading: readGrading('grades-random.yaml', makeGrades(random, head, fullMarks), facts) };
}

function makeGrades(random: Random, head: object, fullMarks: number) {
  const cuts = [0.85, 0.7, 0.5, 0.3].map((share) => Math.round(fullMarks * (share + random() * 0.1)));
  return {
    kind: 'grades',
    id: 'grades-random',
    ...head,
    fullMarks,
    grades: GRADES.map((grade, at) => ({ grade, from: cuts[at] ?? 0, name: WORDS })),
    ceilings: [
      { id: 'veto_listed', kind: 'veto', indicator: 'listed', atLeast: 2, clause: '测试', reason: WORDS },
      {
        id: 'cap_listed',
        kind: 'ceiling',
        cap: 'C',
        indicator: 'listed',
        atLeast: 1,
        clause: '测试',
        reason: WORDS,
      },
      { id: 'cap_i0', kind: 'ceiling', cap: 'B', indicator: 'i0', atLeast: 7, clause: '测试', reason: WORDS },
    ],
    coverageMin: 0.3,
    notice: { below: 'C', days: 10, clause: '测试' },
  };
}

function makeLeaf(random: Random, at: number) {
  const direction = (['lower', 'higher', 'middle'] as const)[Math.floor(random() * 3)] ?? 'lower';
  const count = 2 + Math.floor(random() * 4);
  const ladder = Array.from({ length: count - 1 }, () => Math.floor(random() * 90)).sort((a, b) => a - b);
  const percents = order([...ladder, 100], direction);
  const neutral = Math.min(100, Math.min(...percents) + 1 + Math.floor(random() * 60));
  return {
    indicator: `i${at}`,
    name: WORDS,
    fullMarks: 100,
    direction,
    positive: direction === 'higher',
    neutral: { percent: neutral },
    basis: ['测试'],
    bands: percents.map((percent, place) => ({
      ...(place > 0 && { from: place * 2 }),
      ...(place < count - 1 && { to: place * 2 + 2 }),
      percent,
      reason: WORDS,
      ...(random() < 0.8 && {
        improve: { to: place * 2 + 1, cost: 1 + Math.floor(random() * 6), days: 5, ...WORDS },
      }),
    })),
  };
}

/** Ascending percents turned into the order that a direction asks. */
function order(ascending: readonly number[], direction: 'lower' | 'higher' | 'middle'): number[] {
  if (direction === 'higher') return [...ascending];
  if (direction === 'lower') return [...ascending].reverse();
  const left = ascending.filter((_, at) => at % 2 === 0);
  const right = ascending.filter((_, at) => at % 2 === 1).reverse();
  return [...left, ...right];
}

/** Values of chance for every indicator of the random rules. */
export function makeRandomValues(random: Random, { leaves }: IndexSystem): Map<string, IndicatorValue> {
  const values = leaves.map(({ indicator }): [string, IndicatorValue] => [indicator, makeValue(random)]);
  const listed = random();
  return new Map([
    ...values,
    ['listed', { value: listed < 0.8 ? 0 : Math.ceil((listed - 0.8) * 10), status: 'ok' }],
  ]);
}

function makeValue(random: Random): IndicatorValue {
  const draw = random();
  if (draw < 0.08) return { value: null, status: 'not_covered' };
  if (draw < 0.12) return { value: 3, status: 'stale' };
  if (draw < 0.16) return { value: null, status: 'empty' };
  if (draw < 0.3) return { value: 0, status: 'empty' };
  return { value: Math.floor(random() * 12), status: 'ok' };
}
