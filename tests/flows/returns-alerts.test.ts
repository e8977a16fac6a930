import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type EnterpriseId, inTransaction } from '#kernel';
import { readAlertFigures } from '#monitoring';
import type { OutcomeItem } from '#outcomes';
import { readSheet, sealMonth, sheetCsv } from '#returns';
import { DATA_ADMIN, give, loanOf, openReturnsSetting, reportFor } from './returns-setting.ts';

const MONTH = '2026-09';
const PENALTY = 'n08_penalty';
const JUDGMENT = 'n09_judgment';
const setting = await openReturnsSetting({ after });
const { context, clock, ids } = setting;
const { database, policies, catalogue } = context;
const read = <Result>(work: Parameters<typeof inTransaction<Result>>[1]) => inTransaction(database, work);
const registration = catalogue.contracts.get('n01_registration') ?? assert.fail();
const provider = catalogue.contracts.get(PENALTY)?.provider ?? assert.fail();

type AlertLife = {
  readonly of: EnterpriseId;
  readonly institution?: string;
  readonly raised: string;
  readonly contracts?: readonly string[];
  /** How it stands from an instant on, until the next. */
  readonly versions?: readonly {
    readonly at: string;
    readonly state: string;
    readonly judgement?: string;
    readonly protectedFen?: number;
  }[];
};

let alerts = 0;

/** An alert and its versions as handling writes them. */
async function addAlert({ of, raised, versions = [], ...about }: AlertLife): Promise<void> {
  const { institution = 'bank', contracts = [PENALTY] } = about;
  alerts += 1;
  const id = `alt_${String(alerts).padStart(4, '0')}`;
  const evidence = contracts.map((contract) => ({ contract, deliveryNo: '1', rowNo: 1, knownFrom: raised }));
  const lives = [{ at: raised, state: 'raised' }, ...versions];
  await read(async (tx) => {
    await tx.rows(
      `insert into monitoring.alerts (enterprise_id, alert_id, institution_id, branch_id, rule_id, fact, raised_at)
       values ($1, $2, $3, $3, 'penalty_recent', $2, $4)`,
      [of, id, institution, raised],
    );
    for (const [n, life] of lives.entries()) {
      const { judgement, protectedFen } = { judgement: null, protectedFen: null, ...life };
      const isOver = life.state === 'resolved' || life.state === 'recalled';
      await tx.rows(
        `insert into monitoring.alert_versions (enterprise_id, alert_id, version_no, known_from, known_to, institution_id,
           case_id, cause, state, level, signal_id, rule_hash, occurred_on, signal_known_at, is_late, is_disputed, evidence,
           due_on, due_is_certain, escalation, judgement, action, protected_fen, said_by, receipt_id, disclosure_id)
         values ($1, $2, $3, $4, coalesce($5, 'infinity'::timestamptz), $6, 'cas_1', 'raised', $7, 'yellow', 'sig_1',
           repeat('0', 64), '2026-09-01', $4, false, false, $8, $9, true, 0, $10, $11, $12, 'test', 'rcp_1', 'dsc_1')`,
        [
          of,
          id,
          n + 1,
          life.at,
          lives[n + 1]?.at ?? null,
          institution,
          life.state,
          JSON.stringify(evidence),
          isOver ? null : '2026-10-20',
          judgement,
          life.state === 'resolved' ? 'reduce' : null,
          protectedFen,
        ],
      );
    }
  });
}

const figures = async (month: string, knownAt: string) =>
  await read((tx) =>
    readAlertFigures(tx, {
      caller: DATA_ADMIN,
      policies,
      registration,
      month,
      knownAt: new Date(knownAt),
    }),
  );

/** Eight borrowers of the bank, each with an alert on 20 September; what became of it differs. */
const disclosures: string[] = [];
for (const subject of ids.slice(0, 8)) disclosures.push(await give(setting, { subject }));
clock.set('2026-10-02T02:00:00Z');
const loans = disclosures.map((id, n) => loanOf(id, `L-${n}`));
await reportFor(setting, 'bank', loans);
const RAISED = '2026-09-20T03:00:00Z';
const resolved = (judgement: string, protectedFen?: number) => [
  { at: '2026-09-22T03:00:00Z', state: judgement, judgement },
  {
    at: '2026-09-25T03:00:00Z',
    state: 'resolved',
    judgement,
    ...(protectedFen === undefined ? {} : { protectedFen }),
  },
];
for (const of of ids.slice(0, 5))
  await addAlert({ of, raised: RAISED, versions: resolved('confirmed', 10_000_00) });
await addAlert({ of: ids[5] ?? assert.fail(), raised: RAISED, versions: resolved('false_alarm') });
await addAlert({
  of: ids[6] ?? assert.fail(),
  raised: RAISED,
  contracts: [PENALTY, JUDGMENT],
  versions: [
    { at: '2026-09-22T03:00:00Z', state: 'confirmed', judgement: 'confirmed' },
    { at: '2026-09-23T03:00:00Z', state: 'recalled', judgement: 'confirmed' },
  ],
});
await addAlert({ of: ids[7] ?? assert.fail(), institution: 'other-bank', raised: '2026-10-01T03:00:00Z' });

test('alerts count for each dataset in their evidence, in the month in which they were raised', async () => {
  const { datasets, judgedFrom } = await figures(MONTH, '2026-10-08T02:00:00Z');
  assert.equal(judgedFrom, '2026-04-01');
  assert.deepEqual(datasets.get(PENALTY), {
    contract: PENALTY,
    told: { alerts: 7, institutions: 1, enterprises: 7 },
    judged: { alerts: 6, enterprises: 6, hits: 5 },
    warned: { alerts: 0, enterprises: 0, leadDays: null },
    protected: { alerts: 5, enterprises: 5, fen: '5000000', largestFen: '1000000' },
  });
  const judgment = datasets.get(JUDGMENT);
  assert.deepEqual(
    [judgment?.told.alerts, judgment?.judged.alerts],
    [1, 0],
    'what was recalled is judged by nobody',
  );
});

test('a department sees precision and amounts of its datasets, and nothing that rests on few', async () => {
  clock.set('2026-10-08T02:00:00Z');
  await sealMonth(context, { caller: DATA_ADMIN, month: MONTH, kind: 'first', reason: '' });
  const { sheet } = await read((tx) =>
    readSheet(tx, context, { caller: DATA_ADMIN, provider, month: MONTH }),
  );
  const line = sheet.alerts?.datasets.find(({ contract }) => contract === PENALTY);
  assert.deepEqual(line?.told, { alerts: 7, institutions: 1, enterprises: 7 });
  assert.equal(line?.judged?.precision, Math.round((5 / 6) * 1e6) / 1e6);
  assert.deepEqual(line?.protected, { alerts: 5, enterprises: 5, fen: '5000000' });
  const csv = sheetCsv(sheet).split('\r\n');
  assert.match(csv.find((one) => one.startsWith(PENALTY)) ?? '', /,7,1,7,6,0\.833333,0,,5000000$/);
  const others = catalogue.contracts.get(JUDGMENT)?.provider ?? assert.fail();
  const { sheet: other } = await read((tx) =>
    readSheet(tx, context, { caller: DATA_ADMIN, provider: others, month: MONTH }),
  );
  const few = other.alerts?.datasets.find(({ contract }) => contract === JUDGMENT);
  assert.deepEqual([few?.told, few?.hidden.told], [null, 'small']);
});

test('a loan that goes bad makes a false alarm true and gives the lead time, by what is known later alone', async () => {
  clock.set('2026-11-03T02:00:00Z');
  const bad = (n: number, month: string): OutcomeItem => ({
    disclosureId: disclosures[n] ?? assert.fail(),
    used: true,
    balance: { loanId: `L-${n}`, month, balanceFen: 100_000_00, overdue: 'd90_plus', isBad: true },
  });
  await reportFor(setting, 'bank', [bad(5, '2026-10'), bad(0, '2026-10')]);
  const before = await figures(MONTH, '2026-10-08T02:00:00Z');
  assert.deepEqual(before.datasets.get(PENALTY)?.warned.alerts, 0, 'the same instant gives the same figures');
  const { datasets } = await figures('2026-10', '2026-11-05T02:00:00Z');
  const penalty = datasets.get(PENALTY);
  assert.deepEqual(penalty?.judged, { alerts: 6, enterprises: 6, hits: 6 });
  assert.deepEqual(penalty?.warned, { alerts: 2, enterprises: 2, leadDays: 41 });
  assert.deepEqual(penalty?.told, { alerts: 1, institutions: 1, enterprises: 1 });
  assert.equal(penalty?.protected.fen, '0', 'resolved in September');
});

test('an amount of which one enterprise makes up nearly all is not shown', async () => {
  clock.set('2026-11-10T02:00:00Z');
  for (const [n, of] of ids.slice(8, 14).entries())
    await addAlert({
      of,
      raised: '2026-10-10T03:00:00Z',
      versions: [
        {
          at: '2026-10-15T03:00:00Z',
          state: 'resolved',
          judgement: 'useful_hint',
          protectedFen: n === 0 ? 9_999_999_00 : 1_00,
        },
      ],
    });
  await sealMonth(context, { caller: DATA_ADMIN, month: '2026-10', kind: 'first', reason: '' });
  const { sheet } = await read((tx) =>
    readSheet(tx, context, { caller: DATA_ADMIN, provider, month: '2026-10' }),
  );
  const line = sheet.alerts?.datasets.find(({ contract }) => contract === PENALTY);
  assert.deepEqual([line?.protected, line?.hidden.protected], [null, 'dominant']);
  assert.deepEqual([line?.warned, line?.hidden.warned], [null, 'small']);
  assert.match(sheetCsv(sheet), /单户占比过高不显示/);
  assert.ok(!JSON.stringify(sheet).includes('999999900'));
});
