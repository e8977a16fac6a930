import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AskSources } from '#information';
import { inTransaction } from '#kernel';
import { checkAtSource, type Filed } from '#rights';
import { endingOf } from './http-node.ts';
import { codeOf, openVoluntarySetting, takePart } from './voluntary-setting.ts';

const setting = await openVoluntarySetting(endingOf(after));
const { node, context, boss, enterpriseId, call } = setting;
await takePart(setting);
const FACTORY = {
  asset_kind: 'building',
  asset_no: 'A-1',
  asset_name: '一号厂房',
  title_certificate_no: '京(2020)海不动产权第0001号',
};

async function file(contract: string, values: object): Promise<string> {
  const { status, body } = await call<Filed>('POST', '/items', { contract, values });
  assert.equal(status, 200, JSON.stringify(body));
  return body.itemId;
}

type Answered = Awaited<ReturnType<AskSources>>[number]['outcome'];

/** A department that answers with these titles, and what it was asked. */
function department(titles: readonly string[], outcome: Answered = 'ok') {
  const asked: string[] = [];
  const askSources: AskSources = async (order, { contracts, enterprise }) => {
    assert.equal(order.subject, enterpriseId);
    asked.push(`${order.purpose} ${enterprise.code} ${contracts.map(({ id }) => id).join()}`);
    return contracts.map((contract) => ({
      contract,
      outcome,
      values: titles.map((title_no) => ({ title_no })),
      sourceAt: node.clock.now(),
    }));
  };
  return { asked, context: { ...context, catalogue: context.catalogue, askSources } };
}

async function outcomes(): Promise<string[]> {
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ outcome: string }>('select outcome from rights.source_asks order by asked_at, ask_id'),
  );
  return rows.map(({ outcome }) => outcome);
}

test('what no department delivers is asked for at its source, of the enterprise by itself', async () => {
  const itemId = await file('v07_collateral', FACTORY);
  const check = (at: ReturnType<typeof department>) => checkAtSource(at.context, { caller: boss, itemId });
  assert.deepEqual(await checkAtSource(context, { caller: boss, itemId }), {
    result: 'no_answer',
    level: 'L0',
  });
  assert.deepEqual(await outcomes(), [], 'without a connection nobody was asked');
  const down = department([], 'source_down');
  assert.deepEqual(await check(down), { result: 'no_answer', level: 'L0' });
  const other = department(['京(2020)海不动产权第0002号']);
  assert.deepEqual(await check(other), { result: 'no_match', level: 'L0' });
  const own = department(['京(2020)海不动产权第0002号', FACTORY.title_certificate_no]);
  assert.deepEqual(await check(own), { result: 'match', level: 'L3' });
  assert.deepEqual(own.asked, ['self 91110108MA01ABCD3L n26_real_estate']);
  assert.deepEqual(await outcomes(), ['no_answer', 'no_match', 'match']);
});

test('an item that changed while the department was asked is not proved by the answer', async () => {
  const itemId = await file('v07_collateral', { ...FACTORY, asset_no: 'A-2' });
  const at = department([FACTORY.title_certificate_no]);
  const slow: AskSources = async (order, question) => {
    await file('v07_collateral', { ...FACTORY, asset_no: 'A-2', title_certificate_no: '京0009号' });
    return await at.context.askSources(order, question);
  };
  const asked = checkAtSource(
    { ...at.context, catalogue: context.catalogue, askSources: slow },
    { caller: boss, itemId },
  );
  assert.equal(await codeOf(asked), 'voluntary.item_changed');
});

test('departments are asked ten times a day and no more', async () => {
  const itemId = await file('v07_collateral', { ...FACTORY, asset_no: 'A-3' });
  const at = department([]);
  const check = () => codeOf(checkAtSource(at.context, { caller: boss, itemId }));
  const codes: string[] = [];
  for (let n = 0; n < 8; n += 1) codes.push(await check());
  assert.deepEqual(codes.filter((code) => code !== 'ok').slice(0, 1), ['voluntary.too_many_source_asks']);
  assert.equal((await outcomes()).length, 10);
});

test('every pair of the definitions names fields of its contracts, and of kinds that can be equal', () => {
  const { contracts } = context.catalogue;
  for (const { item, source, equal, years = {}, only = {} } of context.voluntary.terms.sourceChecks) {
    const own = new Map(contracts.get(item)?.fields.map((field) => [field.name, field.kind]));
    const theirs = new Map(contracts.get(source)?.fields.map((field) => [field.name, field.kind]));
    assert(contracts.get(item)?.verification?.includes('L3'), `${item} wants L3`);
    for (const [left, right] of Object.entries(equal)) {
      assert(own.has(left) && theirs.has(right), `${item}.${left} = ${source}.${right}`);
      assert.equal(own.get(left), theirs.get(right), `${item}.${left} = ${source}.${right}`);
    }
    for (const [left, right] of Object.entries(years))
      assert(own.get(left) === 'date' && theirs.has(right), `${item}.${left} in ${source}.${right}`);
    for (const [name, code] of Object.entries(only)) {
      const field = contracts.get(item)?.fields.find((one) => one.name === name);
      const table = context.catalogue.codeTables.get(field?.codes ?? '');
      assert(
        table?.values.some((value) => value.code === code),
        `${item}.${name} ${code}`,
      );
    }
  }
});
