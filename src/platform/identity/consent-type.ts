import type { EnterpriseId } from '#kernel';
import type { Caller } from '#security';

/** What a client asks of an enterprise, as it came in; nothing of `detail` is trusted before `validate`. */
export type ConsentAsked = {
  readonly detail: unknown;
  readonly clientId: string;
  readonly participantId: string;
  readonly participantKind: 'institution' | 'platform';
};

/** How far a consent has come that was asked for without a browser. */
export type ConsentProgress = 'pending' | 'live' | 'declined';

export type ConsentWords = {
  readonly lines: readonly { readonly zh: string; readonly en: string }[];
  /** Of the words and of what they describe; comes back with the answer. */
  readonly digest: string;
};

/**
 * What identity must know of consents in order to carry them through OAuth (RFC 9396). Made by consent, handed over
 * by compose; identity knows no purpose, dataset or bound.
 */
export type ConsentType = {
  readonly type: 'credit_information';
  /**
   * Shape, dictionary, bounds. A detail is a full request, or `{type, consent_id}` where a token is wanted for a
   * consent that exists. Throws a Refusal, which reaches the client as `invalid_authorization_details` with its code.
   */
  validate(asked: ConsentAsked): Promise<void>;
  /** The words that the enterprise reads. Throws a Refusal when this enterprise is not the one that is asked. */
  describe(asked: ConsentAsked, enterpriseId: EnterpriseId): Promise<ConsentWords>;
  /** The enterprise allowed what `describe` showed (the digest must match); returns the consent id, which is the grant id. */
  onGranted(asked: ConsentAsked, by: { readonly caller: Caller; readonly digest: string }): Promise<string>;
  onRejected(asked: ConsentAsked, by: { readonly caller: Caller }): Promise<void>;
  /**
   * Asks the enterprise whose code is given, which answers on its own, until `answerBy`; the detail is a full request.
   * Returns the consent id; undefined: there is no such enterprise. Throws a Refusal when the caller may not ask.
   */
  ask(
    asked: ConsentAsked,
    by: { readonly caller: Caller; readonly enterprise: string; readonly answerBy: Date },
  ): Promise<string | undefined>;
  /** Where a consent stands that `ask` asked for; `declined` also for one that has ended since. */
  progressOf(consentId: string): Promise<ConsentProgress>;
  /** Looked at whenever a token is issued or refreshed. */
  isLive(consentId: string): Promise<boolean>;
};
