import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BATCH_LIMITS,
  findOpenFiles,
  requireQueryFile,
  runDueFiles,
  runQueryFile,
  sweepQueryFiles,
} from '#information';
import { inTransaction } from '#kernel';
import { disableClient } from '#platform';
import { openQueryFiles } from '../../src/entry/query-files.ts';
import { serve } from '../../src/entry/serve.ts';
import { actingOn, getToken, openBank, registerBank } from '../support/oidc-client.ts';
import { CODE, OTHER_CODE } from './consent-setting.ts';
import { basic, endingOf } from './http-node.ts';
import {
  disclosuresSince,
  fetchFile,
  givenConsent,
  handedIn,
  handIn,
  lineOf,
  linesOf,
  type Mark,
  markOf,
  ndjson,
  openBatchSetting,
  refusalsSince,
  revoke,
  tokenFor,
} from './query-batch-setting.ts';

const CHILD = join(import.meta.dirname, '..', 'support', 'query-file-process.ts');
const setting = await openBatchSetting(endingOf(after));
const { app, node, bank, otherBank } = setting;
const context = openQueryFiles(node);
const fetched = async (fileId: string) => await linesOf(await fetchFile(setting, bank, fileId));
const codeOf = async (answer: Response) =>
  ((await answer.json()) as { error?: { code: string } }).error?.code;

let mark: Mark;
beforeEach(async () => {
  mark = await markOf(setting);
});

describe('a query file for the night', () => {
  it('is taken in, waits, runs when it is due and is fetched, refused lines included', async () => {
    const [one, two] = [await givenConsent(setting), await givenConsent(setting, OTHER_CODE)];
    const body = ndjson([
      lineOf(one, { line: '甲' }),
      lineOf(two, { enterprise: OTHER_CODE }),
      lineOf(one, { purpose: 'curiosity' }),
      lineOf(one, { idempotencyKey: randomUUID() }),
      lineOf(two, { line: 'wrong enterprise' }),
    ]);
    const { fileId, lines, state, dueAt } = await handedIn(setting, body);
    assert.deepEqual([lines, state], [5, 'received']);
    assert.match(dueAt, /T17:00:00\.000Z$/);
    await runDueFiles(context);
    const early = await fetchFile(setting, bank, fileId);
    assert.equal(early.status, 202);
    assert.partialDeepStrictEqual(await early.json(), { fileId, state: 'received', answered: 0 });
    const night = { now: () => new Date(dueAt) };
    await runDueFiles({ ...context, clock: night });
    const answers = await fetched(fileId);
    assert.deepEqual(
      answers.map(({ ref, answer, refusal }) => [ref, answer?.enterprise.code ?? refusal?.code]),
      [
        ['甲', CODE],
        ['2', OTHER_CODE],
        ['3', 'query_batch.line_malformed'],
        ['4', 'query_batch.line_malformed'],
        ['wrong enterprise', 'policy.consent_missing'],
      ],
    );
    const ids = answers.flatMap(({ answer }) => answer?.disclosureId ?? []);
    assert.deepEqual(ids.sort(), await disclosuresSince(setting, mark));
    assert.deepEqual(await refusalsSince(setting, mark), ['policy.consent_missing']);
    await runQueryFile(context, fileId);
    assert.equal((await disclosuresSince(setting, mark)).length, 2, 'a file that is done is not run again');
  });

  it('comes as CSV in GB18030 with a Chinese header as well', async () => {
    const consentId = await givenConsent(setting);
    const head = encodeGb('统一社会信用代码,授权编号,用途,目录编号,申请编号,经办人,行号');
    const row = encodeGb(`${CODE},${consentId},loan_origination,b24_subsidy n08_penalty,LN-1,客户经理,行一`);
    const broken = encodeGb(`${CODE},${consentId},loan_origination,,LN-1,客户经理,行二`);
    const body = Buffer.concat([head, row, broken]);
    const { fileId } = await handedIn(setting, new Uint8Array(body));
    await runQueryFile(context, fileId);
    const answers = await fetched(fileId);
    assert.deepEqual(
      answers.map(({ ref, refusal }) => [ref, refusal?.code]),
      [
        ['行一', undefined],
        ['行二', 'query_batch.line_malformed'],
      ],
    );
    const answer = await handIn(setting, bank, { body: '统一社会信用代码,授权编号\n1,2\n' });
    assert.deepEqual([answer.status, await codeOf(answer)], [422, 'query_file.header']);
    const empty = await handIn(setting, bank, { body: '' });
    assert.equal(await codeOf(empty), 'file.empty');
  });

  it('judges consent when it runs and again when the answer leaves', async () => {
    const [gone, later] = [await givenConsent(setting), await givenConsent(setting)];
    const { fileId } = await handedIn(setting, ndjson([lineOf(gone), lineOf(later)]));
    await revoke(setting, gone);
    await runQueryFile(context, fileId);
    const codes = async () => (await fetched(fileId)).map(({ refusal }) => refusal?.code);
    assert.deepEqual(await codes(), ['policy.consent_revoked', undefined]);
    assert.equal((await disclosuresSince(setting, mark)).length, 1);
    await revoke(setting, later);
    assert.deepEqual(await codes(), ['policy.consent_revoked', 'policy.consent_revoked']);
  });

  it('gives the answer of a consent that it used up', async () => {
    const once = await givenConsent(setting, CODE, { fetch: 'once', frequency: undefined });
    const { fileId } = await handedIn(setting, ndjson([lineOf(once), lineOf(once, { application: 'LN-2' })]));
    await runQueryFile(context, fileId);
    const codes = (await fetched(fileId)).map(({ refusal }) => refusal?.code ?? 'ok');
    assert.match(codes.sort().join(' '), /^(consent\.used_up ok|ok policy\.consent_exhausted)$/);
  });

  it('is unknown to another institution, like one that is not there', async () => {
    const consentId = await givenConsent(setting);
    const { fileId } = await handedIn(setting, ndjson([lineOf(consentId)]));
    await runQueryFile(context, fileId);
    for (const id of [fileId, `qfl_${'0'.repeat(26)}`]) {
      const answer = await fetchFile(setting, otherBank, id);
      assert.deepEqual([answer.status, await codeOf(answer)], [404, 'query_file.unknown']);
    }
  });

  it('is handed in by programs alone, under a token that names no consent', async () => {
    const consentId = await givenConsent(setting);
    const body = ndjson([lineOf(consentId)]);
    const named = await handIn(setting, bank, { body, token: await tokenFor(bank, [consentId]) });
    assert.deepEqual([named.status, await codeOf(named)], [403, 'query_file.token_of_consents']);
    const person = await app.inject({
      method: 'PUT',
      url: '/api/v1/query-files',
      headers: { authorization: basic('inquirer'), 'idempotency-key': randomUUID() },
      payload: body,
    });
    assert.equal(person.json().error.code, 'query_file.programs_only');
  });

  it('is one file under one key, and is not stored or logged in the clear', async () => {
    const consentId = await givenConsent(setting);
    const body = ndjson([lineOf(consentId, { operator: '赵钱孙' })]);
    const key = randomUUID();
    const file = async (text: string) => {
      const answer = await handIn(setting, bank, { body: text, key });
      return (await answer.json()) as { fileId?: string; digest?: string; error?: { code: string } };
    };
    const first = await file(body);
    assert.deepEqual(await file(body), first);
    assert.equal(first.digest, createHash('sha256').update(body).digest('hex'));
    assert.equal((await file(`${body}\n`)).error?.code, 'idempotency.other_request');
    await runQueryFile(context, first.fileId ?? '');
    const rows = await inTransaction(node.database, (tx) =>
      tx.rows(
        `select p.*, f.* from information.query_file_pages p join information.query_files f using (file_id)`,
      ),
    );
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(`赵钱孙|${consentId}|${CODE}`));
  });

  it('asks nothing more for a client that was disabled before it ran', async () => {
    const short = await openBank(
      `${setting.publicUrl}/oidc`,
      await registerBank(node, { clientId: 'short-lived', participantId: 'bank' }),
    );
    const body = ndjson([lineOf(await givenConsent(setting))]);
    const answer = await handIn(setting, short, { body, token: await getToken(short) });
    const { fileId } = (await answer.json()) as { fileId: string };
    await inTransaction(node.database, (tx) => disableClient(tx, actingOn(node), 'short-lived'));
    await runQueryFile(context, fileId);
    const [line] = await fetched(fileId);
    assert.equal(line?.refusal?.code, 'query_file.client_ended');
    assert.deepEqual(await disclosuresSince(setting, mark), []);
  });

  it('is taken up where a killed process left it, each line asked once', async () => {
    const count = 6 * BATCH_LIMITS.pageLines;
    const consents: string[] = [];
    for (let at = 0; at < count / 24; at += 1) consents.push(await givenConsent(setting));
    const body = ndjson(
      Array.from({ length: count }, (_, at) =>
        lineOf(consents[at % consents.length] ?? '', { application: `LN-${at}` }),
      ),
    );
    const { fileId } = await handedIn(setting, body);
    const child = spawn(process.execPath, [CHILD, node.database.url, node.config.keysFolder, fileId], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(child.stdout)) if (line === 'page 2') child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL');
    const before = await disclosuresSince(setting, mark);
    assert.ok(before.length >= 2 * BATCH_LIMITS.pageLines && before.length < count, String(before.length));
    assert.ok((await findOpenFiles(node)).includes(fileId));
    await runQueryFile(context, fileId);
    const ids = (await fetched(fileId)).map(({ answer }) => answer?.disclosureId).sort();
    assert.deepEqual(ids, await disclosuresSince(setting, mark));
    assert.equal(new Set(ids).size, count);
    assert.ok(before.every((id) => ids.includes(id)));
  });

  it('that a crash left is taken up by the worker that starts next', async () => {
    const { fileId } = await handedIn(setting, ndjson([lineOf(await givenConsent(setting))]));
    await inTransaction(node.database, (tx) =>
      tx.rows(
        `update information.query_files set state = 'running', due_at = now() - interval '1 hour', begun_at = now()
         where file_id = $1`,
        [fileId],
      ),
    );
    const serving = await serve(node, { http: false, worker: true });
    try {
      let state: string = 'running';
      for (let looks = 0; looks < 400 && state !== 'done'; looks += 1) {
        await delay(50);
        ({ state } = await requireQueryFile(context, { fileId }));
      }
      assert.equal(state, 'done');
    } finally {
      await serving.stop();
    }
    assert.equal((await disclosuresSince(setting, mark)).length, 1);
  });

  it('is run by two processes at once without a second disclosure', async () => {
    const consentId = await givenConsent(setting);
    const body = ndjson(
      Array.from({ length: 25 }, (_, at) => lineOf(consentId, { application: `LN-${at}` })),
    );
    const { fileId } = await handedIn(setting, body);
    await Promise.all([runQueryFile(context, fileId), runQueryFile(context, fileId)]);
    assert.equal((await disclosuresSince(setting, mark)).length, 25);
    const [file] = await inTransaction(node.database, (tx) =>
      tx.rows<{ answered: number; refused: number }>(
        'select answered, refused from information.query_files where file_id = $1',
        [fileId],
      ),
    );
    assert.deepEqual(file, { answered: 25, refused: 0 });
  });

  it('is destroyed with its key after its days', async () => {
    const { fileId } = await handedIn(setting, ndjson([lineOf(await givenConsent(setting))]));
    await runQueryFile(context, fileId);
    assert.equal(await sweepQueryFiles(node.database, node.clock), 0);
    const later = { now: () => new Date(node.clock.now().getTime() + BATCH_LIMITS.fileKeepMs) };
    assert.ok((await sweepQueryFiles(node.database, later)) > 0);
    const answer = await fetchFile(setting, bank, fileId);
    assert.deepEqual([answer.status, await codeOf(answer)], [404, 'query_file.unknown']);
    const keys = await inTransaction(node.database, (tx) =>
      tx.rows('select 1 from kernel.data_keys where owner = $1 and wrapped is not null', [`file:${fileId}`]),
    );
    assert.deepEqual(keys, []);
  });

  it('waits with at most so many others of its participant', async () => {
    const body = ndjson([lineOf(await givenConsent(setting))]);
    const open = (await findOpenFiles(node)).length;
    for (let at = open; at < BATCH_LIMITS.filesWaitingMax; at += 1) await handedIn(setting, body);
    const answer = await handIn(setting, bank, { body });
    assert.deepEqual([answer.status, await codeOf(answer)], [429, 'query_file.too_many_waiting']);
  });
});

/** One row with its line end. The runtime decodes GB18030 and does not encode it: the table is made by decoding. */
function encodeGb(text: string): Buffer {
  return Buffer.concat([...`${text}\n`].map((character) => GB.get(character) ?? Buffer.from(character)));
}

const GB = gbTable();
function gbTable(): Map<string, Buffer> {
  const decoder = new TextDecoder('gb18030');
  const table = new Map<string, Buffer>();
  for (let high = 0x81; high <= 0xfe; high += 1)
    for (let low = 0x40; low <= 0xfe; low += 1) {
      const bytes = Buffer.from([high, low]);
      table.set(decoder.decode(bytes), bytes);
    }
  return table;
}
