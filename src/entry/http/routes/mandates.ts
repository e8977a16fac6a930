import { type Static, Type } from 'typebox';
import { beginningOfBeijingDate, endOfBeijingDate, inTransaction, openFieldCipher, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import {
  CAPACITIES,
  confirmMandate,
  endMandate,
  enterMandate,
  grantMandate,
  listMandates,
  MANDATE_SCOPES,
  type MandateActing,
  type OfMandate,
} from '#platform';
import type { FastifyRequest } from 'fastify';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, Day, EnterpriseCode, Instant, nullable, toWire } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const tags = ['mandates'];

const MANDATE_STATES = ['pending', 'not_yet', 'active', 'expired', 'frozen', 'ended'] as const;
const Scope = Type.Array(Type.Enum([...MANDATE_SCOPES]), { maxItems: MANDATE_SCOPES.length });
const Listed = Type.Object({
  mandateId: Type.String(),
  login: Type.String(),
  capacity: Type.Enum([...CAPACITIES]),
  scope: Scope,
  validFrom: Instant,
  validTo: nullable(Instant),
  state: Type.Enum([...MANDATE_STATES]),
  via: Type.Enum(['paper', 'online']),
  grantedBy: Type.String(),
});
const PERSON = {
  login: Type.String({ minLength: 2, maxLength: 64 }),
  validFrom: Type.Optional(Day),
  idNumber: Type.Optional(
    Type.String({ pattern: '^[0-9A-Za-z]{6,20}$', description: '证件号码，密封保存，不再显示' }),
  ),
};
/** Online, by the legal representative to an agent. */
const Online = Type.Object({ ...PERSON, scope: Scope, validTo: Day }, strict);
/** From paper, by an admission officer; a second one confirms it. */
const Paper = Type.Object(
  {
    ...PERSON,
    capacity: Type.Enum([...CAPACITIES]),
    scope: Type.Optional(Scope),
    validTo: Type.Optional(Day),
    documentDigest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  strict,
);
const Code = Type.Object({ code: EnterpriseCode });
const One = Type.Object({ code: EnterpriseCode, id: Type.String({ pattern: '^mdt_[0-9a-z]{26}$' }) });
const Done = answers(Type.Object({ mandateId: Type.String() }));

/** 经办授权书: who may act for an enterprise. */
export function mandateRoutes(app: App, node: Node): void {
  const cipher = openFieldCipher(node.config.keysFolder, node.config.suite);
  app.get(
    '/api/v1/enterprises/:code/mandates',
    {
      schema: {
        tags,
        summary: '授权书 · who may act for the enterprise',
        params: Code,
        response: answers(Type.Object({ mandates: Type.Array(Listed) })),
      },
    },
    async (request) => {
      const asking = { caller: callerOf(request), policies: node.policies, at: node.clock.now() };
      const mandates = await inTransaction(
        node.database,
        async (tx) => {
          const { enterpriseId } = await findEnterprise(tx, request.params.code);
          return await listMandates(tx, asking, enterpriseId);
        },
        'snapshot',
      );
      return { mandates: toWire(mandates.map((mandate) => ({ ...mandate, scope: [...mandate.scope] }))) };
    },
  );
  const actingOf = (request: FastifyRequest): MandateActing => {
    const { policies, clock, keys } = node;
    return { caller: callerOf(request), policies, clock, keys, cipher };
  };
  grantRoute(app, node, actingOf);
  settleRoutes(app, node, actingOf);
}

type ActingOf = (request: FastifyRequest) => MandateActing;

function grantRoute(app: App, node: Node, actingOf: ActingOf): void {
  app.post(
    '/api/v1/enterprises/:code/mandates',
    {
      schema: {
        tags,
        summary: '授权经办人，或录入纸质授权书 · grant online, or enter paper for a second person to confirm',
        params: Code,
        body: Type.Union([Online, Paper]),
        response: Done,
      },
    },
    async (request) => {
      const acting = actingOf(request);
      const mandateId = await inTransaction(node.database, (tx) => grantOrEnter(tx, acting, request));
      return { mandateId };
    },
  );
}

async function grantOrEnter(
  tx: Tx,
  acting: MandateActing,
  { params, body }: { params: { code: string }; body: Static<typeof Online> | Static<typeof Paper> },
): Promise<string> {
  const { enterpriseId } = await findEnterprise(tx, params.code);
  const { login, validFrom, validTo, idNumber = null, scope = [] } = body;
  const request = {
    enterpriseId,
    login,
    scope,
    idNumber,
    validFrom: validFrom === undefined ? acting.clock.now() : beginningOfBeijingDate(validFrom),
    validTo: validTo === undefined ? null : endOfBeijingDate(validTo),
  };
  if (!('documentDigest' in body)) return await grantMandate(tx, acting, request);
  const { capacity, documentDigest } = body;
  return await enterMandate(tx, acting, { ...request, capacity, documentDigest });
}

function settleRoutes(app: App, node: Node, actingOf: ActingOf): void {
  const settle = async (
    request: FastifyRequest & { params: Static<typeof One> },
    act: (tx: Tx, acting: MandateActing, of: OfMandate) => Promise<void>,
  ) => {
    const { code, id: mandateId } = request.params;
    await inTransaction(node.database, async (tx) => {
      const { enterpriseId } = await findEnterprise(tx, code);
      await act(tx, actingOf(request), { enterpriseId, mandateId });
    });
    return { mandateId };
  };
  app.post(
    '/api/v1/enterprises/:code/mandates/:id/confirm',
    {
      schema: {
        tags,
        summary: '确认：新法定代表人确认，或复核纸质授权 · confirm a frozen or an entered mandate',
        params: One,
        response: Done,
      },
    },
    async (request) => await settle(request, confirmMandate),
  );
  app.delete(
    '/api/v1/enterprises/:code/mandates/:id',
    { schema: { tags, summary: '终止授权 · end a mandate', params: One, response: Done } },
    async (request) => await settle(request, endMandate),
  );
}
