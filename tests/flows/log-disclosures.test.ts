import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inTransaction, openKeyStore, proofMaker, Refusal, toEnterpriseId } from '#kernel';
import {
  type CallerFacts,
  decide,
  listAccesses,
  loadPolicies,
  newDisclosureId,
  readLogState,
  recordDisclosure,
  recordLeaf,
  refuseWithLeaf,
  requireAllowed,
} from '#security';
import { cloneDatabase } from '../support/database.ts';

const AT = new Date('2026-03-01T02:03:04.005Z');
const SUBJECT = toEnterpriseId(1001);
const OTHER = toEnterpriseId(1002);

const keyFolder = mkdtempSync(join(tmpdir(), 'keys-'));
after(() => rmSync(keyFolder, { recursive: true }));
const keys = openKeyStore(keyFolder);
const policies = loadPolicies([join(import.meta.dirname, '../../policies')]);
const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');
const CONTRACT = {
  id: 'n02_tax',
  list: 'national',
  fields: [{ name: 'grade', disclosure: 'public', grade: 'general' }],
} as const;

test('the refusal of a caller is a leaf of its own, without what was typed', async (t) => {
  const database = await cloneDatabase(t);
  const caller = proveCaller({
    id: 'acc_9',
    kind: 'reader',
    roles: [],
    organisation: null,
    participantId: null,
    enterpriseId: null,
  });
  const parts = { database, keys, clock: { now: () => AT } };
  const request = { caller, operation: 'rotateKeys', subject: SUBJECT };
  await assert.rejects(
    refuseWithLeaf(parts, request, () => Promise.resolve(requireAllowed(policies, caller, 'rotate_keys'))),
    (error) => error instanceof Refusal && error.code === 'security.not_permitted',
  );
  const rows = await inTransaction(database, (tx) =>
    tx.rows<{ kind: string; body: string; subject_id: string }>(
      'select kind, body, subject_id from security.receipts join security.leaf_bodies using (receipt_id)',
    ),
  );
  const body = {
    caller: 'acc_9',
    clause: '13',
    code: 'security.not_permitted',
    operation: 'rotateKeys',
    subject: SUBJECT,
  };
  assert.deepEqual(rows, [{ kind: 'refusal', body: JSON.stringify(body), subject_id: SUBJECT }]);
  assert.equal(await refuseWithLeaf(parts, request, () => Promise.resolve('done')), 'done');
  await assert.rejects(
    refuseWithLeaf(parts, request, () => Promise.reject(new RangeError('a fault'))),
    RangeError,
  );
  assert.equal((await readLogState(database)).waiting, 1);
});

test('what left stands in the accesses of that enterprise, newest first, with its receipt', async (t) => {
  const database = await cloneDatabase(t);
  const reader = proveCaller({
    id: 'acc_1',
    kind: 'reader',
    roles: [],
    organisation: null,
    participantId: null,
    enterpriseId: null,
  });
  const asOf = { knownAt: new Date('2026-02-28T15:59:59.999Z') };
  const disclose = (subject: typeof SUBJECT, at: Date): Promise<string> =>
    inTransaction(database, async (tx) => {
      const permit = decide(tx, policies, {
        caller: reader,
        purpose: 'public_report',
        subject,
        contracts: [CONTRACT],
        asOf,
      });
      const id = newDisclosureId(at);
      const receipt = await recordLeaf(tx, keys, { kind: 'report', at, body: { disclosure: id }, subject });
      const facts = {
        permit,
        contracts: ['n02_tax'],
        fields: { n02_tax: ['grade'] },
        contentDigest: 'sha256:00',
      };
      return await recordDisclosure(tx, { ...facts, kind: 'report', receiptId: receipt.id, at, id });
    });
  const first = await disclose(SUBJECT, AT);
  const second = await disclose(SUBJECT, new Date(AT.getTime() + 1));
  await disclose(OTHER, AT);

  const owner = proveCaller({
    id: 'acc_2',
    kind: 'enterprise',
    roles: [],
    organisation: null,
    participantId: null,
    enterpriseId: SUBJECT,
  });
  await inTransaction(database, async (tx) => {
    const own = decide(tx, policies, {
      caller: owner,
      purpose: 'self',
      subject: SUBJECT,
      contracts: [],
      asOf,
    });
    const accesses = await listAccesses(tx, own);
    assert.deepEqual(
      accesses.map(({ id }) => id),
      [second, first],
    );
    const [latest] = accesses;
    assert(latest !== undefined);
    assert.deepEqual(
      [latest.operator, latest.purpose, latest.kind, latest.contracts, latest.knownAt, latest.policyHash],
      ['acc_1', 'public_report', 'report', ['n02_tax'], asOf.knownAt, policies.hash],
    );
    assert.match(latest.receiptId, /^rcp_/);
    assert.deepEqual(
      (await listAccesses(tx, own, { limit: 5, before: second })).map(({ id }) => id),
      [first],
    );
    const others = decide(tx, policies, {
      caller: reader,
      purpose: 'public_report',
      subject: SUBJECT,
      contracts: [CONTRACT],
      asOf,
    });
    await assert.rejects(listAccesses(tx, others), Refusal);
    const beyond = {
      permit: others,
      kind: 'report',
      contracts: ['n02_tax'],
      contentDigest: 'sha256:00',
      receiptId: 'rcp_1',
      at: AT,
    } as const;
    await assert.rejects(
      recordDisclosure(tx, { ...beyond, fields: { n02_tax: ['turnover'] } }),
      /not permitted/,
    );
  });
});
