import { Type } from 'typebox';
import { inTransaction, rootsOf } from '#kernel';
import { type VerifiedReport, verifyReportFile } from '#information';
import { ITEM_WORDS, readRecordStandings } from '#rights';
import { readReceipt } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { answers, Instant, nullable, toWire } from '../schemas.ts';

const Statement = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  at: Type.String(),
  leafHash: Type.String(),
  promiseMs: Type.Integer(),
  suite: Type.String(),
  kid: Type.String(),
  signature: Type.String(),
  group: Type.Optional(
    Type.Object(
      { index: Type.Integer(), size: Type.Integer(), hashes: Type.Array(Type.String()) },
      { description: 'One signature for several receipts: the place of this one among them' },
    ),
  ),
});
const Inclusion = Type.Object({
  index: Type.Integer(),
  size: Type.Integer(),
  hashes: Type.Array(Type.String({ description: 'base64' })),
  checkpoint: Type.String({ description: 'C2SP signed note' }),
});
const Verified = Type.Object({
  form: Type.String(),
  number: Type.String(),
  enterpriseName: Type.String(),
  issuedAt: Type.String(),
  asOf: Type.String(),
  validUntil: Type.String(),
  nodeName: Type.String(),
  isSynthetic: Type.Boolean(),
  kid: Type.String(),
  hash: Type.String(),
  objections: Type.Array(
    Type.Object({
      recordId: Type.String(),
      contract: Type.String(),
      ground: Type.String(),
      state: Type.Enum(['submitted', 'checking', 'forwarded', 'upheld', 'rejected', 'review_asked']),
      stateWords: Type.Object({ zh: Type.String(), en: Type.String() }),
      outcome: nullable(Type.Enum(['corrected', 'annulled', 'withheld', 'expired'])),
      appliedAt: Instant,
      decidedAt: nullable(Instant),
      statement: nullable(Type.String({ description: '企业声明 · what the enterprise says of it' })),
    }),
    { description: '报告所载记录的异议，不含值 · objections to records in the report, without any value' },
  ),
});
const Key = Type.Object({ kid: Type.String(), use: Type.String() }, { additionalProperties: true });

/** What anyone can check without an account: a receipt, a report file, the keys to check them with. */
export function proofRoutes(app: App, node: Node): void {
  const tags = ['proofs'];
  app.get(
    '/api/v1/receipts/:id',
    {
      schema: {
        tags,
        summary: '日志回执与包含证明 · receipt with its inclusion proof',
        params: Type.Object({ id: Type.String({ pattern: '^rcp_[0-9a-z]{26}$' }) }),
        response: answers(Type.Object({ receipt: Statement, included: nullable(Inclusion) })),
      },
    },
    async (request) => {
      const { receipt, included } = await readReceipt(node.database, request.params.id);
      if (included === undefined) return { receipt, included: null };
      const { index, size, hashes } = included.proof;
      const texts = hashes.map((hash) => Buffer.from(hash).toString('base64'));
      return { receipt, included: { index, size, hashes: texts, checkpoint: included.checkpoint } };
    },
  );
  app.get(
    '/.well-known/jwks.json',
    {
      schema: {
        tags,
        summary: '节点公钥 · public keys of the node',
        response: answers(Type.Object({ keys: Type.Array(Key) })),
      },
    },
    async () => ({ keys: publicKeys(node) }),
  );
  app.register(async (scope: App) => verificationRoute(scope, node));
}

/** Retired keys too: they verify what they signed. The current one is made on first use, and published before it. */
function publicKeys(node: Node) {
  return (['report', 'receipt', 'log'] as const).flatMap((use) => {
    node.keys.get(use);
    return node.keys.all(use).map(({ publicJwk, kid }) => ({ ...publicJwk, kid, use }));
  });
}

/** The file is the body; it is looked at in memory and not kept. */
function verificationRoute(app: App, node: Node): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post(
    '/api/v1/reports/verify',
    {
      bodyLimit: HTTP_LIMITS.reportBytesMax,
      config: { rateLimit: { max: HTTP_LIMITS.verificationsPerMinuteMax, timeWindow: '1 minute' } },
      schema: {
        tags: ['proofs'],
        summary: '核验报告文件 · check a report file',
        response: answers(Verified),
      },
    },
    async (request) => {
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const trust = { keys: node.keys.all('report'), roots: rootsOf(node.config.keysFolder) };
      const { form, payload, kid, hash } = await verifyReportFile(bytes, trust);
      const { number, enterpriseName, issuedAt, asOf, validUntil, nodeName, syntheticNotice } = payload.cover;
      const isSynthetic = syntheticNotice !== null;
      const shown = { form, number, enterpriseName, issuedAt, asOf, validUntil, nodeName, isSynthetic };
      return { ...shown, kid, hash, objections: await objectionsTo(node, payload) };
    },
  );
}

/** Whoever holds a genuine report sees what has become of the records in it. */
async function objectionsTo({ database }: Node, { details }: VerifiedReport['payload']) {
  const recordIds = details.flatMap(({ datasets }) =>
    datasets.flatMap(({ records }) => records.map(({ recordId }) => recordId)),
  );
  const found = await inTransaction(database, (tx) => readRecordStandings(tx, recordIds), 'snapshot');
  return toWire(found.map((one) => ({ ...one, stateWords: ITEM_WORDS[one.state] })));
}
