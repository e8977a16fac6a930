import assert from 'node:assert';
import { Type } from 'typebox';
import { inTransaction, type Tx } from '#kernel';
import {
  type EnterpriseIdentity,
  findEnterprise,
  readEnterprise,
  searchEnterprises,
  sizeLabel,
} from '#lists';
import {
  type CallerDescription,
  countSearch,
  describeCallers,
  readParticipants,
  requireSearchAllowed,
} from '#platform';
import { readUnusedSince } from '#returns';
import {
  type AccessPage,
  type Caller,
  decide,
  listAccesses,
  listRefusedAttempts,
  type Permit,
} from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { httpRefusal } from '../http-refusals.ts';
import { answers, EnterpriseCode, Instant, nullable, toWire } from '../schemas.ts';

/** Public facts of identity; the register's internal number is not among them. */
const Enterprise = Type.Object({
  code: nullable(Type.String()),
  checksumOk: Type.Boolean(),
  name: Type.String(),
  formerNames: Type.Array(Type.String()),
  standing: Type.String(),
  kind: Type.String(),
  sizeClass: Type.String(),
});
const Access = Type.Object({
  id: Type.String(),
  at: Instant,
  kind: Type.String(),
  purpose: Type.String(),
  by: Type.Object({ zh: Type.String(), en: Type.String() }, { description: 'The organisation that looked' }),
  operator: nullable(Type.String({ description: 'The person, as the institution names it' })),
  institution: nullable(Type.String()),
  branch: nullable(Type.String()),
  platform: nullable(Type.String()),
  consentId: nullable(Type.String()),
  application: nullable(Type.String()),
  contracts: Type.Array(Type.String()),
  asOf: Instant,
  policyHash: Type.String(),
  contentDigest: Type.String(),
  receiptId: Type.String(),
  unusedSince: nullable(
    Type.Unsafe<string>({
      ...Instant,
      description:
        '查而未用：自何时认定 · since when it counts as unused: no use, application or loan was reported in time',
    }),
  ),
});
const Refused = Type.Object(
  {
    receiptId: Type.String(),
    at: Instant,
    code: Type.String(),
    clause: Type.String(),
    operation: Type.String(),
    purpose: nullable(Type.String()),
    institution: nullable(Type.String()),
    platform: nullable(Type.String()),
    contracts: Type.Array(Type.String()),
  },
  { description: 'An attempt that was refused: what was asked for, never whether there were data' },
);
const Code = Type.Object({ code: EnterpriseCode });

/** Finding an enterprise, and who learnt what of it. */
export function enterpriseRoutes(app: App, node: Node): void {
  const tags = ['enterprises'];
  app.get(
    '/api/v1/enterprises',
    {
      schema: {
        tags,
        summary: '查企业：完整代码或名称至少四个字 · whole code, or at least four characters of a name',
        querystring: Type.Object({ q: Type.String({ minLength: 1, maxLength: 120 }) }),
        response: answers(Type.Object({ enterprises: Type.Array(Enterprise) })),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      requireSearchAllowed(await inTransaction(node.database, (tx) => countSearch(tx, node.clock, caller)));
      const found = await inTransaction(
        node.database,
        (tx) => searchEnterprises(tx, request.query.q),
        'snapshot',
      );
      return { enterprises: found.map(toAnswer) };
    },
  );
  app.get(
    '/api/v1/enterprises/self',
    {
      schema: { tags, summary: '本企业 · the enterprise the caller acts for', response: answers(Enterprise) },
    },
    async (request) => {
      const { enterpriseId } = callerOf(request);
      if (enterpriseId === null) throw httpRefusal('request.no_own_enterprise');
      return toAnswer(
        await inTransaction(node.database, (tx) => readEnterprise(tx, enterpriseId), 'snapshot'),
      );
    },
  );
  app.get(
    '/api/v1/enterprises/:code/accesses',
    {
      schema: {
        tags,
        summary: '谁查过 · who learnt what of it',
        params: Code,
        querystring: Type.Object({ before: Type.Optional(Type.String({ pattern: '^dsc_[0-9a-z]{26}$' })) }),
        response: answers(Type.Object({ accesses: Type.Array(Access), refused: Type.Array(Refused) })),
      },
    },
    async (request) => {
      const { before } = request.query;
      const page = { limit: HTTP_LIMITS.linesMax, ...(before === undefined ? {} : { before }) };
      const asked = { caller: callerOf(request), code: request.params.code, page };
      return await inTransaction(node.database, (tx) => readAccesses(tx, node, asked));
    },
  );
}

type AskedAccesses = { caller: Caller; code: string; page: AccessPage };

async function readAccesses(tx: Tx, node: Node, { caller, code, page }: AskedAccesses) {
  const permit = await permitAccesses(tx, node, { caller, code });
  const accesses = await listAccesses(tx, permit, page);
  const callers = await describeCallers(
    tx,
    accesses.map(({ operator }) => operator),
  );
  const institutions = await readParticipants(
    tx,
    accesses.flatMap(({ institution }) => institution ?? []),
  );
  const unusedSince = await readUnusedSince(
    tx,
    permit,
    accesses.map(({ id }) => id),
  );
  const refused = await listRefusedAttempts(tx, permit, { limit: page.limit });
  return {
    accesses: accesses.map(({ operator, ...access }) => ({
      ...toWire(access),
      operator: access.institution === null ? null : operator,
      by: institutions.get(access.institution ?? '')?.name ?? nameOf(callers, operator),
      unusedSince: unusedSince.get(access.id)?.toISOString() ?? null,
    })),
    refused: refused.map((attempt) => toWire(attempt)),
  };
}

function nameOf(callers: ReadonlyMap<string, CallerDescription>, id: string): CallerDescription {
  const found = callers.get(id);
  assert(found !== undefined, 'every id that was asked for is described');
  return found;
}

/** The enterprise asks for itself, anyone else for the node's duty; the policy says who may. */
async function permitAccesses(
  tx: Tx,
  node: Node,
  { caller, code }: { caller: Caller; code: string },
): Promise<Permit> {
  const { enterpriseId } = await findEnterprise(tx, code);
  return decide(tx, node.policies, {
    caller,
    purpose: caller.kind === 'enterprise' ? 'self' : 'operate',
    subject: enterpriseId,
    contracts: [],
    asOf: { knownAt: node.clock.now() },
  });
}

function toAnswer({ code, checksumOk, name, formerNames, standing, kind, sizeClass }: EnterpriseIdentity) {
  return {
    code,
    checksumOk,
    name,
    formerNames: [...formerNames],
    standing,
    kind,
    sizeClass: sizeLabel(sizeClass),
  };
}
