import { join } from 'node:path';
import { Type } from 'typebox';
import {
  factsOf,
  gradeReader,
  listWhitelistVersions,
  loadIndexSystems,
  loadWhitelists,
  readChanges,
  readMemberships,
  readSnapshot,
  REASON_WORDS,
  setParticipation,
  WHITELIST_LIMITS,
  type WhitelistsContext,
} from '#evaluation';
import { inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { proveAdmission } from '#platform';
import { type Caller, decide } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, Day, EnterpriseCode, Instant, nullable, toWire } from '../schemas.ts';
import { ParticipantId } from './ask-schemas.ts';

const tags = ['whitelists'];
const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const ListId = Type.String({ pattern: '^[a-z][a-z0-9_]{2,59}$' });
const OfList = Type.Object({ id: ListId });
const Cursor = Type.String({ pattern: '^[0-9]{1,9}\\.[0-9]{1,9}$', examples: ['3.120'] });
const Reason = Type.Enum([
  ...([
    'rule_not_met',
    'excluded',
    'data_gone',
    'expired',
    'withdrawn',
    'review_rejected',
    'outside_slice',
  ] as const),
]);

const Whitelist = Type.Object({
  id: Type.String(),
  version: Type.String(),
  rules: Type.String({ description: 'Hash of the rules; names this version for ever' }),
  name: Words,
  purpose: Words,
  basis: Type.Array(Type.String()),
  conditions: Type.Array(Words),
  exclusions: Type.Array(Words),
  gradeAtLeast: nullable(Type.String()),
  validityDays: Type.Integer(),
  publishedAt: nullable(Instant),
});

const ROW = {
  disclosureId: Type.String({ description: 'Outcomes of what came of it refer to this' }),
  code: nullable(Type.String()),
  name: Type.String(),
  validUntil: nullable(Day),
};
const Snapshot = Type.Object({
  content: Type.Object({
    format: Type.Literal('xinqiao.whitelist/1'),
    list: Type.String(),
    rules: Type.String(),
    institution: Type.String(),
    issuedAt: Instant,
    cursor: Type.String(),
    members: Type.Array(Type.Object(ROW)),
  }),
  hash: Type.String({ description: 'SHA-256 of the canonical form (RFC 8785) of content, hex' }),
  jws: Type.String({
    description: 'Detached JWS over the same bytes (RFC 7515, Appendix F), key of use report',
  }),
});
const Changes = Type.Object({
  changes: Type.Array(
    Type.Object({
      ...ROW,
      change: Type.Enum(['added', 'renewed', 'left']),
      reason: nullable(Type.Object({ code: Reason, zh: Type.String(), en: Type.String() })),
      at: Instant,
    }),
  ),
  cursor: Type.String(),
  isComplete: Type.Boolean(),
});
const Membership = Type.Object({
  list: Type.String(),
  name: Words,
  purpose: Words,
  isMember: Type.Boolean(),
  takesPart: Type.Boolean(),
  history: Type.Array(
    Type.Object({
      state: Type.Enum(['reviewed', 'valid', 'left', 'dropped']),
      from: Instant,
      to: nullable(Instant),
      validUntil: nullable(Day),
      reason: nullable(Type.Object({ code: Reason, zh: Type.String(), en: Type.String() })),
      rules: Type.Array(Words),
    }),
  ),
  told: Type.Array(
    Type.Object({
      institution: Type.String(),
      change: Type.String(),
      at: Instant,
      disclosureId: Type.String(),
    }),
  ),
});

/** 白名单（第 9 条）: the rules for anyone, a list for whom it is pushed to, its own membership for an enterprise. */
export function whitelistRoutes(app: App, node: Node): void {
  const context = openWhitelists(node);
  rulesRoute(app, context);
  receivingRoutes(app, context);
  ownRoutes(app, context);
}

/** Files of the package and the city, with what they are checked against. */
export function openWhitelists(node: Node): WhitelistsContext {
  const { database, clock, keys, policies, lists, config, evaluation } = node;
  const { book } = evaluation;
  const city = config.definitionsFolder === undefined ? [] : [config.definitionsFolder];
  const folders = [join(config.packageFolder, 'models'), ...city];
  const systems = folders.map((folder) => join(folder, 'index-systems'));
  const { gradings } = loadIndexSystems(systems, factsOf(book));
  const whitelists = loadWhitelists(folders, { book, gradings });
  const readGrades = gradeReader(gradings);
  return {
    database,
    clock,
    keys,
    policies,
    catalogue: lists.catalogue,
    book,
    gradings,
    whitelists,
    readGrades,
  };
}

function rulesRoute(app: App, { database }: WhitelistsContext): void {
  app.get(
    '/api/v1/whitelists',
    {
      schema: {
        tags,
        summary: '现行白名单及其规则 · the whitelists in force and their rules',
        response: answers(Type.Object({ whitelists: Type.Array(Whitelist) })),
      },
    },
    async () => {
      const versions = await inTransaction(database, (tx) => listWhitelistVersions(tx), 'snapshot');
      const inForce = versions.filter(({ state }) => state === 'published');
      return {
        whitelists: inForce.map(({ listId: id, version, rulesHash: rules, definition, publishedAt }) => ({
          id,
          version,
          rules,
          name: definition.name,
          purpose: definition.purpose,
          basis: [...definition.basis],
          conditions: definition.rules.map(({ name }) => name),
          exclusions: definition.exclusions.map(({ name }) => name),
          gradeAtLeast: definition.gradeAtLeast?.grade ?? null,
          validityDays: definition.validityDays,
          publishedAt: publishedAt?.toISOString() ?? null,
        })),
      };
    },
  );
}

const Of = {
  institution: Type.Optional(ParticipantId),
  operator: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
};

function receivingRoutes(app: App, context: WhitelistsContext): void {
  app.get(
    '/api/v1/whitelists/:id/snapshot',
    {
      schema: {
        tags,
        summary: '白名单签名快照 · the signed snapshot of what the institution was told',
        params: OfList,
        querystring: Type.Object(Of, strict),
        response: answers(Snapshot),
      },
    },
    async (request) =>
      await inTransaction(context.database, async (tx) => {
        const asked = { caller: callerOf(request), listId: request.params.id, ...request.query };
        const snapshot = await readSnapshot(tx, context, await receiverOf(tx, context, asked));
        return toWire(snapshot);
      }),
  );
  app.get(
    '/api/v1/whitelists/:id/changes',
    {
      schema: {
        tags,
        summary: '白名单变动，按续读位置 · what changed after a cursor',
        params: OfList,
        querystring: Type.Object(
          {
            ...Of,
            after: Type.Optional(Cursor),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: WHITELIST_LIMITS.changesMax })),
          },
          strict,
        ),
        response: answers(Changes),
      },
    },
    async (request) =>
      await inTransaction(context.database, async (tx) => {
        const { after, limit, ...of } = request.query;
        const receiver = await receiverOf(tx, context, {
          caller: callerOf(request),
          listId: request.params.id,
          ...of,
        });
        const page = { ...(after !== undefined && { after }), ...(limit !== undefined && { limit }) };
        const { changes, ...rest } = await readChanges(tx, context, { ...receiver, ...page });
        return { ...rest, changes: changes.map((row) => toWire({ ...row, reason: wordsOf(row.reason) })) };
      }),
  );
}

function wordsOf(code: keyof typeof REASON_WORDS | null) {
  return code === null ? null : { code, ...REASON_WORDS[code] };
}

type AskedBy = {
  readonly caller: Caller;
  readonly listId: string;
  readonly institution?: string;
  readonly operator?: string;
};

async function receiverOf(
  tx: Tx,
  { clock }: WhitelistsContext,
  { caller, listId, institution, operator }: AskedBy,
) {
  const use = {
    operator: operator ?? caller.id,
    ...(institution !== undefined && { institutionId: institution }),
  };
  return { caller, listId, admission: await proveAdmission(tx, clock, caller, use) };
}

function ownRoutes(app: App, context: WhitelistsContext): void {
  const { database, policies, clock } = context;
  const Code = Type.Object({ code: EnterpriseCode });
  app.get(
    '/api/v1/enterprises/:code/whitelists',
    {
      schema: {
        tags,
        summary: '本企业在哪些白名单上、为何退出 · the whitelists of the caller’s own enterprise',
        params: Code,
        response: answers(Type.Object({ whitelists: Type.Array(Membership) })),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const memberships = await inTransaction(database, async (tx) => {
        const { enterpriseId: subject } = await findEnterprise(tx, request.params.code);
        const asOf = { knownAt: clock.now() };
        const permit = decide(tx, policies, { caller, purpose: 'self', subject, contracts: [], asOf });
        return await readMemberships(tx, permit);
      });
      return { whitelists: toWire(memberships) };
    },
  );
  app.put(
    '/api/v1/enterprises/:code/whitelists/:id',
    {
      schema: {
        tags,
        summary: '本企业是否参加一份白名单 · whether the caller’s own enterprise takes part in a list',
        params: Type.Object({ code: EnterpriseCode, id: ListId }),
        body: Type.Object({ takesPart: Type.Boolean() }, { ...strict, examples: [{ takesPart: false }] }),
        response: answers(Type.Object({ takesPart: Type.Boolean() })),
      },
    },
    async (request) => {
      const { takesPart } = request.body;
      await inTransaction(database, async (tx) => {
        const { enterpriseId } = await findEnterprise(tx, request.params.code);
        const listId = request.params.id;
        await setParticipation(tx, context, { caller: callerOf(request), enterpriseId, listId, takesPart });
      });
      return { takesPart };
    },
  );
}
