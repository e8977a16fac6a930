import { Type } from 'typebox';
import { ENDPOINT_STATES, MESSAGE_TYPES, PUSH_LIMITS } from '#monitoring';
import { Instant, nullable } from '../schemas.ts';
import { ParticipantId } from './ask-schemas.ts';

const strict = { additionalProperties: false } as const;
const Cursor = Type.String({ pattern: '^[0-9]{1,18}$', examples: ['41'] });

export const MessagesQuery = Type.Object(
  {
    institution: Type.Optional(ParticipantId),
    after: Type.Optional(Cursor),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PUSH_LIMITS.pageMax })),
  },
  strict,
);

export const StreamQuery = Type.Object(
  {
    institution: Type.Optional(ParticipantId),
    after: Type.Optional(Cursor),
    seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: PUSH_LIMITS.streamSecondsMax })),
  },
  strict,
);

const Data = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
  {
    description: 'Ids, codes, levels and dates; what there is to know is asked for by them',
    examples: [{ alertId: 'alr_01hzy3v9k2m4n6p8q0r1s2t3v4', level: 'orange', dueOn: '2026-11-24' }],
  },
);

/** CloudEvents 1.0, as it is pushed. */
const CloudEventBody = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ description: 'The same however often it is sent' }),
  source: Type.String(),
  type: Type.Enum([...MESSAGE_TYPES]),
  time: Instant,
  datacontenttype: Type.Literal('application/json'),
  sequence: Type.String({ description: 'Number of the message in 20 digits; text order is their order' }),
  institution: Type.String({ description: 'For whom it is' }),
  data: Data,
});

export const Messages = Type.Object({
  messages: Type.Array(CloudEventBody),
  cursor: Cursor,
  isComplete: Type.Boolean({ description: 'Nothing is left beyond this page now' }),
});

export const OfEndpoint = Type.Object({ id: Type.String({ pattern: '^wep_[0-9a-hjkmnp-tv-z]{26}$' }) });

export const NewEndpoint = Type.Object(
  { url: Type.String({ minLength: 8, maxLength: PUSH_LIMITS.urlCharactersMax }) },
  { ...strict, examples: [{ url: 'https://hooks.bank.example/xinqiao' }] },
);

const Secret = Type.String({ description: 'whsec_ and Base64 (Standard Webhooks); shown this once' });
export const Registered = Type.Object({ endpointId: Type.String(), secret: Secret });
export const Rotated = Type.Object({ endpointId: Type.String(), secret: Secret, previousUntil: Instant });

export const Endpoints = Type.Object({
  endpoints: Type.Array(
    Type.Object({
      endpointId: Type.String(),
      participantId: Type.String(),
      url: Type.String(),
      state: Type.Enum([...ENDPOINT_STATES]),
      health: Type.Enum(['good', 'failing', 'resting', 'full', 'idle']),
      waiting: Type.Integer(),
      oldestWaitingSeconds: nullable(Type.Integer()),
      deliveredToday: Type.Integer({ description: 'Within the last 24 hours' }),
      dead: Type.Integer({ description: 'Given up; a replay sends them again' }),
      failures: Type.Integer({ description: 'Since the last success' }),
      restsUntil: nullable(Instant),
      lastOutcome: nullable(Type.String()),
      lastSuccessAt: nullable(Instant),
      lastFailureAt: nullable(Instant),
      previousUntil: nullable(Instant),
    }),
  ),
});

export const ReplayAsked = Type.Object(
  {
    after: Type.Optional(Cursor),
    upTo: Type.Optional(Cursor),
    deadOnly: Type.Boolean(),
  },
  { ...strict, examples: [{ deadOnly: true }] },
);
export const Replayed = Type.Object({ queued: Type.Integer(), upTo: Cursor });

export const StateAsked = Type.Object(
  { state: Type.Enum(['active', 'paused', 'removed']) },
  { ...strict, examples: [{ state: 'paused' }] },
);
export const StateSet = Type.Object({ state: Type.Enum(['active', 'paused', 'removed']) });
