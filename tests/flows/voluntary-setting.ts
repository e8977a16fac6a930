import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { crc32, deflateSync } from 'node:zlib';
import { openReportIssuer } from '#information';
import { type EnterpriseId, inTransaction, type Refusal } from '#kernel';
import { findEnterprise, processDelivery, readReceipt, receive, requireContract } from '#lists';
import { type PledgeTemplate, readEvidenceLevels, type VoluntaryContext } from '#rights';
import type { Caller } from '#security';
import type { App } from '../../src/entry/http/app-types.ts';
import type { Node } from '../../src/entry/node.ts';
import { openVoluntary } from '../../src/entry/voluntary.ts';
import { addMandate, addParticipants, callerOf } from './consent-setting.ts';
import { addPerson, type Ending, openTestApp, openTestClock, signIn, type TestClock } from './http-node.ts';

export const CODE = '91110108MA01ABCD3L';
export const NAME = '北京甲科技有限公司';
export const BOSS = '赵一';
export const AUDITOR = callerOf({
  id: 'client:auditor',
  kind: 'institution',
  roles: ['machine'],
  participantId: 'other-bank',
});
export const CREDIT_CHINA = callerOf({
  id: 'acc_credit',
  kind: 'provider',
  roles: ['deliverer'],
  organisation: '信用中国（北京）',
});

export type Answer<Body> = { readonly status: number; readonly body: Body };
/** What a refused call answers. */
export type Refused = {
  readonly error: { readonly code: string; readonly message: { readonly zh: string } };
};

export type VoluntarySetting = {
  readonly app: App;
  readonly node: Node;
  readonly clock: TestClock;
  readonly context: VoluntaryContext;
  readonly enterpriseId: EnterpriseId;
  readonly boss: Caller;
  readonly cookie: string;
  readonly call: <Body = Refused>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    payload?: object,
  ) => Promise<Answer<Body>>;
  readonly upload: <Body = Refused>(itemId: string, name: string, bytes: Buffer) => Promise<Answer<Body>>;
};

/** A node whose register knows one enterprise by the departments' own deliveries, with its representative signed in. */
export async function openVoluntarySetting(
  t: Ending,
  settings: Readonly<Record<string, string>> = {},
): Promise<VoluntarySetting> {
  const clock = openTestClock();
  const { app, node } = await openTestApp(t, { clock, settings });
  await deliver(node, 'n01_registration', {
    统一社会信用代码: CODE,
    企业名称: NAME,
    法定代表人: BOSS,
    成立日期: '2015-03-02',
    住所: '北京市海淀区某路一号',
  });
  const enterpriseId = await inTransaction(node.database, async (tx) => {
    await addParticipants(tx);
    return (await findEnterprise(tx, CODE)).enterpriseId;
  });
  const roles = ['legal_representative'] as const;
  const accountId = await addPerson(node, { login: 'boss', kind: 'enterprise', enterpriseId, roles });
  await inTransaction(node.database, (tx) =>
    addMandate(tx, { enterpriseId, accountId, capacity: 'legal_representative', scope: [] }),
  );
  const cookie = await signIn(app, 'boss');
  const headers = { cookie, origin: node.config.publicUrl };
  const base = '/api/v1/voluntary';
  return {
    app,
    node,
    clock,
    context: openVoluntary(node),
    enterpriseId,
    cookie,
    boss: callerOf({ id: accountId, kind: 'enterprise', roles, enterpriseId }),
    call: async (method, path, payload) => {
      const answer = await app.inject({
        method,
        url: `${base}${path}`,
        headers,
        ...(payload && { payload }),
      });
      return { status: answer.statusCode, body: answer.json() };
    },
    upload: async (itemId, name, payload) => {
      const url = `${base}/items/${itemId}/attachments?name=${encodeURIComponent(name)}`;
      const answer = await app.inject({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': 'image/png' },
        payload,
      });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}

export async function deliver(node: Node, contractId: string, row: object): Promise<void> {
  const { provider } = requireContract(node.lists, contractId);
  const { deliveryNo, deliveryId } = await receive(
    node.lists,
    {
      contractId,
      provider,
      kind: 'records',
      fileName: 'one.jsonl',
      mapping: '',
      isSynthetic: false,
      receivedBy: 'test',
    },
    Readable.from([Buffer.from(`${JSON.stringify(row)}\n`)]),
  );
  await processDelivery(node.lists, deliveryNo);
  const receipt = await inTransaction(node.database, (tx) => readReceipt(tx, { delivery: deliveryId }));
  assert.equal(receipt.state, 'published', JSON.stringify([receipt.defects, receipt.refusal]));
}

/** Registered and pledged: what every filing begins with. */
export async function takePart({ call }: VoluntarySetting): Promise<void> {
  await call('POST', '/registration', { code: CODE, name: NAME, representative: BOSS });
  const { template } = (await call<{ template: PledgeTemplate }>('GET', '/pledges')).body;
  await call('POST', '/pledges', { templateHash: template.hash });
}

export const CERTIFICATE = {
  certificate_no: 'D211012345',
  certificate_name: '建筑业企业资质证书',
  certificate_class: 'qualification',
  certifier: '北京市住房和城乡建设委员会',
  certified_on: '2025-05-06',
  certified_until: '2030-05-05',
  certified_scope: '建筑工程施工总承包三级',
};

export async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'ok',
    (error: Refusal) => error.code,
  );
}

/** The node's report issuer with the levels of evidence, as compose opens it. */
export function issuerOf({ lists, policies, config }: Node) {
  return openReportIssuer({ lists, policies, config, readEvidence: readEvidenceLevels });
}

/** A grey picture of the given size, with further chunks and bytes behind its end. */
export function png(
  { width = 3, height = 2, extra = [] as [string, Buffer][], tail = Buffer.alloc(0) } = {},
  rows = Buffer.alloc((width + 1) * height, 0),
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const chunks: [string, Buffer][] = [
    ['IHDR', header],
    ...extra,
    ['IDAT', deflateSync(rows)],
    ['IEND', Buffer.alloc(0)],
  ];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks.map(chunk), tail]);
}

function chunk([type, data]: [string, Buffer]): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PDF of one empty page; `objects` are put in among its own. */
export function pdf(...objects: (string | Buffer)[]): Buffer {
  return Buffer.concat([
    Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n'),
    Buffer.from('2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n'),
    ...objects.map((object) => Buffer.concat([Buffer.from(object as string), Buffer.from('\n')])),
    Buffer.from('trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n'),
  ]);
}

export function stream(dictionary: string, text: string): Buffer {
  const data = deflateSync(Buffer.from(text));
  return Buffer.concat([
    Buffer.from(`9 0 obj\n<< ${dictionary} /Filter /FlateDecode /Length ${data.length} >>\nstream\n`),
    data,
    Buffer.from('\nendstream\nendobj'),
  ]);
}
