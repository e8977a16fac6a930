import { type Static, Type } from 'typebox';
import { beginningOfBeijingDate, endOfBeijingDate, inTransaction, type Tx } from '#kernel';
import {
  type Acting,
  type AdmissionChange,
  approveAdmission,
  endAgreement,
  listParticipants,
  listProposals,
  PARTICIPANT_KINDS,
  proposeAdmission,
  readAdmissionHistory,
  registerParticipant,
  rejectAdmission,
  signAgreement,
  suspendAdmission,
  WRITTEN_STATES,
} from '#platform';
import { ADMISSION_STATES, INSTITUTION_TYPES, requireAllowed } from '#security';
import type { FastifyRequest } from 'fastify';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, Day, Instant, nullable, toWire } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const tags = ['participants'];

const ParticipantId = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{1,63}$' });
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the document, hex' });
const Name = Type.Object(
  { zh: Type.String({ minLength: 1, maxLength: 120 }), en: Type.String({ minLength: 1, maxLength: 200 }) },
  strict,
);
const Reason = Type.String({ minLength: 1, maxLength: 500 });

const Participant = Type.Object({
  participantId: Type.String(),
  kind: Type.Enum([...PARTICIPANT_KINDS]),
  institutionType: nullable(Type.Enum([...INSTITUTION_TYPES])),
  parentId: nullable(Type.String({ description: 'The office above' })),
  name: Name,
  code: nullable(Type.String()),
  isDemonstration: Type.Boolean(),
  state: Type.Enum([...ADMISSION_STATES]),
  validTo: nullable(Instant),
  agreements: Type.Array(Type.Object({ with: Type.String(), signedAt: Instant })),
});
const NewParticipant = Type.Object(
  {
    participantId: Type.Optional(ParticipantId),
    kind: Type.Enum([...PARTICIPANT_KINDS]),
    institutionType: Type.Optional(Type.Enum([...INSTITUTION_TYPES])),
    parentId: Type.Optional(ParticipantId),
    name: Name,
    code: Type.Optional(Type.String({ maxLength: 40 })),
  },
  strict,
);
const Change = Type.Object(
  {
    state: Type.Enum([...WRITTEN_STATES]),
    validFrom: Type.Optional(Day),
    validTo: Type.Optional(Day),
    reason: Reason,
    materialsDigest: Type.Optional(Digest),
  },
  strict,
);
const Version = Type.Object({
  state: Type.Enum([...WRITTEN_STATES]),
  validFrom: Instant,
  validTo: nullable(Instant),
  reason: Type.String(),
  proposedBy: Type.String(),
  approvedBy: Type.String(),
  knownFrom: Instant,
  knownTo: nullable(Instant),
  receiptId: Type.String(),
});
const Proposal = Type.Object({
  proposalId: Type.String(),
  participantId: Type.String(),
  state: Type.Enum([...WRITTEN_STATES]),
  validFrom: Instant,
  validTo: nullable(Instant),
  reason: Type.String(),
  proposedBy: Type.String(),
  proposedAt: Instant,
});
const PARTIES = { platformId: ParticipantId, institutionId: ParticipantId };
const Agreement = Type.Object(
  { ...PARTIES, signedOn: Day, validTo: Type.Optional(Day), documentDigest: Digest },
  strict,
);
const One = Type.Object({ id: ParticipantId });
const OneProposal = Type.Object({ id: Type.String({ pattern: '^adm_[0-9a-z]{26}$' }) });
const Done = answers(Type.Object({ done: Type.Literal(true) }));

/** 参与方（第 1–3 条）: who is connected and in which state, for anyone. */
export function publicParticipantRoutes(app: App, node: Node): void {
  app.get(
    '/api/v1/participants',
    {
      schema: {
        tags,
        summary: '参与方和接入状态 · who takes part, and their admission',
        response: answers(Type.Object({ participants: Type.Array(Participant) })),
      },
    },
    async () => {
      const at = node.clock.now();
      const participants = await inTransaction(node.database, (tx) => listParticipants(tx, at), 'snapshot');
      return { participants: toWire(participants) };
    },
  );
}

/** Registering, admitting and suspending, for admission officers; a change that may open something takes two. */
export function participantRoutes(app: App, node: Node): void {
  app.addHook('onRequest', async (request) => {
    requireAllowed(node.policies, callerOf(request), 'admit_participant');
  });
  readRoutes(app, node);
  registerRoute(app, node);
  admissionRoutes(app, node);
  agreementRoutes(app, node);
}

/** One act in one transaction; what it may do is asked inside, where the earlier persons are known. */
function actingIn(node: Node, request: FastifyRequest) {
  const { policies, clock, keys } = node;
  const acting: Acting = { caller: callerOf(request), policies, clock, keys };
  return async <Result>(work: (tx: Tx, acting: Acting) => Promise<Result>): Promise<Result> =>
    await inTransaction(node.database, (tx) => work(tx, acting));
}

function readRoutes(app: App, node: Node): void {
  app.get(
    '/api/v1/admission-proposals',
    {
      schema: {
        tags,
        summary: '待批的接入事项 · what waits for a second person',
        response: answers(Type.Object({ proposals: Type.Array(Proposal) })),
      },
    },
    async () => ({ proposals: toWire(await inTransaction(node.database, listProposals, 'snapshot')) }),
  );
  app.get(
    '/api/v1/participants/:id/admissions',
    {
      schema: {
        tags,
        summary: '接入状态的全部版本 · every version of an admission',
        params: One,
        response: answers(Type.Object({ versions: Type.Array(Version) })),
      },
    },
    async (request) => {
      const { id } = request.params;
      const versions = await inTransaction(node.database, (tx) => readAdmissionHistory(tx, id), 'snapshot');
      return { versions: toWire(versions) };
    },
  );
}

function registerRoute(app: App, node: Node): void {
  app.post(
    '/api/v1/participants',
    {
      schema: {
        tags,
        summary: '登记参与方或其分支机构 · register a participant or an office of one',
        body: NewParticipant,
        response: answers(Type.Object({ participantId: Type.String() })),
      },
    },
    async (request) => {
      const { institutionType = null, parentId = null, code = null, ...rest } = request.body;
      const participant = { ...rest, institutionType, parentId, code };
      const participantId = await actingIn(
        node,
        request,
      )((tx, acting) => registerParticipant(tx, acting, participant));
      return { participantId };
    },
  );
}

function admissionRoutes(app: App, node: Node): void {
  app.post(
    '/api/v1/participants/:id/admission-proposals',
    {
      schema: {
        tags,
        summary: '提出接入事项 · propose a state; another person approves',
        params: One,
        body: Change,
        response: answers(Type.Object({ proposalId: Type.String() })),
      },
    },
    async (request) => {
      const change = toChange(request.params.id, request.body, node.clock.now());
      const proposalId = await actingIn(node, request)((tx, acting) => proposeAdmission(tx, acting, change));
      return { proposalId };
    },
  );
  const decisions = [
    { name: 'approve', summary: '批准 · approve, by another person', decide: approveAdmission },
    { name: 'reject', summary: '驳回 · reject', decide: rejectAdmission },
  ] as const;
  for (const { name, summary, decide } of decisions) {
    app.post(
      `/api/v1/admission-proposals/:id/${name}`,
      { schema: { tags, summary, params: OneProposal, response: Done } },
      async (request) => {
        await actingIn(node, request)((tx, acting) => decide(tx, acting, request.params.id));
        return { done: true } as const;
      },
    );
  }
  app.post(
    '/api/v1/participants/:id/suspend',
    {
      schema: {
        tags,
        summary: '立即暂停 · suspend at once',
        params: One,
        body: Type.Object({ reason: Reason }, strict),
        response: Done,
      },
    },
    async (request) => {
      const suspension = { participantId: request.params.id, reason: request.body.reason };
      await actingIn(node, request)((tx, acting) => suspendAdmission(tx, acting, suspension));
      return { done: true } as const;
    },
  );
}

function agreementRoutes(app: App, node: Node): void {
  app.post(
    '/api/v1/agreements',
    {
      schema: {
        tags,
        summary: '登记平台与机构的协议 · register an agreement',
        body: Agreement,
        response: Done,
      },
    },
    async (request) => {
      const { signedOn, validTo, ...agreement } = request.body;
      const dates = { signedAt: beginningOfBeijingDate(signedOn), validTo: endOf(validTo) };
      await actingIn(node, request)((tx, acting) => signAgreement(tx, acting, { ...agreement, ...dates }));
      return { done: true } as const;
    },
  );
  app.post(
    '/api/v1/agreements/end',
    {
      schema: {
        tags,
        summary: '终止协议 · end the agreement in force',
        body: Type.Object(PARTIES, strict),
        response: Done,
      },
    },
    async (request) => {
      await actingIn(node, request)((tx, acting) => endAgreement(tx, acting, request.body));
      return { done: true } as const;
    },
  );
}

/** Days are Beijing dates: a state begins with its first day, or now, and ends with its last. */
function toChange(participantId: string, body: Static<typeof Change>, now: Date): AdmissionChange {
  const { state, validFrom, validTo, reason, materialsDigest = null } = body;
  return {
    participantId,
    state,
    validFrom: validFrom === undefined ? now : beginningOfBeijingDate(validFrom),
    validTo: endOf(validTo),
    reason,
    materialsDigest,
  };
}

function endOf(day: string | undefined): Date | null {
  return day === undefined ? null : endOfBeijingDate(day);
}
