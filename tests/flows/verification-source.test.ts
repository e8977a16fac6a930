import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { AskSources, ClaimRequest, VerificationContext } from '#information';
import { inTransaction, openDatabase } from '#kernel';
import { askSources } from '#lists';
import type { SourceBook } from '#platform';
import { bitsOf } from '#security';
import { CODE } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import { definition, openTestBook, startDepartment, type TestBook } from './source-department.ts';
import {
  ask,
  codesOf,
  dayOf,
  givenConsent,
  openVerificationSetting,
  revokeGiven,
} from './verification-setting.ts';

const CONTRACT = 'n14_tax_declaration';
const ending = endingOf(after);
const setting = await openVerificationSetting(ending);
const { lists, clock } = setting;
const department = await startDepartment(ending, ['--today', dayOf(clock, 0)]);
const { book, ask: askDepartment } = openTestBook(ending, department, [definition()], clock);

type Row = Readonly<Record<string, string | null>>;

/** What the department says of the enterprise, in its own spelling, newest first. */
const [latest, earlier] = await readTruth(askDepartment);
const FIELDS = lists.catalogue.contracts.get(CONTRACT)?.fields.map(({ name }) => name) ?? [];
/** For every field, also those that are never shown. */
const giveConsent = () => givenConsent(setting, { contracts: [{ id: CONTRACT, fields: FIELDS }] });
const consent = await giveConsent();

async function readTruth(asking: TestBook['ask']): Promise<[Row, Row]> {
  const reply = await asking({ code: CODE });
  assert(reply.outcome === 'rows', JSON.stringify(reply));
  const dayOfRow = (row: Row): string => row['declared_on'] ?? '';
  const [first, second] = reply.rows.toSorted((one, other) => (dayOfRow(one) < dayOfRow(other) ? 1 : -1));
  assert(first !== undefined && second !== undefined, 'the department has declarations of the enterprise');
  return [first, second];
}

/** As a node is composed, over this database and this book. */
function contextWith(sources: SourceBook, database = lists.database): VerificationContext {
  const parts = { sources, codeTables: lists.catalogue.codeTables, clock };
  const asking: AskSources = async (order, { contracts, enterprise }) =>
    await askSources(parts, order, { contracts, identity: enterprise });
  return { ...setting.context, database, askSources: asking };
}

const context = contextWith(book);
const declared = (row: Row, field: string, over: Partial<ClaimRequest> = {}): ClaimRequest => ({
  field,
  value: row[field] ?? '',
  ...over,
});
const keyOf = (row: Row) => ({
  tax_kind: row['tax_kind'] ?? '',
  period_from: row['period_from'] ?? '',
  period_to: row['period_to'] ?? '',
});
const verifyAt = (of: VerificationContext, claims: readonly ClaimRequest[], consentId = consent) =>
  ask(of, consentId, claims, { contract: CONTRACT });

test('what only the department holds is compared at query time, booked, and found by its key or as the latest', async () => {
  const answer = await verifyAt(context, [
    declared(latest, 'declared_on', { record: keyOf(latest) }),
    declared(earlier, 'declared_sales', { record: keyOf(earlier) }),
    { field: 'tax_payable', value: '99999999', record: keyOf(earlier) },
    { field: 'tax_base', value: '1', record: { ...keyOf(earlier), period_from: '2001-01-01' } },
    declared(earlier, 'declared_sales', { answer: 'band', record: keyOf(latest) }),
  ]);
  assert.deepEqual(
    answer.claims.map(({ answer: word }) => word),
    ['match', 'match', 'mismatch', 'cannot_verify', 'band'],
  );
  assert.deepEqual([answer.outcome, answer.isPartial], ['ok', false]);
  assert.equal(answer.budget.bits, 4 * bitsOf(3) + bitsOf(11));
});

test('the same claim has the same answer and costs nothing; another value slides, by key as by latest', async () => {
  const again = await verifyAt(context, [
    { field: 'tax_payable', value: '99999999', record: keyOf(earlier) },
  ]);
  assert.deepEqual([again.claims[0]?.answer, again.budget.bits], ['mismatch', 0]);
  const slid = { field: 'declared_on', value: '2001-02-03' };
  await assert.rejects(verifyAt(context, [slid]), { code: 'verification.sliding_value' });
  await assert.rejects(verifyAt(context, [{ ...slid, record: keyOf(latest) }]), {
    code: 'verification.sliding_value',
  });
});

test('a department that is down or writes nonsense makes the answer partial, costs nothing and takes no claim', async (t: TestContext) => {
  t.after(() => department.be({ mode: 'well' }));
  const claim = declared(latest, 'tax_kind');
  for (const mode of ['down', 'wrong_values', 'not_json', 'other_subject']) {
    await department.be({ mode });
    const { outcome, isPartial, claims, budget } = await verifyAt(context, [claim]);
    assert.deepEqual(
      [outcome, isPartial, claims[0]?.answer, budget.bits],
      ['source_down', true, 'cannot_verify', 0],
      mode,
    );
  }
  await department.be({ mode: 'well' });
  const { outcome, claims, budget } = await verifyAt(context, [claim]);
  assert.deepEqual([outcome, claims[0]?.answer, budget.bits], ['ok', 'match', bitsOf(3)]);
});

test('a dataset without a connected source is not connected', async (t: TestContext) => {
  const other = openTestBook(t, department, [definition({}, { contract: 'b10_electricity' })], clock);
  const { outcome, isPartial } = await verifyAt(contextWith(other.book), [declared(latest, 'due_on')]);
  assert.deepEqual([outcome, isPartial], ['not_connected', true]);
});

test('while departments are waited for a pool of two has both of its connections free', async (t: TestContext) => {
  await department.be({ mode: 'slow', delayMs: 1_500 });
  t.after(() => department.be({ mode: 'well' }));
  const narrow = openDatabase(lists.database.url, 2);
  t.after(() => narrow.close());
  const given = await giveConsent();
  let answered = 0;
  const fields = ['tax_item', 'declaration_kind', 'declaration_state', 'overdue_days', 'tax_rate', 'paid_on'];
  const asking = fields.map(async (field) => {
    const { outcome } = await verifyAt(contextWith(book, narrow), [{ field, value: claimFor(field) }], given);
    answered += 1;
    return outcome;
  });
  while (Object.values((await department.report()).calls).reduce((sum, calls) => sum + calls, 0) < 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await Promise.all(
    Array.from({ length: 60 }, () => inTransaction(narrow, (tx) => tx.rows('select 1 as one'))),
  );
  assert.equal(answered, 0, 'the database worked while the department was still waited for');
  assert.deepEqual([...new Set(await Promise.all(asking))], ['ok']);
});

/** A text that each of these fields can be read from. */
function claimFor(field: string): string {
  return latest[field] ?? (field.endsWith('_on') ? '2020-01-01' : '1');
}

test('a consent that is taken back while the department is asked gives nothing, and the attempt is a leaf', async (t: TestContext) => {
  const given = await giveConsent();
  await department.be({ mode: 'slow', delayMs: 1_000 });
  t.after(() => department.be({ mode: 'well' }));
  const asked = codesOf([verifyAt(context, [declared(earlier, 'levying_authority')], given)]);
  while ((await countIntents(given)) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await revokeGiven(setting, given);
  assert.deepEqual(await asked, ['policy.consent_revoked']);
});

async function countIntents(consentId: string): Promise<number> {
  return await inTransaction(lists.database, async (tx) => {
    const [row] = await tx.rows<{ n: number }>(
      `select count(*)::integer as n from security.receipts r join security.leaf_bodies b using (receipt_id)
       where r.kind = 'intent' and b.body::jsonb ->> 'consentId' = $1`,
      [consentId],
    );
    return row?.n ?? 0;
  });
}

test('of what a department answered only salted digests stay', async () => {
  const secret = Object.entries(latest).filter(([name]) => name.startsWith('declared_sales'));
  const values = [...secret, ...Object.entries(earlier).filter(([name]) => name === 'declared_sales')]
    .flatMap(([, value]) => (value === null ? [] : [value, value.replace('.', '')]))
    .filter((value) => value.length > 5);
  assert(values.length > 0, 'the sales are long enough to be looked for');
  await inTransaction(lists.database, async (tx) => {
    const tables = await tx.rows<{ name: string }>(
      `select schemaname || '.' || tablename as name from pg_tables
       where schemaname in ('information', 'security', 'consent', 'lists')`,
    );
    for (const { name } of tables) {
      const found = await tx.rows(
        `select from ${name} t where exists (select from unnest($1::text[]) v where strpos(t::text, v) > 0) limit 1`,
        [values],
      );
      assert.equal(found.length, 0, `a value that the department gave stands in ${name}`);
    }
  });
});
