import { beijingDate, inTransaction, newId, type Tx } from '#kernel';
import { type Caller, decidePopulation, type PopulationPermit, recordLeaf } from '#security';
import type { Contract } from '../contract/shape.ts';
import { requireContract } from '../delivery/receive.ts';
import type { ListsContext } from '../lists-context.ts';
import { readKnownAt } from '../read/records.ts';
import { relation } from '../read/relation.ts';
import { classifySize, SIZE_CLASSES, type SizeClass, type SizeDecision } from './size-class.ts';
import { loadSizeStandard, type SizeStandard } from './size-class-standard.ts';

/** What a run did: enterprises looked at, those whose class or basis changed, and how many stand in each class now. */
export type SizeRegisterRun = {
  readonly runId: string;
  readonly standard: string;
  readonly enterprises: number;
  readonly changed: number;
  readonly counts: Readonly<Record<SizeClass, number>>;
};

/** Enterprises per transaction: enough to be set-based, few enough that the register is never locked for long. */
const STEP_ENTERPRISES = 5_000;

/**
 * Classes every enterprise of the register by the standard in force today, from its latest annual report and the
 * industry of its registration, and keeps the class with its basis: standard, line, reason and the two record ids.
 * Steps of their own transactions, in order of id, under one as-of; run again it changes only what differs.
 */
export async function sizeRegister(
  context: ListsContext,
  { caller }: { caller: Caller },
): Promise<SizeRegisterRun> {
  const at = context.clock.now();
  const standard = loadSizeStandard(context.packageFolder, beijingDate(at));
  const [report, registration] = [requireContract(context, REPORT), requireContract(context, REGISTRATION)];
  const knownAt = await inTransaction(context.database, (tx) =>
    readKnownAt(tx, [report.id, registration.id]),
  );
  const run = { context, caller, standard, report, registration, knownAt, runId: newId('szr', at) };
  const done = { enterprises: 0, changed: 0 };
  for (let after: string | null = '0'; after !== null; ) {
    const from: string = after;
    const step = await inTransaction(context.database, (tx) => sizeStep(tx, run, from));
    done.enterprises += step.enterprises;
    done.changed += step.changed;
    after = step.last;
  }
  const counts = await inTransaction(context.database, (tx) => finish(tx, run, done));
  return { runId: run.runId, standard: `${standard.id} ${standard.version}`, ...done, counts };
}

const REPORT = 'n35_annual_report';
const REGISTRATION = 'n01_registration';

type Run = {
  readonly context: ListsContext;
  readonly caller: Caller;
  readonly standard: SizeStandard;
  readonly report: Contract;
  readonly registration: Contract;
  readonly knownAt: Date;
  readonly runId: string;
};

type Step = { readonly enterprises: number; readonly changed: number; readonly last: string | null };

async function sizeStep(tx: Tx, run: Run, after: string): Promise<Step> {
  const permit = decidePopulation(tx, run.context.policies, {
    caller: run.caller,
    purpose: 'operate',
    population: { kind: 'all' },
    contracts: [run.report, run.registration],
    asOf: { knownAt: run.knownAt },
    runId: run.runId,
  });
  const rows = await tx.rows<InputRow>(inputsSql(tx, permit, run), [after, STEP_ENTERPRISES, run.knownAt]);
  const decided = rows.map((row) => ({ row, decision: decideRow(run.standard, row) }));
  const changed = await tx.rows(
    `update lists.enterprises e set size_class = u.size_class, size_basis = u.size_basis
     from unnest($1::bigint[], $2::text[], $3::jsonb[]) as u(enterprise_id, size_class, size_basis)
     where e.enterprise_id = u.enterprise_id
       and (e.size_class is distinct from u.size_class or e.size_basis is distinct from u.size_basis)
     returning e.enterprise_id`,
    [
      decided.map(({ row }) => row.enterprise_id),
      decided.map(({ decision }) => decision.sizeClass),
      decided.map(({ row, decision }) => JSON.stringify(basisOf(run.standard, row, decision))),
    ],
  );
  return { enterprises: rows.length, changed: changed.length, last: rows.at(-1)?.enterprise_id ?? null };
}

type InputRow = {
  enterprise_id: string;
  industry: string | null;
  registration_record: string | null;
  report_year: number | null;
  staff: string | null;
  revenue: string | null;
  assets: string | null;
  report_record: string | null;
};

function decideRow(standard: SizeStandard, row: InputRow): SizeDecision {
  return classifySize(standard, {
    industry: row.industry,
    staff: row.staff === null ? null : Number(row.staff),
    revenueFen: row.revenue === null ? null : BigInt(row.revenue),
    assetsFen: row.assets === null ? null : BigInt(row.assets),
  });
}

function basisOf(standard: SizeStandard, row: InputRow, { line, byReference, reason }: SizeDecision): object {
  return {
    standard: standard.id,
    version: standard.version,
    line,
    byReference,
    reason,
    reportYear: row.report_year,
    records: { [REPORT]: row.report_record, [REGISTRATION]: row.registration_record },
  };
}

/**
 * The next enterprises after $1, with what classes them; $2 how many, $3 the as-of of merges. What was merged into an
 * enterprise counts for it, and the merged one itself is not classed. Of several annual reports the latest year counts.
 */
function inputsSql(tx: Tx, permit: PopulationPermit, { report, registration }: Run): string {
  return `
    with live_aliases as (
      select alias_id, enterprise_id from lists.enterprise_aliases where known_from <= $3 and known_to > $3
    ), step as (
      select e.enterprise_id from lists.enterprises e
      where e.enterprise_id > $1 and not exists (select from live_aliases a where a.alias_id = e.enterprise_id)
      order by e.enterprise_id limit $2
    ), members as (
      select enterprise_id as subject, enterprise_id as member from step
      union all
      select a.enterprise_id, a.alias_id from live_aliases a join step s on s.enterprise_id = a.enterprise_id
    ), registrations as (
      select distinct on (m.subject) m.subject, coalesce(r.industry_code, r.industry_section) as industry,
        r.delivery_no, r.row_no
      from members m join ${relation(tx, permit, registration)} r on r.enterprise_id = m.member
      order by m.subject, r.known_from desc, r.delivery_no desc, r.row_no
    ), reports as (
      select distinct on (m.subject) m.subject, r.report_year, r.employees, r.total_revenue, r.total_assets,
        r.delivery_no, r.row_no
      from members m join ${relation(tx, permit, report)} r on r.enterprise_id = m.member
      order by m.subject, r.report_year desc, r.known_from desc, r.delivery_no desc, r.row_no
    )
    select s.enterprise_id, n.industry, nd.delivery_id || ':' || n.row_no as registration_record, p.report_year,
      p.employees::text as staff, p.total_revenue::text as revenue, p.total_assets::text as assets,
      pd.delivery_id || ':' || p.row_no as report_record
    from step s
    left join registrations n on n.subject = s.enterprise_id
    left join lists.deliveries nd on nd.delivery_no = n.delivery_no
    left join reports p on p.subject = s.enterprise_id
    left join lists.deliveries pd on pd.delivery_no = p.delivery_no
    order by s.enterprise_id`;
}

async function finish(
  tx: Tx,
  { context, standard, knownAt, runId }: Run,
  done: { enterprises: number; changed: number },
): Promise<Record<SizeClass, number>> {
  const counts = await countSizes(tx);
  await recordLeaf(tx, context.keys, {
    kind: 'evaluation_run',
    at: context.clock.now(),
    body: {
      run: runId,
      purpose: 'operate',
      what: 'size_class',
      standard: `${standard.id} ${standard.version}`,
      population: 'all',
      knownAt: knownAt.toISOString(),
      ...done,
      counts,
    },
  });
  return counts;
}

/** How many enterprises stand in each class, unknown among them; merged ones are counted where they went. */
export async function countSizes(tx: Tx): Promise<Record<SizeClass, number>> {
  const rows = await tx.rows<{ size_class: string; n: number }>(
    `select e.size_class, count(*)::integer as n from lists.enterprises e
     where not exists (
       select from lists.enterprise_aliases a where a.alias_id = e.enterprise_id and a.known_to = 'infinity')
     group by e.size_class`,
  );
  const found = new Map(rows.map(({ size_class, n }) => [size_class, n]));
  const entries = SIZE_CLASSES.map((sizeClass) => [sizeClass, found.get(sizeClass) ?? 0] as const);
  return { large: 0, medium: 0, small: 0, micro: 0, unknown: 0, ...Object.fromEntries(entries) };
}
