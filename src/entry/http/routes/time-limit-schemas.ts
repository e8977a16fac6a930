import { Type } from 'typebox';
import { TERM_KINDS } from '#rights';
import { Day, Instant, nullable } from '../schemas.ts';

const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const TermName = Type.Enum([...TERM_KINDS]);
const sourced = {
  citation: Words,
  known: Type.Enum(['read', 'code', 'memory', 'proposal'], {
    description: 'read in the law, seen in published code, from memory and to be checked, or a proposal',
  }),
  note: Type.Optional(Words),
};

export const ProfileAnswer = Type.Object({
  id: Type.String(),
  version: Type.String(),
  hash: Type.String({ description: 'SHA-256 of the canonical form (RFC 8785), hex' }),
  name: Words,
  source: Words,
  whileDisputed: Type.Object({ mode: Type.Enum(['mark', 'suspend']), ...sourced }),
  follow: Type.Object({
    remindBefore: Type.Integer({ description: 'Working days' }),
    escalateToHeadAfter: Type.Integer({ description: 'Working days' }),
    escalateToNodeAfter: Type.Integer({ description: 'Working days' }),
    ...sourced,
  }),
  limits: Type.Array(
    Type.Object({
      term: TermName,
      words: Words,
      count: Type.Integer({ description: '0: at once' }),
      unit: Type.Enum(['working_day', 'day']),
      from: Type.Enum(['received', 'accepted', 'forwarded', 'checked', 'decided', 'notified']),
      extension: Type.Optional(Type.Object({ count: Type.Integer() })),
      mayStop: Type.Optional(Type.Boolean()),
      ...sourced,
    }),
  ),
});

const Holder = Type.Object({ kind: Type.Enum(['node', 'provider', 'institution']), id: Type.String() });
const MatterKind = Type.Enum(['objection', 'repair', 'complaint', 'recall', 'person_request']);

export const OverdueAnswer = Type.Object({
  today: Day,
  terms: Type.Array(
    Type.Object({
      matter: Type.Object({ kind: MatterKind, id: Type.String() }),
      term: TermName,
      words: Words,
      responsible: Holder,
      startedOn: Day,
      dueOn: nullable(Day),
      dueIsCertain: Type.Boolean({ description: 'False: a year on the way has no announced calendar' }),
      isCapped: Type.Boolean({ description: 'The all-in limit ends before its own' }),
      isExtended: Type.Boolean(),
      state: Type.Enum(['running', 'stopped', 'met', 'late']),
      lateDays: Type.Integer({ description: 'Calendar days' }),
      escalation: Type.Enum(['none', 'head', 'node']),
      citation: Words,
      profile: Type.String(),
    }),
  ),
  next: nullable(Type.String({ description: '`after` of the next page' })),
});

export const NoticesAnswer = Type.Object({
  notices: Type.Array(
    Type.Object({
      noticeId: Type.String(),
      notice: Type.Enum(['reminder', 'overdue', 'escalated_head', 'escalated_node']),
      matterKind: MatterKind,
      matterId: Type.String(),
      term: TermName,
      words: Words,
      dueOn: Day,
      told: Holder,
      duty: Type.Enum(['handler', 'head']),
      toldAt: Instant,
    }),
  ),
});
