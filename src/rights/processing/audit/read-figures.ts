import { beginningOfBeijingDate, type Tx } from '#kernel';
import { type Caller, type Cell, requireAllowed, suppress } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { processingRefusal } from '../processing-refusals.ts';
import { type FigureDefinition, FIGURES } from './figures.ts';

export type Figure = Pick<FigureDefinition, 'id' | 'zh' | 'en' | 'partOf'> & {
  /** Null: not published, since it rests on too few or one dominates it. */
  readonly value: number | null;
  /** Whether a floor hides it from the public. */
  readonly isHidden: boolean;
};
export type YearFigures = { readonly year: number; readonly figures: readonly Figure[] };
/** What a figure counts: the id of a matter and when; whose it is stands in the matter. */
export type FigureRow = { readonly matter: string; readonly at: Date };

/** Name under which `statistics-floors.yaml` may have a floor for these. */
const PROCESSING_STATISTIC = 'processing_figures';

/** The figures of a Beijing year as anyone may see them, under the floor. */
export async function readPublicFigures(
  tx: Tx,
  context: ProcessingContext,
  year: number,
): Promise<YearFigures> {
  const { figures } = await countYear(tx, context, year);
  return { year, figures: figures.map((one) => (one.isHidden ? { ...one, value: null } : one)) };
}

/** As `readPublicFigures` with every number, for the node's people. Throws the policy's refusal. */
export async function readWholeFigures(
  tx: Tx,
  context: ProcessingContext,
  { caller, year }: { readonly caller: Caller; readonly year: number },
): Promise<YearFigures> {
  requireAllowed(context.policies, caller, 'see_processing');
  return await countYear(tx, context, year);
}

/** The rows behind a figure, by matter, after `after`. Throws the policy's refusal, `processing.figure_unknown`. */
export async function drillFigure(
  tx: Tx,
  { policies }: ProcessingContext,
  asked: {
    readonly caller: Caller;
    readonly year: number;
    readonly figure: string;
    readonly after?: string | undefined;
  },
): Promise<FigureRow[]> {
  requireAllowed(policies, asked.caller, 'see_processing');
  const definition = FIGURES.find(({ id }) => id === asked.figure);
  if (definition === undefined)
    throw processingRefusal('processing.figure_unknown', { figure: asked.figure.slice(0, 60) });
  return await tx.rows<FigureRow>(
    `select matter, min(at) as at from (${definition.rows}) r where $3::text is null or matter > $3
     group by matter order by matter limit $4`,
    [...boundsOf(asked.year), asked.after ?? null, PROCESSING_LIMITS.pageMax],
  );
}

async function countYear(tx: Tx, { floors }: ProcessingContext, year: number): Promise<YearFigures> {
  const counted: Counted[] = [];
  for (const figure of FIGURES) counted.push({ figure, ...(await countFigure(tx, figure, year)) });
  const cells = counted.filter(({ figure }) => figure.about === 'subjects').map(cellOf);
  const hidden = suppress(cells, floors.of(PROCESSING_STATISTIC));
  const figures = counted.map(({ figure: { id, zh, en, partOf }, total: value }) => ({
    id,
    zh,
    en,
    partOf,
    value,
    isHidden: hidden.has(id),
  }));
  return { year, figures };
}

type Count = { readonly total: number; readonly subjects: number; readonly largest: number };
type Counted = Count & { readonly figure: FigureDefinition };

async function countFigure(tx: Tx, { rows }: FigureDefinition, year: number): Promise<Count> {
  const [count] = await tx.rows<Count>(
    `select coalesce(sum(own), 0)::int as total, count(*)::int as subjects, coalesce(max(own), 0)::int as largest
     from (select subject, count(distinct matter)::int as own from (${rows}) r group by subject) s`,
    [...boundsOf(year)],
  );
  return count ?? { total: 0, subjects: 0, largest: 0 };
}

function cellOf({ figure: { id, partOf }, total, subjects, largest }: Counted): Cell {
  return { id, parent: partOf, breakdown: partOf ?? id, subjects, largest, total };
}

function boundsOf(year: number): readonly [Date, Date] {
  return [beginningOfBeijingDate(`${year}-01-01`), beginningOfBeijingDate(`${year + 1}-01-01`)];
}
