/** Bounds of the HTTP border alone, with their reasons; what other borders share stands in the kernel's LIMITS. */
export const HTTP_LIMITS = Object.freeze({
  /** Requests of one address and minute; a page of the portal needs about ten, a bank's branch shares one address. */
  requestsPerMinuteMax: 1_200,
  /** Calls of all programs and processes in a minute, in equal shares per institution when short: four times the burst of the policy's city. */
  callsPerMinuteMax: 120_000,
  /** Sign-ins of one address and minute, whatever the login: guessing many logins is guessing too. */
  signInsPerMinuteMax: 20,
  /** Report files checked for one address and minute; each costs signature checks and a parse. */
  verificationsPerMinuteMax: 20,
  /** A report file handed in for checking; issued ones stay below 5 MB. */
  reportBytesMax: 32 * 1024 ** 2,
  /** The mapping travels in a header, and Node.js takes 16 KiB of headers in all. */
  mappingBytesMax: 8 * 1024,
  /** How long a delivery's answer waits for the result before it gives the state so far. */
  deliveryWaitMs: 30_000,
  deliveryPollMs: 200,
  /** A connection on which nothing moves; longer than `deliveryWaitMs`, which moves nothing. */
  connectionIdleMs: 60_000,
  /** Headers that trickle in are an attack. */
  headersMs: 20_000,
  /** Lines of one answer; more are asked for by narrower questions. */
  linesMax: 200,
});
