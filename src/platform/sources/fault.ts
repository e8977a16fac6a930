/** How a call to a source can fail; the caller's own faults are not among them. */
export type SourceFailure = 'down' | 'slow' | 'nonsense' | 'over_capacity';

type Meaning = { readonly outcome: SourceFailure; readonly isRetryable: boolean };

const of = (outcome: SourceFailure, isRetryable = false): Meaning => ({ outcome, isRetryable });

/** The closed list of reasons: what is logged and shown of a failure, never a text that came from the source. */
const REASONS = {
  breaker_open: of('down'),
  connection_failed: of('down', true),
  connection_cut: of('down', true),
  server_error: of('down', true),
  not_authorised: of('down'),
  secret_unreadable: of('down'),
  folder_unusable: of('down'),
  timed_out: of('slow'),
  cancelled: of('slow'),
  redirected: of('nonsense'),
  status_unexpected: of('nonsense'),
  body_too_large: of('nonsense'),
  body_unreadable: of('nonsense'),
  shape_unexpected: of('nonsense'),
  other_subject: of('nonsense'),
  rows_too_many: of('nonsense'),
  statement_failed: of('nonsense'),
  queue_full: of('over_capacity'),
  minute_full: of('over_capacity'),
  day_full: of('over_capacity'),
  told_to_wait: of('over_capacity'),
} as const satisfies Record<string, Meaning>;

export type SourceReason = keyof typeof REASONS;

/** Thrown by connectors, caught by `callSource`; carries no text of the source, so that nothing of it can leak. */
export class SourceFault extends Error {
  readonly reason: SourceReason;
  readonly outcome: SourceFailure;
  readonly isRetryable: boolean;

  constructor(reason: SourceReason) {
    super(`source: ${reason}`);
    this.name = 'SourceFault';
    this.reason = reason;
    this.outcome = REASONS[reason].outcome;
    this.isRetryable = REASONS[reason].isRetryable;
  }
}

/**
 * The fault behind an error of a network or database driver, or undefined: then it is a fault of this program.
 * Drivers give every error of the outside world a `code`.
 */
export function networkFault(error: unknown): SourceFault | undefined {
  if (error instanceof SourceFault) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const { code } = error;
  if (code.startsWith('HPE_')) return new SourceFault('body_unreadable');
  if (code === 'ECONNRESET' || code === 'EPIPE') return new SourceFault('connection_cut');
  // An ERR_* of Node itself is a wrong argument, save those of TLS and of sockets that closed early.
  if (code.startsWith('ERR_') && !/^ERR_(TLS|SSL|STREAM_PREMATURE_CLOSE|SOCKET)/.test(code)) return undefined;
  return new SourceFault('connection_failed');
}
