import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { inTransaction } from '#kernel';
import { readMonth, sealMonth } from '#returns';
import { loadStatisticsFloors, suppress, unsafeBecause } from '#security';
import { addParticipants } from './consent-setting.ts';
import { addOperator, addPerson, basic, endingOf, openTestApp, openTestClock } from './http-node.ts';
import { DATA_ADMIN, give, loanOf, openReturnsSetting, reportFor } from './returns-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const floors = loadStatisticsFloors([join(ROOT, 'models')]);

/**
 * Every statistic that anybody but the enterprise reads, and how it is known that its floor holds: driven here, driven by another
 * test of this folder, or no enterprise stands behind its units.
 */
const STATISTICS: Readonly<Record<string, { driven: 'here' } | { drivenBy: string } | { of: string }>> = {
  monitoring_coverage: { driven: 'here' },
  recall_rates: { driven: 'here' },
  unused_ratio: { driven: 'here' },
  complaint_figures: { driven: 'here' },
  monthly_returns: { driven: 'here' },
  processing_figures: { driven: 'here' },
  department_sheet: { drivenBy: 'returns-month.test.ts' },
  portrait_peers: { drivenBy: 'portrait-read.test.ts' },
  source_load: { of: 'calls of an interface and its capacity; whom a call was about is not counted' },
  quality: { of: 'checks of delivered files, by department and dataset' },
  shadow_blocks: { of: 'whole blocks of runs, whose size is of the hosted model’s own release rule' },
};

type Operation = { readonly statistic?: string };
const operations = parse(
  readFileSync(join(ROOT, 'models', 'interfaces', 'operations.yaml'), 'utf8'),
) as Record<string, Operation>;

test('every operation that gives a statistic is in the list, and nothing else is', () => {
  const tagged = new Set(Object.values(operations).flatMap(({ statistic }) => statistic ?? []));
  assert.deepEqual([...tagged].sort(), Object.keys(STATISTICS).sort());
  for (const entry of Object.values(STATISTICS))
    if ('drivenBy' in entry) assert.ok(existsSync(join(import.meta.dirname, entry.drivenBy)), entry.drivenBy);
});

test('an operation that is named as figures are is tagged as a statistic', () => {
  const named = /\/(figures|[a-z-]+-figures|rates|coverage|ratios?|statistics|shares?|[a-z]+-shares)$/;
  for (const [id, { statistic }] of Object.entries(operations))
    if (named.test(id)) assert.ok(statistic !== undefined, `${id} has no statistic in operations.yaml`);
});

test('the floor is ten enterprises and four fifths, unless a statistic says why not', () => {
  assert.deepEqual(floors.of('anything'), { subjectsMin: 10, largestShareMax: 0.8 });
  assert.deepEqual(floors.of('monthly_returns'), { subjectsMin: 5, largestShareMax: 0.8 });
});

const clock = openTestClock();
clock.advance(Date.parse('2026-10-20T04:00:00Z') - clock.now().getTime());
const { app, node } = await openTestApp(endingOf(after), { clock });
const { database } = node;
await addOperator(node);
await addPerson(node, { login: 'supervisor', kind: 'reader' });
/** A group that may be shown, one of three enterprises, and one of twelve of which one makes up nearly all. */
const GROUPS = [
  { of: 'bank', key: 'tie_in', enterprises: 20, ofFirst: 1 },
  { of: 'other-bank', key: 'refusal', enterprises: 3, ofFirst: 1 },
  { of: 'bank-east', key: 'misuse', enterprises: 12, ofFirst: 100 },
  { of: 'platform', key: 'charge_for_free_service', enterprises: 40, ofFirst: 1 },
] as const;
await inTransaction(database, async (tx) => {
  await addParticipants(tx);
  await tx.rows(
    `update platform.accounts set kind = 'regulator', participant_id = 'regulator', roles = '{supervisor}' where login = 'supervisor'`,
  );
  await tx.rows(
    `insert into lists.enterprises (standing, made_at) select 'registered', now() from generate_series(1, 60)`,
  );
  for (const { of, key, enterprises, ofFirst } of GROUPS) {
    // One row for each enterprise of the group, and as many for the first as it makes up.
    const rows = `select e.enterprise_id, $1 || '-' || e.enterprise_id || '-' || n as id
      from (select enterprise_id, row_number() over (order by enterprise_id) as place from lists.enterprises) e
      cross join lateral generate_series(1, case when e.place = 1 then ${ofFirst} else 1 end) n
      where e.place <= ${enterprises}`;
    await tx.rows(
      `insert into outcomes.loans (enterprise_id, institution_id, loan_no, channel, known_from, is_standing, is_correction,
         disclosure_id, batch_id, item_no, content_hash, application_no, amount_fen, annual_rate_bp, term_months, guarantee,
         is_first_loan, is_credit_loan, disbursed_on)
       select enterprise_id, $1, id, '', '2026-05-01', true, false, id, 'b', 1, 'h', id, 100, 300, 12, 'none', false, true,
         '2026-05-01' from (${rows}) r`,
      [of],
    );
    await tx.rows(
      `insert into rights.recalls (enterprise_id, recall_id, disclosure_id, disclosure_kind, disclosed_at, contract_id,
         delivery_no, row_no, part, cause_kind, cause_id, demand, recipient_kind, recipient_id, due_on, due_is_certain, notice,
         receipt_id, notice_hash, place, recalled_at)
       select enterprise_id, 'rcl_' || id, id, 'answer', now(), 'n08_penalty', 1, 1, 'content', 'objection', 'o', 'correct',
         'institution', $1, '2026-09-01', true, '', 'r', decode(repeat('00', 32), 'hex'), 0, '2026-08-01' from (${rows}) r`,
      [of],
    );
    await tx.rows(
      `insert into monitoring.alert_recalls (enterprise_id, recall_id, alert_id, version_no, institution_id, reason, contract,
         delivery_no, row_no, due_on, due_is_certain, recalled_by, recalled_at, receipt_id)
       select enterprise_id, 'arl_' || id, id, 1, $1, 'corrected', 'n08_penalty', 1, 1, '2026-09-01', true, 's', '2026-08-01', 'r'
       from (${rows}) r`,
      [of],
    );
    await tx.rows(
      `insert into rights.complaints (enterprise_id, complaint_id, kind, against_kind, against_id, content_sealed,
         attachment_digests, filed_by, mandate_id, rules_version, filed_at, receipt_id, state, state_at)
       select enterprise_id, 'cpl_' || id, '${key}', 'institution', $1, '', '{}', 'a', 'm', '1.0.0', '2026-08-01', 'r',
         'submitted', '2026-08-01' from (${rows}) r`,
      [of],
    );
    const queries = enterprises - 1 + ofFirst;
    await tx.rows(
      `insert into returns.query_months (institution_id, month, known_from, queries, unused, enterprises, largest)
       values ($1, '2026-08-01', '2026-09-10', $2, 1, $3, $4)`,
      [of, queries, enterprises, ofFirst],
    );
  }
});

async function linesOf(url: string, part: string, login = 'supervisor'): Promise<Record<string, unknown>[]> {
  const answer = await app.inject({ url, headers: { authorization: basic(login) } });
  assert.equal(answer.statusCode, 200, answer.body.slice(0, 300));
  return answer.json<Record<string, Record<string, unknown>[]>>()[part] ?? assert.fail(part);
}

/** Of lines without a total: which institutions are shown. */
function requireFloor(lines: readonly Record<string, unknown>[], names: { id: string; figures: string[] }) {
  const of = (id: string) => lines.find((line) => line[names.id] === id) ?? assert.fail(id);
  for (const figure of names.figures) {
    assert.notEqual(of('bank')[figure], null, `${figure} of a group large enough`);
    assert.equal(of('other-bank')[figure], null, `${figure} of three`);
    assert.equal(of('bank-east')[figure], null, `${figure} of a group that one dominates`);
  }
}

test('coverage of monitoring hides few borrowers and a dominant one from whoever oversees', async () => {
  const lines = await linesOf('/api/v1/monitoring/coverage', 'coverage');
  requireFloor(lines, { id: 'institutionId', figures: ['liveLoans', 'watchedLoans'] });
});

test('rates of recalls hide few enterprises and a dominant one, of disclosures and of alerts', async () => {
  const figures = ['recalls', 'acknowledged', 'onTime', 'overdue', 'rate'];
  for (const part of ['disclosures', 'alerts'])
    requireFloor(await linesOf('/api/v1/recalls/rates?since=2026-01-01', part, 'data'), {
      id: 'institutionId',
      figures,
    });
});

test('the ratio of unused queries hides few enterprises and a dominant one', async () => {
  const lines = await linesOf('/api/v1/returns/unused?month=2026-08', 'ratios');
  requireFloor(lines, { id: 'institution', figures: ['queries', 'unused', 'ratio'] });
});

test('figures of complaints hide what is small, what one dominates, and what the total would give away', async () => {
  const lines = (await linesOf('/api/v1/rights/complaint-figures?quarter=2026-Q3', 'figures')) as {
    scope: string;
    key: string;
    complaints: number | null;
    hiddenBecause: string | null;
  }[];
  const because = (scope: string, key: string) =>
    lines.find((line) => line.scope === scope && line.key === key)?.hiddenBecause;
  assert.equal(because('kind', 'refusal'), 'small');
  assert.equal(because('kind', 'misuse'), 'dominant');
  assert.equal(because('against', 'institution:other-bank'), 'small');
  assert.equal(because('all', 'all'), null);
  const whole = lines.find(({ scope }) => scope === 'all')?.complaints ?? assert.fail();
  for (const scope of ['kind', 'against']) {
    const parts = lines.filter((line) => line.scope === scope);
    const shown = parts.reduce((sum, { complaints }) => sum + (complaints ?? 0), 0);
    const hidden = GROUPS.filter(
      ({ of, key }) => because(scope, scope === 'kind' ? key : `institution:${of}`) !== null,
    );
    const rest = hidden.map(({ enterprises, ofFirst }) => ({
      enterprises,
      ofFirst,
      total: enterprises - 1 + ofFirst,
    }));
    assert.equal(
      whole - shown,
      rest.reduce((sum, { total }) => sum + total, 0),
      'what is hidden is what is missing',
    );
    assert.ok(hidden.length > 1, 'never one part alone');
    const base = {
      subjects: rest.reduce((sum, { enterprises }) => sum + enterprises, 0),
      largest: Math.max(...rest.map(({ ofFirst }) => ofFirst)),
      total: whole - shown,
    };
    const isWhole = hidden.length === GROUPS.length;
    assert.ok(isWhole || unsafeBecause(base, floors.of('complaint_figures')) === undefined, scope);
  }
});

test('yearly figures of the audit show nobody what few make up, nor the part that would give it away', async () => {
  await inTransaction(database, async (tx) => {
    for (const [kind, enterprises] of [
      ['objection', 12],
      ['complaint', 3],
    ] as const)
      await tx.rows(
        `insert into rights.terms (enterprise_id, term_id, version_no, matter_kind, matter_id, term, responsible_kind,
           responsible_id, started_at, events, stops, is_stopped, profile_hash, due_is_certain, is_capped, late_days, cause,
           known_from)
         select enterprise_id, $1 || enterprise_id, 1, $1, $1 || enterprise_id, 'all_in', 'node', 'node', '2025-08-01', '{}', '[]',
           false, 'h', true, false, 0, 'started', '2025-08-01'
         from (select enterprise_id from lists.enterprises order by 1 limit ${enterprises}) e`,
        [kind],
      );
  });
  const figures = await linesOf('/api/v1/processing/figures?year=2025', 'figures');
  const valueOf = (id: string) => figures.find((one) => one['id'] === id)?.['value'];
  assert.deepEqual([valueOf('requests'), valueOf('complaints'), valueOf('objections')], [15, null, null]);
});

test('monthly figures hide what few enterprises make up, and the part that would give it away', async () => {
  const setting = await openReturnsSetting({ after });
  const disclosures: string[] = [];
  for (const [n, subject] of setting.ids.slice(0, 11).entries())
    disclosures.push(await give(setting, { subject, institution: n < 8 ? 'bank' : 'other-bank' }));
  setting.clock.set('2026-10-02T02:00:00Z');
  const items = disclosures.map((id, n) => loanOf(id, `L-${n}`));
  await reportFor(setting, 'bank', items.slice(0, 8));
  await reportFor(setting, 'other-bank', items.slice(8));
  setting.clock.set('2026-10-08T02:00:00Z');
  await sealMonth(setting.context, { caller: DATA_ADMIN, month: '2026-09', kind: 'first', reason: '' });
  const { figures } = await inTransaction(setting.context.database, (tx) =>
    readMonth(tx, { month: '2026-09', viewer: { sees: 'all' } }),
  );
  const loans = figures.filter(({ statistic }) => statistic === 'loans');
  const hidden = (key: string) => loans.find((one) => one.key === key)?.hiddenBecause;
  assert.deepEqual([hidden('all'), hidden('other-bank'), hidden('bank')], [null, 'small', 'complementary']);
});

test('a group of one breakdown is hidden by the same function whichever module asks', () => {
  const floor = floors.of('portrait_peers');
  assert.equal(unsafeBecause({ subjects: 9, largest: 1, total: 9 }, floor), 'small');
  const cell = (id: string, subjects: number) => ({
    id,
    parent: id === 'all' ? null : 'all',
    breakdown: id === 'all' ? 'all' : 'kind',
    subjects,
    largest: 1,
    total: subjects,
  });
  const hidden = suppress([cell('all', 45), cell('a', 5), cell('b', 25), cell('c', 15)], floor);
  assert.deepEqual(Object.fromEntries(hidden), { a: 'small', c: 'complementary' });
});
