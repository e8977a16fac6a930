/** Bounds of sending and of being fetched, with their reasons; those that a city may choose stand in `PushTerms`. */
export const PUSH_LIMITS = Object.freeze({
  /** Endpoints of one participant: production, a second site, a test; each gets every message. */
  endpointsPerParticipantMax: 5,
  urlCharactersMax: 2_048,
  /** Name, connection, TLS and status of one attempt; Standard Webhooks asks receivers to answer at once. */
  attemptMs: 10_000,
  /** After it another sender may take a message over; longer than an attempt and its bookkeeping. */
  leaseMs: 60_000,
  /** What is read of an answer before the connection is cut. */
  answerBytesMax: 64 * 1024,
  /** How long an answer's body may hold its connection once its status is known. */
  answerDrainMs: 1_000,
  /** Attempts under way at once: to one endpoint, and of one process. */
  perEndpointMax: 16,
  inFlightMax: 256,
  /** Two secrets sign for so long after a rotation. */
  rotationMs: 7 * 86_400_000,
  /** A challenge is a request to an address nobody has vouched for. */
  challengeEveryMs: 10_000,
  /** Given numbers in one transaction. */
  numberedMax: 1_000,
  /** One page of the cursor. */
  pageMax: 500,
  /** Queued again by one replay. */
  replayMax: 10_000,
  /** Kept for the cursor and for replays: a quarter. */
  messagesKeptDays: 92,
  /** Streams of one institution or platform, and of one process in all. */
  streamsPerParticipantMax: 4,
  streamsMax: 400,
  /** A stream ends then and is opened again, which proves anew who reads it. */
  streamSecondsMax: 900,
  heartbeatMs: 15_000,
  streamPollMs: 250,
});
