import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction, Refusal } from '#kernel';
import {
  advanceContract,
  bringIntoForce,
  commentContract,
  findUses,
  listVersions,
  proposeContract,
} from '#lists';
import { deliver, openTestLists } from '../support/lists.ts';

const context = await openTestLists({ after });
const current = context.catalogue.contracts.get('n08_penalty');
assert.ok(current !== undefined);

/** The contract in force with one optional field more. */
const extended = current.text.replace(/^version: .*$/m, 'version: 1.1.0').replace(
  /^ {4}quality:$/m,
  `      - name: hearing_held
        businessName: 是否举行听证
        logicalType: boolean
        classification: public
        customProperties:
          - { property: kind, value: boolean }
          - { property: grade, value: general }
          - { property: source, value: proposal }
    quality:`,
);
const step = (name: 'confirm' | 'review' | 'publish', hash: string, by: string) =>
  advanceContract(context, { contractId: 'n08_penalty', hash, step: name, by, partitions: 1 });

test('an additive version goes from draft to published, in order, and its column appears', async () => {
  const draft = await proposeContract(context, { text: extended, by: 'acc_a', note: '增加听证' });
  assert.equal(draft.state, 'draft');
  await commentContract(context, { contractId: 'n08_penalty', hash: draft.hash, by: 'acc_b', text: '同意' });
  await assert.rejects(step('publish', draft.hash, 'acc_c'), isRefusal('contract.wrong_state'));
  await step('confirm', draft.hash, 'acc_b');
  await step('review', draft.hash, 'acc_c');
  const published = await step('publish', draft.hash, 'acc_d');
  assert.equal(published.state, 'published');
  const columns = await inTransaction(context.database, (tx) =>
    tx.rows(
      `select 1 from information_schema.columns where table_name = 'n08_penalty_v1' and column_name = 'hearing_held'`,
    ),
  );
  assert.equal(columns.length, 1);
  const versions = await inTransaction(context.database, (tx) => listVersions(tx, 'n08_penalty'));
  assert.deepEqual(versions.map(({ state }) => state).sort(), ['published', 'withdrawn']);
});

test('the published version is in force over the file, and survives the next start', async () => {
  const catalogue = await inTransaction(context.database, (tx) =>
    bringIntoForce(tx, {
      packageFolder: 'lists',
      cityFolder: undefined,
      at: context.clock.now(),
      keys: context.keys,
    }),
  );
  assert.equal(catalogue.contracts.get('n08_penalty')?.version, '1.1.0');
});

test('a breaking version under the same major is refused with reasons and the way out', async () => {
  const breaking = current.text
    .replace(/^version: .*$/m, 'version: 1.2.0')
    .replace('name: decision_no', 'name: document_number');
  await assert.rejects(
    proposeContract(context, {
      text: breaking.replace('[decision_no]', '[document_number]'),
      by: 'acc_a',
      note: '',
    }),
    (error: Refusal) => error.code === 'contract.breaking_change' && /2\.0\.0/.test(error.toJSON().remedy.zh),
  );
});

test('changing a disclosure class takes two people', async () => {
  const loosened = extended
    .replace(/^version: .*$/m, 'version: 1.3.0')
    .replace(/( {6}- name: hearing_held[\s\S]*?grade, value: )general/, '$1important');
  const draft = await proposeContract(context, { text: loosened, by: 'acc_a', note: '' });
  const withChange = { ...context, catalogue: await withVersion(extended) };
  const advance = (name: 'confirm' | 'review' | 'publish', by: string) =>
    advanceContract(withChange, {
      contractId: 'n08_penalty',
      hash: draft.hash,
      step: name,
      by,
      partitions: 1,
    });
  await advance('confirm', 'acc_b');
  await advance('review', 'acc_c');
  await assert.rejects(advance('publish', 'acc_c'), isRefusal('contract.needs_two'));
  await assert.rejects(advance('publish', 'acc_a'), isRefusal('contract.needs_two'));
  assert.equal((await advance('publish', 'acc_d')).state, 'published');
});

test('a contract that does not hold is refused with every reason', async () => {
  const broken = current.text
    .replace('value: fine', 'value: none')
    .replace(/ {2}- \{ property: duty.*\n/, '');
  await assert.rejects(
    proposeContract(context, { text: broken, by: 'acc_a', note: '' }),
    (error: Refusal) => {
      return error.code === 'contract.not_valid' && /duty/.test(error.message);
    },
  );
});

test('what uses a contract is told before it changes', async () => {
  await deliver(context, {
    contract: 'n08_penalty',
    content: '统一社会信用代码,企业名称,行政处罚决定书文号,处罚类别,处罚决定日期\n',
  });
  const uses = await inTransaction(context.database, (tx) => findUses(tx, context, 'n08_penalty'));
  assert.deepEqual(uses.tables, ['lists.n08_penalty_v1']);
  assert.ok(uses.shadows.includes('b03_penalty_bj'));
});

function isRefusal(code: string) {
  return (error: unknown) => error instanceof Refusal && error.code === code;
}

async function withVersion(text: string) {
  const { contractFromOdcs } = await import('#lists');
  const contracts = new Map(context.catalogue.contracts);
  contracts.set('n08_penalty', contractFromOdcs(text, 'test'));
  return { ...context.catalogue, contracts };
}
