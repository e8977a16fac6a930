import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { type OwnLook, readOwnLooks } from '#monitoring';
import { decide } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, EnterpriseCode, Instant, nullable } from '../schemas.ts';

const Look = Type.Object({
  lookId: Type.String(),
  lookedAt: Instant,
  institution: Type.Object({
    id: Type.String(),
    name: Type.Object({ zh: Type.String(), en: Type.String() }),
  }),
  consentId: Type.String(),
  contracts: Type.Array(Type.String(), { description: '看了哪些数据集 · datasets that were looked at' }),
  runId: Type.String(),
  receiptId: Type.String({
    description: '所在日志回执，另见 GET /api/v1/receipts/{id} · the receipt whose leaf covers it',
  }),
  text: Type.String({ description: '本次查看在默克尔树中的叶 · the leaf of the look in the Merkle tree' }),
  place: Type.Integer({ description: '叶的序号，从 0 起 · its place among the leaves, from 0' }),
  leaves: Type.Integer({ description: '叶的总数 · how many leaves there are' }),
  path: Type.Array(Type.String(), {
    description:
      'RFC 6962 审计路径，十六进制，自下而上 · audit path of RFC 6962 to `merkleRoot` in the leaf, hex',
  }),
  leaf: nullable(
    Type.Object(
      {
        body: Type.String({ description: 'JSON，含 merkleRoot · with `merkleRoot`' }),
        salt: Type.String({ description: 'hex' }),
      },
      {
        description:
          '回执所承诺的内容；依法删除的为空 · what the receipt commits to; null where it was lawfully deleted',
      },
    ),
  ),
});

/** 授权下的监测查看（第 10、12 条）: an enterprise sees what was looked at for whom under its consents, each with its proof. */
export function lookRoutes(app: App, { database, clock, policies }: Node): void {
  app.get(
    '/api/v1/enterprises/:code/looks',
    {
      schema: {
        tags: ['monitoring'],
        summary:
          '凭本企业的授权监测查看了什么、为谁 · what monitoring looked at under the enterprise’s consents, and for whom',
        params: Type.Object({ code: EnterpriseCode }),
        querystring: Type.Object({ before: Type.Optional(Type.String({ pattern: '^lok_[0-9a-z]{26}$' })) }),
        response: answers(
          Type.Object({
            looks: Type.Array(Look),
            before: nullable(Type.String({ description: 'Where to go on; null: this was the last page' })),
          }),
        ),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { looks, before } = await inTransaction(database, async (tx) => {
        const { enterpriseId: subject } = await findEnterprise(tx, request.params.code);
        const asOf = { knownAt: clock.now() };
        const permit = decide(tx, policies, { caller, purpose: 'self', subject, contracts: [], asOf });
        return await readOwnLooks(tx, permit, request.query);
      });
      return { looks: looks.map(shownOf), before };
    },
  );
}

function shownOf({ institutionId: _institution, lookedAt, contracts, path, ...look }: OwnLook) {
  return { ...look, lookedAt: lookedAt.toISOString(), contracts: [...contracts], path: [...path] };
}
