import { ask, type ListLine, type Quality, type QualityLine } from '../api.ts';
import { type Column, field, h, replace, table } from '../dom.ts';
import { count, instant, label, say, share } from '../language.ts';
import { guarded, heading, type View } from '../view.ts';

const DIMENSIONS = [
  'overall',
  'accuracy',
  'completeness',
  'consistency',
  'timeliness',
  'uniqueness',
  'coverage',
  'freshness',
];
const PARTS_PER_MILLION = 1_000_000;

/** 月报季评: providers in order of rank, then datasets, of one month or quarter. */
export const qualityView: View = async (main) => {
  const { lists } = await ask<{ lists: ListLine[] }>('/api/v1/lists');
  const { periods: computed } = await ask<{ periods: string[] }>('/api/v1/quality/periods');
  const names = new Map(lists.map(({ id, name }) => [id, name]));
  const period = h(
    'select',
    {},
    (computed.length > 0 ? computed : periods()).map((id) => h('option', { value: id }, id)),
  );
  if (computed.length === 0) period.selectedIndex = 1; // the last month that has ended; the node says how to compute it
  const place = h('div', { role: 'status' });
  const redraw = async (): Promise<void> => {
    replace(place, say('loading'));
    replace(place, figures(await ask<Quality>(`/api/v1/quality?period=${period.value}`), names));
  };
  const show = guarded(place, redraw);
  period.addEventListener('change', show);
  replace(
    main,
    heading(say('quality'), say('qualityLead')),
    h('div', { class: 'bar' }, field(say('period'), period)),
    place,
  );
  show(new Event('change'));
};

function figures(quality: Quality, names: ReadonlyMap<string, string>) {
  const { providers, datasets, computedAt, checks, runId } = quality;
  const nameOf = (line: QualityLine): string => names.get(line.subject) ?? line.subject;
  return [
    h(
      'p',
      { class: 'quiet' },
      say('qualityRun', { at: instant(computedAt), checks: count(checks), run: runId }),
    ),
    h('h2', {}, say('provider')),
    table(say('provider'), columns(say('provider'), nameOf, [quality.node, ...providers]), [
      quality.node,
      ...providers,
    ]),
    h('h2', {}, say('datasets')),
    table(say('datasets'), columns(say('dataset'), nameOf, datasets), datasets),
  ];
}

/** Only dimensions that were checked anywhere have a column. */
function columns(
  title: string,
  nameOf: (line: QualityLine) => string,
  lines: readonly QualityLine[],
): Column<QualityLine>[] {
  const checked = DIMENSIONS.filter((dimension) => lines.some((line) => find(line, dimension) !== undefined));
  return [
    { title: say('rank'), cell: ({ rank }) => rank, isNumber: true },
    { title, cell: (line) => (line.subject === 'node' ? say('wholeNode') : nameOf(line)) },
    ...checked.map((dimension) => ({
      title: label('dimension', dimension),
      cell: (line: QualityLine) => scoreText(find(line, dimension)),
      isNumber: true,
    })),
    { title: say('trend'), cell: ({ trendPpm }) => trendText(trendPpm), isNumber: true },
  ];
}

function find({ scores }: QualityLine, dimension: string): QualityLine['scores'][number] | undefined {
  return scores.find((score) => score.dimension === dimension);
}

function scoreText(score: QualityLine['scores'][number] | undefined): string {
  if (score === undefined) return '—';
  return score.unit === 'ppm'
    ? share(score.value / PARTS_PER_MILLION)
    : say('days', { count: count(score.value) });
}

function trendText(trendPpm: number | null): string {
  if (trendPpm === null || trendPpm === 0) return trendPpm === null ? '—' : '＝';
  return `${trendPpm > 0 ? '↑' : '↓'} ${share(Math.abs(trendPpm) / PARTS_PER_MILLION)}`;
}

/** The last twelve months and four quarters, newest first. */
function periods(): string[] {
  const now = new Date();
  const months = Array.from({ length: 12 }, (_, back) =>
    new Date(Date.UTC(now.getFullYear(), now.getMonth() - back, 1)).toISOString().slice(0, 7),
  );
  const quarters = months.map((month) => `${month.slice(0, 4)}-Q${Math.ceil(Number(month.slice(5)) / 3)}`);
  return [...months, ...new Set(quarters)];
}
